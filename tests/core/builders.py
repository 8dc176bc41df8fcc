"""Small data, configurations and networks that several tests share."""

from typing import Any

import numpy as np
import torch

from core.config import RunConfig
from core.data.sources import Stack, Volumes, split
from core.unet import KUNet

SQUARES_FRACTION = 64 / 1024


def squares(depth: int, seed: int, contrast: float, shape: tuple[int, int] = (32, 32)) -> Stack:
    """One 8x8 square of foreground a slice, brighter than the noise by `contrast` grey values."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((depth, *shape), dtype=np.uint8)
    for mask in masks:
        top, left = (int(rng.integers(side - 7)) for side in shape)
        mask[top : top + 8, left : left + 8] = 1
    grey = 100.0 + contrast * masks + rng.normal(0.0, 10.0, masks.shape)
    return Stack(np.clip(np.rint(grey), 0, 255).astype(np.uint8), masks)


def squares_volumes(contrast: float = 80.0, shape: tuple[int, int] = (32, 32)) -> Volumes:
    """An easy segmentation task; with contrast 0 the images say nothing about the masks."""
    return split(
        squares(20, 1, contrast, shape), squares(4, 2, contrast, shape), f"squares-{contrast}"
    )


def tiny_config(volumes: Volumes, **changes: Any) -> RunConfig:
    """A run of a few milliseconds a step, bound to its data."""
    tiny: dict[str, Any] = {
        "data": volumes.fingerprint,
        "width": 2,
        "init": "he",
        "tile": 32,
        "iterations": 6,
        "eval_every": 2,
        "elastic_sigma": 2.0,
        "curve_slices": 3,
    }
    return RunConfig(**(tiny | changes))


@torch.no_grad()
def make_dead(network: KUNet, logit: float = 0.0) -> None:
    """Every weight zero: only the head's bias answers, and only it has a gradient."""
    for parameter in network.parameters():
        parameter.zero_()
    network.get_parameter("head.bias").copy_(torch.tensor([0.0, logit]))


def dead_network(logit: float = 0.0) -> KUNet:
    network = KUNet(1)
    make_dead(network, logit)
    return network
