"""How much memory a training step takes, and whether the machine has it."""

import os
from contextlib import suppress
from pathlib import Path

from rich.filesize import decimal

from core.config import RunConfig
from results.errors import ConfigError

FLOAT_BYTES = 4
TILE_PLANES = 4
"""A pixel of a tile takes so many values: image and annotation, as drawn and as normalised."""
ACTIVATIONS = 12
"""A k-Unet keeps so many values a pixel and channel of its first level for the gradient: 2 a
convolution block of the contracting path, 4 of the expansive one, halving from level to level."""
LANE_VALUES = {"none": 21, "expansive": 30, "all": 30}
"""Values that a training step in SIMD lanes keeps a pixel and channel of its first level, by batch
norm, borders of small tiles included: at most these in `LaneNetworks.bytes`."""
MOST_LANES = 16
"""Of the widest registers."""
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def step_bytes(config: RunConfig, *, on_gpu: bool = False) -> int:
    """Estimate the bytes of main memory that one training step takes at least.

    Args:
        config: the run.
        on_gpu: the network lives elsewhere, only the tiles are made here.
    """
    values = TILE_PLANES + (0 if on_gpu else ACTIVATIONS * config.width)
    return FLOAT_BYTES * values * config.batch_size * config.tile**2


def pack_bytes(config: RunConfig) -> int:
    """Estimate the bytes that a training step of a pack in SIMD lanes takes, whose maps have room
    for every lane, however many runs there are."""
    values = LANE_VALUES[config.batch_norm] * config.width * config.batch_size * config.tile**2
    return FLOAT_BYTES * MOST_LANES * values


def machine_bytes() -> int:
    """Find how many bytes of memory this machine has, or this container may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no such limit
        return min(total, int(CGROUP_LIMIT.read_text()))
    return total


def require_memory(config: RunConfig, available: int, *, on_gpu: bool = False) -> None:
    """Raise ConfigError where a training step cannot fit.

    Args:
        config: the run.
        available: bytes of main memory.
        on_gpu: the network lives elsewhere, only the tiles are made here.
    """
    needed = step_bytes(config, on_gpu=on_gpu)
    if needed <= available:
        return
    fitting = available * config.batch_size // needed
    remedy = f"batch_size={fitting} or less" if fitting else "a smaller tile or width"
    raise ConfigError(
        f"batch_size={config.batch_size}: a training step of width={config.width} and "
        f"tile={config.tile} takes at least {decimal(needed)}, this machine has "
        f"{decimal(available)}; give {remedy}"
    )
