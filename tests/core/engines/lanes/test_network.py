"""A pack takes networks in and gives them out bit-equal, and says what does not fit."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import BatchNorm, Padding
from core.engines.lanes.kernels import kernels
from core.engines.lanes.network import LaneNetworks
from core.networks import weights_of
from core.unet import KUNet
from results.errors import ConfigError
from tests.core.engines.lanes.packs import lively_networks

SINGLE = torch.float32


@given(
    width=st.integers(1, 5),
    batch_norm=st.sampled_from(["none", "expansive", "all"]),
    padding=st.sampled_from(["same", "valid"]),
    count=st.integers(1, 4),
)
@settings(deadline=None, max_examples=8)
def test_networks_come_out_bit_equal(
    width: int, batch_norm: BatchNorm, padding: Padding, count: int
) -> None:
    networks = lively_networks(count, width, batch_norm, padding, SINGLE)
    pack = LaneNetworks(networks)
    for lane, network in enumerate(networks):
        out = KUNet(width, batch_norm, padding)
        out.load_state_dict(pack.state_dict(lane))
        assert weights_of(out) == weights_of(network)


def test_a_network_that_comes_later_takes_its_lane_alone() -> None:
    networks = lively_networks(3, 2, "all", dtype=SINGLE)
    (late,) = lively_networks(1, 2, "all", dtype=SINGLE, seed=9)
    pack = LaneNetworks(networks)
    pack.load(1, late)
    expected = LaneNetworks([networks[0], late, networks[2]])
    assert pack.weights.values.equal(expected.weights.values)
    assert pack.running.values.equal(expected.running.values)


def test_training_moves_running_statistics_unless_they_are_kept() -> None:
    (network,) = lively_networks(1, 1, "all", dtype=SINGLE)
    pack = LaneNetworks([network])
    images = torch.randn(1, 1, 32, 32)
    with pack.keeping_statistics():
        pack.forward(images)
    before = pack.state_dict(0)
    assert all(value.equal(before[name]) for name, value in network.state_dict().items())
    pack.forward(images)
    network(images)
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            assert pack.state_dict(0)[name] == value == 1
        elif name.endswith("running_mean"):
            assert not before[name].equal(pack.state_dict(0)[name]), name


def test_evaluation_takes_less_memory_than_training() -> None:
    networks = lively_networks(2, 2, dtype=SINGLE)
    images = torch.randn(1, 1, 64, 64)
    trained, evaluated = LaneNetworks(networks), LaneNetworks(networks)
    trained.forward(images)
    evaluated.evaluate(images)
    assert 0 < 2 * evaluated.bytes < trained.bytes


def test_what_does_not_fit_is_named() -> None:
    one, two = KUNet(1), KUNet(2)
    lanes = kernels().lanes
    with pytest.raises(ConfigError, match="a pack of 0 networks"):
        LaneNetworks([])
    with pytest.raises(ConfigError, match=f"{lanes + 1} networks: this CPU's vectors hold {lanes}"):
        LaneNetworks([one] * (lanes + 1))
    with pytest.raises(ConfigError, match="network for lane 1"):
        LaneNetworks([one, two])
    with pytest.raises(ConfigError, match="network for lane 1"):
        LaneNetworks([one, KUNet(1, padding="valid")])
    with pytest.raises(ConfigError, match=r"these kernels are for torch\.float32"):
        LaneNetworks([KUNet(1).double()], kernels())
    pack = LaneNetworks([one, one])
    with pytest.raises(ConfigError, match="multiples of 16"):
        pack.forward(torch.zeros(1, 1, 20, 16))
    with pytest.raises(ConfigError, match=r"\(3, 1, 1, 16, 16\): must be .* for 2 networks"):
        pack.forward(torch.zeros(3, 1, 1, 16, 16))
    with pytest.raises(ConfigError, match="more than one pixel at the lowest level"):
        LaneNetworks([KUNet(1, "all")]).forward(torch.zeros(1, 1, 16, 16))
