"""Randomness is an argument: streams derive from a seed and a name, never from a global state."""

import hashlib

import numpy as np
import torch


def layer_generator(init_seed: int, layer: str) -> torch.Generator:
    """Return the stream of one layer's initial weights.

    It depends on the seed and the layer's name alone, so that adding batch norm or another level
    shifts no other layer's weights.
    """
    digest = hashlib.sha256(f"{init_seed}/{layer}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big", signed=True))


def step_generator(data_seed: int, step: int) -> np.random.Generator:
    """Return the stream of one training step's tile and augmentation.

    It depends on the seed and the step alone, so that a checkpoint carries no random state.
    """
    return np.random.default_rng((data_seed, step))
