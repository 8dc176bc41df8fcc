import math

import pytest
import torch
from torch import nn

from core.config import BatchNorm, Init
from core.unet import KUNet


def convolutions(network: nn.Module) -> dict[str, nn.Conv2d | nn.ConvTranspose2d]:
    return {
        name: layer
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
    }


@pytest.mark.parametrize("batch_norm", ["expansive", "all"])
@pytest.mark.parametrize("init", ["torch", "he"])
def test_batch_norm_shifts_no_initial_weight(batch_norm: BatchNorm, init: Init) -> None:
    plain = KUNet(2, "none", init=init, init_seed=7).state_dict()
    normed = KUNet(2, batch_norm, init=init, init_seed=7).state_dict()
    assert plain.keys() < normed.keys()
    for name, value in plain.items():
        assert torch.equal(value, normed[name]), name


@pytest.mark.parametrize("init", ["torch", "he"])
def test_the_seed_alone_decides(init: Init) -> None:
    torch.manual_seed(1)
    first = KUNet(2, init=init, init_seed=3)
    torch.manual_seed(2)
    again = KUNet(2, init=init, init_seed=3)
    other = KUNet(2, init=init, init_seed=4)
    for name, layer in convolutions(first).items():
        assert torch.equal(layer.weight, convolutions(again)[name].weight)
        assert not torch.equal(layer.weight, convolutions(other)[name].weight)


def test_layers_of_one_shape_differ() -> None:
    layers = convolutions(KUNet(2))
    assert not torch.equal(layers["contracting.1.conv1"].weight, layers["expansive.1.conv1"].weight)


def test_torch_init_fills_the_range_of_pytorchs_own_default() -> None:
    for name, layer in convolutions(KUNet(16, init="torch")).items():
        fan_in, _ = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        gain = nn.init.calculate_gain("leaky_relu", math.sqrt(5))
        bound = gain * math.sqrt(3.0 / fan_in)
        largest = float(layer.weight.detach().abs().max())
        assert largest <= bound * (1 + 1e-6), name
        share = 1.0 - 20.0 / layer.weight.numel()
        assert largest >= share * bound, name
        assert layer.bias is not None
        assert float(layer.bias.detach().abs().max()) <= bound * (1 + 1e-6), name
        assert float(layer.bias.detach().abs().max()) > 0.0, name


def test_torch_init_has_the_spread_of_a_default_layer() -> None:
    own = convolutions(KUNet(32, init="torch"))["contracting.3.conv1"]
    torch.manual_seed(0)
    default = nn.Conv2d(256, 256, 3)
    assert own.weight.shape == default.weight.shape
    assert float(own.weight.detach().std()) == pytest.approx(
        float(default.weight.detach().std()), rel=0.01
    )


def test_he_init_has_variance_two_over_fan_in_and_no_bias() -> None:
    for name, layer in convolutions(KUNet(16, init="he")).items():
        fan_in, _ = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        expected = math.sqrt(2.0 / fan_in)
        five_errors = 5.0 / math.sqrt(2.0 * layer.weight.numel())
        assert float(layer.weight.detach().std()) == pytest.approx(expected, rel=five_errors), name
        assert layer.bias is not None
        assert not layer.bias.any(), name
