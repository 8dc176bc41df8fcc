"""Initialisations other than PyTorch's and He's, and initialisations of one block alone."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from torch import nn

from core.choices import CHOICES, Init
from core.config import RunConfig
from core.data.sources import Volumes
from core.evaluation.dead_runs import BLOCKS
from core.initialisation import RAI_DEVIATION, flipping_signs
from core.networks import weights_of
from core.training.initial import initial_network
from core.unet import KUNet
from results.errors import ConfigError
from tests.core.builders import tiny_config
from tests.core.test_unet_init import convolutions


def test_xavier_fills_its_range_and_has_no_bias() -> None:
    for name, layer in convolutions(KUNet(8, init="xavier")).items():
        bound = math.sqrt(6 / sum(nn.init._calculate_fan_in_and_fan_out(layer.weight)))
        largest = float(layer.weight.detach().abs().max())
        assert (1 - 20 / layer.weight.numel()) * bound <= largest <= bound * (1 + 1e-6), name
        assert layer.bias is not None
        assert not layer.bias.any(), name


def test_an_asymmetric_channel_has_one_parameter_of_beta_and_the_others_normal() -> None:
    """Lu et al. 2020: Beta(2, 1) at a random place, N(0, 0.6007^2 / fan-in) elsewhere."""
    betas, normals = [], []
    for name, layer in convolutions(KUNet(16, init="asymmetric")).items():
        assert layer.bias is not None
        fan_in = layer.weight[0].numel()
        if ".conv" not in name or fan_in < 500:  # where a normal one above the beta is common
            continue
        rows = torch.cat([layer.weight.detach().flatten(1), layer.bias.detach()[:, None]], dim=1)
        largest = rows.max(dim=1)
        betas += largest.values.tolist()
        rest = rows.clone()
        rest[torch.arange(len(rows)), largest.indices] = math.nan
        normals += (rest[rest.isfinite()] * fan_in**0.5 / RAI_DEVIATION)[::97].tolist()
    least = 0.2  # no normal one is as large
    assert len(betas) > 1000
    above = [beta for beta in betas if beta > least]
    assert kstest(above, lambda x: (x**2 - least**2) / (1 - least**2)).pvalue > 1e-3
    assert kstest(normals, "norm").pvalue > 1e-3


@pytest.mark.parametrize("init", ["he", "xavier", "asymmetric"])
@pytest.mark.parametrize("block", [BLOCKS[0], BLOCKS[4], BLOCKS[8]])
def test_one_block_alone_is_drawn_otherwise(init: Init, block: str) -> None:
    whole, part, plain = (
        convolutions(network)
        for network in (
            KUNet(2, init=init, init_seed=3),
            KUNet(2, init=init, init_block=block, init_seed=3),  # pyright: ignore[reportArgumentType]
            KUNet(2, init_seed=3),
        )
    )
    for name, layer in part.items():
        source = whole if name.startswith(f"{block}.") else plain
        assert torch.equal(layer.weight, source[name].weight), name
    assert not torch.equal(whole[f"{block}.conv1"].weight, plain[f"{block}.conv1"].weight)


def test_the_blocks_are_those_of_the_network() -> None:
    assert CHOICES["init_block"] == ("all", *BLOCKS)
    with pytest.raises(
        ConfigError, match=r"init_block='up\.0': must be one of all, contracting\.0"
    ):
        RunConfig(init="he", init_block="up.0")  # pyright: ignore[reportArgumentType]


@given(seed=st.integers(0, 10_000), width=st.integers(1, 3))
@settings(deadline=None, max_examples=20)
def test_flipped_signs_leave_half_of_the_pixels_alive_in_every_layer(seed: int, width: int) -> None:
    network = KUNet(width, init_seed=seed)
    before = {name: layer.weight.clone() for name, layer in convolutions(network).items()}
    images = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad(), flipping_signs(network) as flipped:
        answer = network(images)
    alive = {}

    def remember(name: str):
        return lambda _, __, output: alive.update({name: (output > 0).any(dim=1).float().mean()})

    for name, layer in convolutions(network).items():
        if "conv" in name:
            layer.register_forward_hook(remember(name))
        sign = -1.0 if name in flipped else 1.0
        assert torch.equal(layer.weight, sign * before[name]), name
    with torch.no_grad():
        assert torch.equal(network(images), answer)
    assert min(alive.values()) >= 0.5


def is_changed(config: RunConfig, volumes: Volumes) -> bool:
    plain = initial_network(config.replaced(init="torch"), volumes)
    return weights_of(initial_network(config, volumes)) != weights_of(plain)


def test_a_run_flips_signs_by_its_data_not_by_its_data_seed(volumes: Volumes) -> None:
    seeds = (tiny_config(volumes, width=1, init="sign_flip", init_seed=s) for s in range(100))
    born_dead = next(config for config in seeds if is_changed(config, volumes))
    flipped = initial_network(born_dead, volumes)
    other = initial_network(born_dead.replaced(data_seed=9), volumes)
    assert weights_of(flipped) == weights_of(other)
    assert flipped.training
    only = initial_network(born_dead.replaced(init_block="contracting.4"), volumes)
    plain = initial_network(born_dead.replaced(init="torch"), volumes)
    for name, layer in convolutions(only).items():
        if not name.startswith("contracting.4"):
            assert torch.equal(layer.weight, convolutions(plain)[name].weight)


def test_batch_norm_is_left_to_centre() -> None:
    network = KUNet(1, "all", init_seed=1)
    with torch.no_grad(), flipping_signs(network) as flipped:
        network(torch.randn(1, 1, 32, 32))
    assert flipped == []
