"""A network's bits depend on its own numbers alone, whatever is beside it and wherever it is."""

import copy
import math
from collections.abc import Callable
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.choices import BatchNorm, Padding
from core.engines.lanes.kernels import kernels
from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam, LaneSGD
from core.losses import hard_loss
from core.unet import KUNet
from tests.core.engines.lanes.lane_gradients import loss_gradients
from tests.core.engines.lanes.packs import lively_networks

State = dict[str, Tensor]


@cache
def others(seed: int, batch_norm: BatchNorm, padding: Padding) -> KUNet:
    (network,) = lively_networks(1, 2, batch_norm, padding, torch.float32, seed=1 + seed)
    return network


def filled(value: float) -> Callable[[int, BatchNorm, Padding], KUNet]:
    @cache
    def network(seed: int, batch_norm: BatchNorm, padding: Padding) -> KUNet:
        spoilt = copy.deepcopy(others(seed, batch_norm, padding))
        with torch.no_grad():
            for index, parameter in enumerate(spoilt.parameters()):
                if index % (1 + seed % 3) == 0:
                    parameter.fill_(value)
        return spoilt

    return network


COMPANIONS = [
    others,
    filled(math.nan),
    filled(math.inf),
    filled(-math.inf),
    filled(0.0),
    filled(3e38),
    filled(1e-40),
]


def tile(seed: int, padding: Padding) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sides, answer = ((188, 188), (4, 4)) if padding == "valid" else ((16, 32), (16, 32))
    images = torch.randn(1, 1, *sides, generator=generator)
    return images, (torch.rand(1, *answer, generator=generator) < 0.3).float()


def after_two_steps(
    networks: list[KUNet], tiles: list[tuple[Tensor, Tensor]], optimiser: str
) -> tuple[LaneNetworks, Tensor, list[list[Tensor]]]:
    """The pack after two steps, its latest answer in evaluation, and each lane's optimiser."""
    pack = LaneNetworks(networks)
    images = torch.stack([image for image, _ in tiles])
    lr, decay = [1e-3] * pack.count, [0.01] * pack.count
    steps = (
        LaneAdam(pack, lr, decay)
        if optimiser == "adam"
        else LaneSGD(pack, lr, decay, [0.9] * pack.count)
    )
    for _ in range(2):
        z = pack.forward(images)
        pack.backward(loss_gradients(z, lambda lane, own: hard_loss(own, tiles[lane][1]))[1])
        steps.step()
    states = [
        [value for values in steps.state(lane).values() for value in values.values()]
        for lane in range(pack.count)
    ]
    return pack, pack.evaluate(images), states


def everything(
    networks: list[KUNet], tiles: list[tuple[Tensor, Tensor]], lane: int, optimiser: str
) -> list[Tensor]:
    """All numbers of one lane after two steps."""
    pack, z, states = after_two_steps(networks, tiles, optimiser)
    gradients = [pack.gradients.of(name)[lane] for name in pack.gradients.places]
    return [z[lane], *gradients, *pack.state_dict(lane).values(), *states[lane]]


def bits(values: list[Tensor]) -> list[bytes]:
    return [value.contiguous().numpy().tobytes() for value in values]


@cache
def alone(batch_norm: BatchNorm, padding: Padding, optimiser: str) -> list[bytes]:
    return bits(everything([others(0, batch_norm, padding)], [tile(0, padding)], 0, optimiser))


def check(
    lane: int,
    companions: list[tuple[int, int]],
    batch_norm: BatchNorm,
    optimiser: str,
    padding: Padding = "same",
) -> None:
    networks = [COMPANIONS[kind](seed, batch_norm, padding) for kind, seed in companions]
    tiles = [tile(seed, padding) for _, seed in companions]
    networks.insert(lane, others(0, batch_norm, padding))
    tiles.insert(lane, tile(0, padding))
    found = everything(networks, tiles, lane, optimiser)
    assert bits(found) == alone(batch_norm, padding, optimiser)
    assert all(bool(torch.isfinite(value).all()) for value in found)


@given(data=st.data())
@settings(deadline=None, max_examples=8)
@pytest.mark.parametrize("batch_norm", ["none", "all"])
def test_a_network_is_bit_equal_whatever_its_companions_are(
    batch_norm: BatchNorm, data: st.DataObject
) -> None:
    """Some are sound, some hold NaN, infinities, zeros, huge numbers or tiny ones; any number of
    them is before it and after it, in any order."""
    kinds = st.tuples(st.integers(0, len(COMPANIONS) - 1), st.integers(0, 5))
    companions = data.draw(st.lists(kinds, max_size=kernels().lanes - 1))
    lane = data.draw(st.integers(0, len(companions)))
    check(lane, companions, batch_norm, data.draw(st.sampled_from(["adam", "sgd"])))


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", ["none", "expansive", "all"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_every_lane_of_a_full_pack_is_bit_equal(padding: Padding, batch_norm: BatchNorm) -> None:
    lanes = kernels().lanes
    companions = [(index % len(COMPANIONS), index) for index in range(lanes - 1)]
    for lane in range(lanes):
        check(lane, companions, batch_norm, "adam", padding)


def test_a_shared_input_gives_the_bits_of_own_copies() -> None:
    networks = [others(seed, "all", "same") for seed in range(3)]
    images, _ = tile(0, "same")
    dz = torch.randn(3, 1, 16, 32)
    packs = [LaneNetworks(networks) for _ in range(2)]
    for pack, given_ in zip(packs, (images, images.expand(3, 1, 1, 16, 32)), strict=True):
        pack.forward(given_)
        pack.backward(dz)
    shared, own = packs
    assert shared.gradients.values.equal(own.gradients.values)
    assert shared.evaluate(images).equal(own.evaluate(images))


def test_nan_stays_nan_as_in_pytorch() -> None:
    """A network that has diverged must be seen to: no maximum may swallow a NaN."""
    (network,) = lively_networks(1, 2, dtype=torch.float32)
    with torch.no_grad():
        network.contracting[0].conv0.weight[0, 0, 0, 0] = math.nan  # pyright: ignore
    pack = LaneNetworks([network])
    z = pack.forward(torch.ones(1, 1, 32, 32))
    assert bool(z.isnan().any())
    pack.backward(torch.ones_like(z))
    assert not bool(torch.isfinite(pack.gradients.values[:, 0]).all())
