"""In double precision the kernels compute what PyTorch does, to nine digits and more."""

from itertools import product

import pytest
import torch
from torch import Tensor

from core.choices import BatchNorm, Padding
from core.engines.lanes.kernels import Kernels
from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam, LaneOptimiser, LaneSGD
from core.losses import logit_difference
from core.unet import KUNet
from tests.core.engines.lanes.lane_gradients import loss_gradients
from tests.core.engines.lanes.packs import (
    Task,
    gradient_errors,
    lively_networks,
    relative,
    task,
    with_pytorch,
    zero_lost_gradients,
)

CLOSE = 1e-9
LR, DECAY, MOMENTUM = (1e-3, 2e-3), (0.0, 1e-2), (0.9, 0.5)
"""Of the two networks."""
Case = tuple[int, BatchNorm, Padding, str, bool, int]
FULL: list[Case] = list(
    product(
        (1, 2, 4),
        ("none", "expansive", "all"),
        ("same", "valid"),
        ("hard", "soft", "mixed"),
        (True, False),
        (1, 2),
    )
)
"""Width, batch norm, padding, objective, whether the input is shared, batch size."""
FAST: list[Case] = [
    (1, "none", "same", "hard", True, 1),
    (1, "all", "same", "mixed", False, 1),
    (2, "none", "same", "soft", False, 2),
    (2, "expansive", "same", "hard", False, 1),
    (2, "all", "same", "soft", True, 2),
    (4, "none", "same", "mixed", False, 1),
    (4, "expansive", "same", "mixed", True, 2),
    (3, "all", "same", "hard", False, 1),
    (1, "expansive", "valid", "soft", False, 2),
    (2, "none", "valid", "hard", True, 1),
]
"""Each value of each is here, and a width that is no power of two."""


def sizes(padding: Padding, batch_norm: BatchNorm) -> tuple[tuple[int, int], tuple[int, int]]:
    """The smallest sides and those of the answer; batch norm needs more pixels than one."""
    if padding == "valid":
        return (188, 188), (4, 4)
    small = (16, 16) if batch_norm == "none" else (32, 48)
    return small, small


def made(case: Case) -> tuple[list[KUNet], Task]:
    width, batch_norm, padding, kind, shared, batch = case
    sides, answer = sizes(padding, batch_norm)
    networks = lively_networks(2, width, batch_norm, padding, seed=width)
    return networks, task(kind, sides, answer, lanes=2, batch=batch, shared=shared, seed=batch)


def step(pack: LaneNetworks, trained_on: Task) -> Tensor:
    z = pack.forward(trained_on.images)
    pack.backward(loss_gradients(z, trained_on.loss)[1])
    return z


def check_one_step(case: Case, library: Kernels | None = None) -> None:
    networks, trained_on = made(case)
    pack = LaneNetworks(networks, library)
    z = step(pack, trained_on)
    assert relative(z, with_pytorch(networks, trained_on)) <= CLOSE
    errors = gradient_errors(networks, lambda lane, name: pack.gradients.of(name)[lane])
    assert len(errors) > 20
    assert max(errors.values()) <= CLOSE, errors
    check_state(pack, networks)
    images = trained_on.images
    for lane, network in enumerate(networks):
        network.eval()
        with torch.no_grad():
            wanted = logit_difference(network(trained_on.images_of(lane)))
        assert relative(pack.evaluate(images)[lane], wanted) <= CLOSE


def check_state(pack: LaneNetworks, networks: list[KUNet]) -> None:
    """Weights and running statistics are the networks'."""
    for lane, network in enumerate(networks):
        found = pack.state_dict(lane)
        for name, wanted in network.state_dict().items():
            if wanted.dtype == torch.int64:
                assert found[name] == wanted
            else:
                assert relative(found[name], wanted) <= CLOSE, (lane, name)


def optimisers(
    kind: str, pack: LaneNetworks, networks: list[KUNet]
) -> tuple[LaneOptimiser, list[torch.optim.Optimizer]]:
    rates = list(zip(networks, LR, DECAY, MOMENTUM, strict=True))
    if kind == "adam":
        theirs: list[torch.optim.Optimizer] = [
            torch.optim.Adam(n.parameters(), lr=lr, weight_decay=decay, fused=True)
            for n, lr, decay, _ in rates
        ]
        return LaneAdam(pack, LR, DECAY), theirs
    theirs = [
        torch.optim.SGD(n.parameters(), lr=lr, weight_decay=decay, momentum=momentum, fused=True)
        for n, lr, decay, momentum in rates
    ]
    return LaneSGD(pack, LR, DECAY, MOMENTUM), theirs


def check_twenty_steps(case: Case, kind: str, library: Kernels | None = None) -> None:
    networks, trained_on = made(case)
    pack = LaneNetworks(networks, library)
    ours, theirs = optimisers(kind, pack, networks)
    for _ in range(20):
        step(pack, trained_on)
        ours.step()
        with_pytorch(networks, trained_on)
        zero_lost_gradients(networks)
        for optimiser in theirs:
            optimiser.step()
    check_state(pack, networks)


@pytest.mark.parametrize("case", FAST)
def test_z_gradients_and_evaluation_are_those_of_pytorch(case: Case) -> None:
    check_one_step(case)


@pytest.mark.parametrize("kind", ["adam", "sgd"])
@pytest.mark.parametrize("case", FAST[2:4])
def test_twenty_steps_lead_where_those_of_pytorch_do(case: Case, kind: str) -> None:
    check_twenty_steps(case, kind)


@pytest.mark.slow
@pytest.mark.parametrize("case", FULL)
def test_every_combination_is_that_of_pytorch(case: Case) -> None:
    check_one_step(case)
    check_twenty_steps(case, ("adam", "sgd")[FULL.index(case) % 2])


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", ["none", "all"])
@pytest.mark.parametrize("width", [5, 6, 7])
def test_any_width_and_any_size_is_that_of_pytorch(width: int, batch_norm: BatchNorm) -> None:
    networks = lively_networks(2, width, batch_norm)
    trained_on = task("hard", (80, 112), (80, 112), lanes=2, batch=3, shared=False)
    pack = LaneNetworks(networks)
    assert relative(step(pack, trained_on), with_pytorch(networks, trained_on)) <= CLOSE
    errors = gradient_errors(networks, lambda lane, name: pack.gradients.of(name)[lane])
    assert max(errors.values()) <= CLOSE, errors


def test_one_pack_sees_tiles_of_several_sizes() -> None:
    networks = lively_networks(2, 2, "all")
    pack = LaneNetworks(networks)
    for sides in ((32, 48), (48, 32), (16, 64), (32, 48)):
        trained_on = task("hard", sides, sides, lanes=2, batch=1, shared=False)
        assert relative(step(pack, trained_on), with_pytorch(networks, trained_on)) <= CLOSE
        errors = gradient_errors(networks, lambda lane, name: pack.gradients.of(name)[lane])
        assert max(errors.values()) <= CLOSE, sides
