"""Native tiles are those of `TileStream` and of scipy, but for rounding."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from torch import Tensor

from core.data.sources import Stack, Volumes, split
from core.engines.lanes.kernels import Kernels, kernels
from core.training.augment import displacement_field
from core.training.lane_tiles import LaneTileStream
from core.training.tiles import TileDraw, TileStream
from core.unet import centre
from tests.core.builders import tiny_config
from tests.core.engines.lanes.conftest import compiler as compiler

ROUNDING = 2.0**-24
LARGEST = {"uint8": 255, "uint16": 65535, "int16": 32767, "float32": 1000}
"""What noise of a type reaches up to, and with a sign down to."""
SAME = {"padding": "same", "tile": 48}
VALID = {"padding": "valid", "tile": 204}
"""It answers for 20 pixels a side, and sees 92 more on each."""


def noise(shape: tuple[int, int], dtype: str, seed: int) -> Volumes:
    """Volumes of any size and type, rough in every pixel."""
    rng = np.random.default_rng(seed)
    largest = LARGEST[dtype]
    least = -largest if dtype in ("int16", "float32") else 0

    def stack(depth: int) -> Stack:
        images = rng.uniform(least, largest, (depth, *shape)).astype(dtype)
        return Stack(images, (rng.random((depth, *shape)) < 0.4).astype(np.uint8))

    return split(stack(9), stack(2), f"noise-{seed}")


def streams(
    volumes: Volumes, library: Kernels | None = None, **changes: Any
) -> tuple[TileStream, LaneTileStream]:
    config = tiny_config(volumes, **changes)
    return TileStream(volumes, config), LaneTileStream(volumes, config, library or kernels())


def position_rounding(draw: TileDraw, stack: Stack, size: int) -> float:
    """How far two roundings of a position may be apart, in pixels.

    Displacements, positions, their mirrored ones and those that `grid_sample` takes are rounded
    each, in units of what they are; eight such roundings are more than there are.
    """
    furthest = float(displacement_field(draw.displacements, size).abs().max())
    furthest += 4 * float(draw.displacements.abs().max()) + size
    furthest += max(abs(draw.top), abs(draw.left), *stack.images.shape)
    return 8 * ROUNDING * furthest


def check_tile(
    stream: TileStream, draw: TileDraw, found: tuple[Tensor, Tensor], wanted: np.ndarray
) -> None:
    """Compare image and mask with what another way samples: (grey value, annotation) by pixel.

    A position that is off by r moves a bilinear value by r times the difference of neighbours along
    each axis. A mask may differ only where its interpolation is that near to 0.5.
    """
    volumes, config = stream.volumes, stream.config
    position = position_rounding(draw, volumes.training, config.tile)
    grey = volumes.training.images.astype(np.float64)
    reach = np.ptp(grey)
    largest = np.abs(grey).max() + abs(volumes.shift)
    room = (2 * position * reach + 8 * ROUNDING * largest) / volumes.divisor
    image = (wanted[0] - volumes.shift) / volumes.divisor
    np.testing.assert_allclose(found[0][0], image, rtol=0, atol=room)
    answered = config.answer_side
    mask = centre(torch.from_numpy(wanted[1])[None], answered, answered)[0]
    differs = found[1] != (mask > 0.5)
    assert bool(((found[1] == 0) | (found[1] == 1)).all())
    assert bool(((mask[differs] - 0.5).abs() <= 2 * position + 8 * ROUNDING).all())


def check_tiles(library: Kernels, seed: int = 0) -> None:
    """Every type and padding, deformed a lot: whatever is read must lie within the slices."""
    for dtype in LARGEST:
        volumes = noise((21 + seed, 27), dtype, seed)
        for sides in (SAME | {"tile": 16}, VALID):
            for sigma in (0.0, 10.0, 1e4):
                plain, native = streams(volumes, library, **sides, elastic_sigma=sigma)
                batch, draw = native.batch(seed), plain.draws(seed)[0]
                wanted = plain._sample(draw).double().numpy()
                check_tile(plain, draw, (batch.images[0], batch.masks[0]), wanted)


@given(
    shape=st.tuples(st.integers(48, 90), st.integers(48, 90)),
    dtype=st.sampled_from(list(LARGEST)),
    seed=st.integers(0, 2**16),
    sigma=st.sampled_from([0.0, 10.0, 100.0]),
    flips=st.booleans(),
    sides=st.sampled_from([SAME, SAME | {"tile": 16}, VALID]),
    input_scale=st.sampled_from(["z-score", "unit", "symmetric", "none"]),
)
@settings(deadline=None, max_examples=40)
def test_tiles_are_those_of_the_plain_stream(
    shape: tuple[int, int],
    dtype: str,
    seed: int,
    sigma: float,
    flips: bool,
    sides: dict[str, Any],
    input_scale: Any,
) -> None:
    volumes = noise(shape, dtype, seed).scaled(input_scale)
    plain, native = streams(volumes, elastic_sigma=sigma, flips=flips, batch_size=2, **sides)
    wanted, found = plain.batch(seed), native.batch(seed)
    assert found.images.shape == wanted.images.shape
    assert found.images.dtype == found.masks.dtype == torch.float32
    if sigma == 0.0:
        assert found.images.equal(wanted.images)
        assert found.masks.equal(wanted.masks)
    for number, draw in enumerate(plain.draws(seed)):
        sampled = plain._sample(draw).double().numpy()
        check_tile(plain, draw, (found.images[number], found.masks[number]), sampled)


@given(
    shape=st.tuples(st.integers(20, 60), st.integers(20, 60)),
    seed=st.integers(0, 2**16),
    sigma=st.sampled_from([0.0, 3.0, 10.0]),
    sides=st.sampled_from([SAME | {"tile": 16}, VALID]),
)
@settings(deadline=None, max_examples=20)
def test_tiles_are_those_of_scipy(
    shape: tuple[int, int], seed: int, sigma: float, sides: dict[str, Any]
) -> None:
    """Its bicubic field, its bilinear values, its mirror and numpy's flips, in double precision."""
    volumes = noise(shape, "uint8", seed)
    plain, native = streams(volumes, elastic_sigma=sigma, **sides)
    (draw,) = plain.draws(seed)
    size, stack = plain.config.tile, volumes.training
    knots = np.meshgrid(*[np.linspace(0.0, 2.0, size)] * 2, indexing="ij")
    coarse = draw.displacements.double().numpy()
    field = [map_coordinates(axis, knots, order=3, mode="mirror") for axis in coarse]
    where = np.mgrid[draw.top : draw.top + size, draw.left : draw.left + size] + np.stack(field)
    planes = [plane[draw.index].astype(float) for plane in (stack.images, stack.masks)]
    sampled = np.stack([map_coordinates(p, where, order=1, mode="mirror") for p in planes])
    down, across = (-1 if flipped else 1 for flipped in (draw.vertically, draw.horizontally))
    batch = native.batch(seed)
    found = batch.images[0], batch.masks[0]
    check_tile(plain, draw, found, sampled[:, ::down, ::across].copy())


def test_masks_of_smooth_shapes_agree_in_all_but_a_few_pixels(volumes: Volumes) -> None:
    """Noise has many pixels near 0.5; what looks like tissue has hardly any in 100 tiles."""
    plain, native = streams(volumes, elastic_sigma=10.0)
    batches = [(plain.batch(step).masks, native.batch(step).masks) for step in range(100)]
    differing = sum(int((one != other).sum()) for one, other in batches)
    assert differing <= 2
    assert 0.0 < float(torch.stack([mask for mask, _ in batches]).mean()) < 0.5


def test_any_storage_of_a_slice_gives_the_same_tile(volumes: Volumes) -> None:
    """Rows apart, another byte order, another type: what is no plain slice is copied before."""
    native = streams(volumes)[1]
    training = volumes.training
    spread = np.repeat(training.images, 2, axis=2)[:, :, ::2]
    for images in (spread, training.images.astype(">u2"), training.images.astype(np.int32)):
        other = replace(volumes, training=Stack(images, training.masks))
        assert replace(native, volumes=other).batch(0).images.equal(native.batch(0).images)


@pytest.mark.parametrize("sides", [SAME | {"tile": 16}, VALID])
def test_displacements_of_any_size_stay_within_the_slice(sides: dict[str, Any]) -> None:
    volumes = noise((20, 20), "uint8", 0).scaled("none")
    for sigma in (1e6, 1e30, 1e38):
        images = streams(volumes, elastic_sigma=sigma, **sides)[1].batch(0).images
        assert bool(((images >= 0) & (images <= 255)).all())
