"""What is seen of a pack is what is seen of each of its networks in PyTorch."""

import math

import pytest
import torch

from core.choices import BatchNorm
from core.engines.lanes.inspection import (
    finite_weights,
    gradient_norms,
    only_head_bias_learns,
    watching_relus,
)
from core.engines.lanes.network import LaneNetworks
from core.evaluation import dead_runs
from core.networks import has_finite_weights
from tests.core.builders import dead_network
from tests.core.engines.lanes.lane_gradients import loss_gradients
from tests.core.engines.lanes.packs import lively_networks, task, with_pytorch


def test_gradient_norms_are_those_of_each_network() -> None:
    networks = lively_networks(3, 2, "expansive")
    trained_on = task("hard", (32, 32), (32, 32), lanes=3, batch=1, shared=False)
    with_pytorch(networks, trained_on)
    pack = LaneNetworks(networks)
    pack.backward(loss_gradients(pack.forward(trained_on.images), trained_on.loss)[1])
    for network, norms in zip(networks, gradient_norms(pack), strict=True):
        assert norms == pytest.approx(dead_runs.gradient_norms(network), rel=1e-9)
    pack.gradients.of("up.1.weight")[1] = math.inf
    level = dead_runs.BLOCKS.index("expansive.1")
    ours = gradient_norms(pack)
    assert ours[1][level] is None
    assert sum(norm is None for norms in ours for norm in norms) == 1


@pytest.mark.parametrize("batch_norm", ["none", "all"])
def test_dead_channels_are_those_of_each_network(batch_norm: BatchNorm) -> None:
    networks = lively_networks(4, 2, batch_norm, dtype=torch.float32)
    with torch.no_grad():
        for number, network in enumerate(networks):
            for name, parameter in network.named_parameters():
                last = "norm" if batch_norm == "all" else "conv"
                if f"{last}{number % 2}" in name and parameter.dim() == 1 and "bias" in name:
                    parameter[::2] = -1000.0
    pack = LaneNetworks(networks)
    slices = [torch.randn(1, 1, 32, 48) for _ in range(3)]
    with watching_relus(pack) as dead:
        for image in slices:
            pack.evaluate(image, watching=True)
    pack.evaluate(torch.full_like(slices[0], 1e6))
    for lane, network in enumerate(networks):
        network.eval()
        channels = dead_runs.ChannelMaxima()
        with channels.watching(network), torch.no_grad():
            for image in slices:
                network(image)
        theirs = channels.dead()
        assert theirs is not None
        assert dead.of(lane) == theirs
        assert sum(theirs) > 10


def test_dead_and_broken_networks_are_told_from_living_ones() -> None:
    living, dead = lively_networks(1, 1, dtype=torch.float32)[0], dead_network(0.3)
    broken = lively_networks(1, 1, dtype=torch.float32, seed=2)[0]
    with torch.no_grad():
        broken.get_parameter("contracting.2.conv1.weight")[0, 0, 0, 0] = math.nan
    networks = [living, dead, broken]
    pack = LaneNetworks(networks)
    z = pack.forward(torch.randn(1, 1, 16, 32))
    pack.backward(torch.ones_like(z))
    assert only_head_bias_learns(pack).tolist() == [False, True, False]
    assert finite_weights(pack).tolist() == [has_finite_weights(network) for network in networks]
