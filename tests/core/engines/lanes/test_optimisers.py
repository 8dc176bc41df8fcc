"""A pack's optimisers go on from PyTorch's state and PyTorch's from theirs."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam, LaneOptimiser, LaneSGD
from core.unet import KUNet
from tests.core.engines.lanes.packs import lively_networks, relative

LR, DECAY, MOMENTUM = [1e-2, 3e-3], [0.0, 0.1], [0.9, 0.0]
Made = tuple[Callable[[LaneNetworks], LaneOptimiser], Callable[[KUNet, int], torch.optim.Optimizer]]
ADAM: Made = (
    lambda pack: LaneAdam(pack, LR[: pack.count], DECAY[: pack.count]),
    lambda network, lane: torch.optim.Adam(
        network.parameters(), lr=LR[lane], weight_decay=DECAY[lane], fused=True
    ),
)
SGD: Made = (
    lambda pack: LaneSGD(pack, LR[: pack.count], DECAY[: pack.count], MOMENTUM[: pack.count]),
    lambda network, lane: torch.optim.SGD(
        network.parameters(),
        lr=LR[lane],
        weight_decay=DECAY[lane],
        momentum=MOMENTUM[lane],
        fused=True,
    ),
)
both = pytest.mark.parametrize("made", [ADAM, SGD], ids=["adam", "sgd"])


def gradients(network: KUNet, seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        for parameter in network.parameters()
    ]


def step_pack(pack: LaneNetworks, steps: LaneOptimiser, networks: list[KUNet], seed: int) -> None:
    for lane, network in enumerate(networks):
        for name, value in zip(
            pack.gradients.places, gradients(network, seed + 100 * lane), strict=True
        ):
            pack.gradients.of(name)[lane] = value
    steps.step()


def step_torch(network: KUNet, steps: torch.optim.Optimizer, seed: int) -> None:
    for parameter, value in zip(network.parameters(), gradients(network, seed), strict=True):
        parameter.grad = value
    steps.step()


def check(pack: LaneNetworks, networks: list[KUNet]) -> None:
    for lane, network in enumerate(networks):
        for name, parameter in network.named_parameters():
            assert relative(pack.weights.of(name)[lane], parameter) < 1e-12, (lane, name)


@both
def test_a_pack_goes_on_from_the_state_of_pytorch_and_back(made: Made) -> None:
    networks = lively_networks(2, 2)
    theirs = [made[1](network, lane) for lane, network in enumerate(networks)]
    for seed in range(3):
        for lane, network in enumerate(networks):
            step_torch(network, theirs[lane], seed + 100 * lane)
    pack = LaneNetworks(networks)
    ours = made[0](pack)
    for lane, optimiser in enumerate(theirs):
        ours.load_state(lane, optimiser.state_dict()["state"])
    for seed in range(3, 6):
        step_pack(pack, ours, networks, seed)
        for lane, network in enumerate(networks):
            step_torch(network, theirs[lane], seed + 100 * lane)
    check(pack, networks)
    for lane, network in enumerate(networks):
        network.load_state_dict(pack.state_dict(lane))
        groups = theirs[lane].state_dict()["param_groups"]
        theirs[lane].load_state_dict({"state": ours.state(lane), "param_groups": groups})
        step_torch(network, theirs[lane], 6 + 100 * lane)
    step_pack(pack, ours, networks, 6)
    check(pack, networks)


@both
def test_a_network_that_comes_later_counts_its_own_steps(made: Made) -> None:
    first, late = lively_networks(2, 1)
    pack = LaneNetworks([first, first])
    ours = made[0](pack)
    for seed in range(4):
        step_pack(pack, ours, [first, first], seed)
    pack.load(1, late)
    ours.reset(1)
    theirs = made[1](late, 1)
    for seed in range(4, 7):
        step_pack(pack, ours, [first, late], seed)
        step_torch(late, theirs, seed + 100)
    for name, parameter in late.named_parameters():
        assert relative(pack.weights.of(name)[1], parameter) < 1e-12, name


def test_learning_rates_change_between_steps_for_one_lane_alone() -> None:
    networks = lively_networks(2, 1)
    pack, still = LaneNetworks(networks), LaneNetworks(networks)
    ours, constant = ADAM[0](pack), ADAM[0](still)
    for seed in range(2):
        step_pack(pack, ours, networks, seed)
        step_pack(still, constant, networks, seed)
        ours.lr[1] *= 0.5
    assert pack.weights.values[:, 0].equal(still.weights.values[:, 0])
    assert not pack.weights.values[:, 1].equal(still.weights.values[:, 1])


def test_a_state_is_a_copy() -> None:
    networks = lively_networks(1, 1)
    pack = LaneNetworks(networks)
    ours = ADAM[0](pack)
    step_pack(pack, ours, networks, 0)
    kept = ours.state(0)
    moments = kept[0]["exp_avg"].clone()
    step_pack(pack, ours, networks, 1)
    assert kept[0]["exp_avg"].equal(moments)
    assert kept[0]["step"] == 1
