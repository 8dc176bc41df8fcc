import dataclasses

import pytest
import torch
from torch import Tensor, nn

from core.data.sources import Volumes
from core.evaluation.evaluate import evaluate, normalised
from core.evaluation.overlap import whole_slice_logits
from core.losses import logit_difference
from core.unet import KUNet
from tests.core.builders import dead_network


class Shifted(nn.Module):
    """A network whose foreground logit is shifted by a fixed map, on all images or on one."""

    def __init__(self, network: KUNet, shift: Tensor, only: Tensor | None = None) -> None:
        super().__init__()
        self.network, self.shift, self.only = network, shift, only

    def forward(self, images: Tensor) -> Tensor:
        logits = self.network(images).clone()
        if self.only is None or torch.equal(self.only, images):
            logits[:, 1] += self.shift
        return logits


def test_equal_answers_are_constant_although_their_float32_deviation_is_not_zero(
    volumes: Volumes,
) -> None:
    deviations = []
    for logit in (3.3, 0.1, -1.7, 2.7):
        network = dead_network(logit)
        result = evaluate(network, volumes, volumes.validation, volumes.testing)
        assert result.constant
        assert result.finite
        assert result.logit_std == 0.0
        assert result.logit_mean == pytest.approx(logit, rel=1e-7)
        images = normalised(volumes.testing.images[:1], volumes, torch.device("cpu"))
        z = logit_difference(whole_slice_logits(network, images)).detach()
        assert bool((z == z.flatten()[0]).all())
        deviations.append(float(z.std()))
    assert any(deviation != 0.0 for deviation in deviations)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_pixel_of_one_slice_is_enough_not_to_be_constant(volumes: Volumes, which: int) -> None:
    shift = torch.zeros(64, 64)
    shift[63, 0] = 1e-6
    only = normalised(volumes.testing.images[which : which + 1], volumes, torch.device("cpu"))
    network = Shifted(dead_network(1.0), shift, only)
    result = evaluate(network, volumes, volumes.validation, volumes.testing)
    assert not result.constant
    assert result.logit_std is not None
    assert 0.0 < result.logit_std < 1e-7


def test_answers_of_the_position_alone_are_constant(volumes: Volumes) -> None:
    generator = torch.Generator().manual_seed(0)
    network = Shifted(dead_network(), torch.randn(64, 64, generator=generator))
    result = evaluate(network, volumes, volumes.validation, volumes.testing)
    assert result.constant
    assert result.logit_std == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_not_finite_is_not_measured(volumes: Volumes, value: float) -> None:
    network = dead_network()
    with torch.no_grad():
        network.get_parameter("head.bias")[1] = value
    result = dataclasses.asdict(evaluate(network, volumes, volumes.validation, volumes.testing))
    assert not result.pop("finite")
    assert not result.pop("constant")
    assert result.pop("barrier") > 0.0
    assert set(result.values()) == {None}
    assert network.training


def test_finite_logits_whose_difference_overflows_are_not_finite(volumes: Volumes) -> None:
    network = dead_network()
    with torch.no_grad():
        network.get_parameter("head.bias").copy_(torch.tensor([-3e38, 3e38]))
    assert not evaluate(network, volumes, volumes.validation, volumes.testing).finite


def test_a_loss_that_overflows_is_not_finite(volumes: Volumes) -> None:
    network = KUNet(1, init="he")
    with torch.no_grad():
        network.head.weight.copy_(torch.tensor([-1e38, 1e38]).reshape(2, 1, 1, 1))
    assert not evaluate(network, volumes, volumes.validation, volumes.testing).finite
