import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from core.training.augment import displacement_field, flip, reflect, sample_deformed, spline_basis

HEIGHT, WIDTH, TILE = 20, 27, 8


def planes(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    return [image, (image > 170).astype(np.uint8)]


@pytest.mark.parametrize("size", [2, 3, 16, 63, 256])
def test_spline_basis_interpolates_the_three_knots(size: int) -> None:
    positions = np.linspace(0.0, 2.0, size)[None]
    for knot, unit in enumerate(np.eye(3)):
        expected = map_coordinates(unit, positions, order=3, mode="mirror")
        np.testing.assert_allclose(spline_basis(size)[:, knot], expected, rtol=0, atol=2e-7)


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 40))
@settings(deadline=None, max_examples=20)
def test_displacements_are_the_bicubic_surface_of_the_knots(seed: int, size: int) -> None:
    coarse = np.random.default_rng(seed).normal(0.0, 10.0, (2, 3, 3)).astype(np.float32)
    grid = np.meshgrid(*[np.linspace(0.0, 2.0, size)] * 2, indexing="ij")
    field = displacement_field(torch.from_numpy(coarse), size)
    for axis in (0, 1):
        expected = map_coordinates(coarse[axis].astype(float), grid, order=3, mode="mirror")
        np.testing.assert_allclose(field[axis], expected, rtol=0, atol=2e-5)


@given(
    seed=st.integers(0, 2**32 - 1),
    top=st.integers(0, HEIGHT - TILE),
    left=st.integers(0, WIDTH - TILE),
    sigma=st.sampled_from([0.0, 0.3, 3.0, 40.0]),
)
@settings(deadline=None, max_examples=100)
def test_sampling_is_bilinear_and_mirrored(seed: int, top: int, left: int, sigma: float) -> None:
    rng = np.random.default_rng(seed)
    offset = rng.normal(0.0, sigma, (2, 1, 1))
    field = (offset + rng.normal(0.0, sigma, (2, TILE, TILE))).astype(np.float32)
    rows, columns = np.mgrid[top : top + TILE, left : left + TILE] + field.astype(np.float64)
    sampled = sample_deformed(planes(seed), top, left, torch.from_numpy(field))
    position_error = 8.0 * max(200.0, sigma * 5.0) * 2.0**-24
    for plane, got in zip(planes(seed), sampled, strict=True):
        expected = map_coordinates(plane.astype(float), [rows, columns], order=1, mode="mirror")
        steepest = 2.0 * float(plane.max())
        np.testing.assert_allclose(got, expected, rtol=0, atol=steepest * position_error)


def test_a_zero_field_is_the_exact_crop_after_rounding_of_positions() -> None:
    image, mask = planes(0)
    for top, left in [(0, 0), (5, 9), (HEIGHT - TILE, WIDTH - TILE)]:
        tile = sample_deformed([image, mask], top, left, torch.zeros(2, TILE, TILE))
        window = np.s_[top : top + TILE, left : left + TILE]
        np.testing.assert_array_equal(tile[0].round(), image[window])
        np.testing.assert_array_equal(tile[1].round(), mask[window])
        np.testing.assert_allclose(tile[0], image[window], rtol=0, atol=255 * 2.0**-20)


def test_whole_pixel_shifts_move_image_and_mask_alike() -> None:
    image, mask = planes(1)
    field = torch.stack([torch.full((TILE, TILE), 3.0), torch.full((TILE, TILE), -2.0)])
    tile = sample_deformed([image, mask], 2, 4, field)
    np.testing.assert_array_equal(tile[0].round(), image[5 : 5 + TILE, 2 : 2 + TILE])
    np.testing.assert_array_equal(tile[1].round(), mask[5 : 5 + TILE, 2 : 2 + TILE])


@pytest.mark.parametrize("vertically", [False, True])
@pytest.mark.parametrize("horizontally", [False, True])
def test_flips_are_numpys_and_alike_in_both_planes(vertically: bool, horizontally: bool) -> None:
    tile = np.random.default_rng(0).random((2, TILE, TILE), dtype=np.float32)
    expected = tile[:, :: -1 if vertically else 1, :: -1 if horizontally else 1]
    flipped = flip(torch.from_numpy(tile), vertically, horizontally)
    np.testing.assert_array_equal(flipped, expected)


@pytest.mark.parametrize("side", [2, 3, 16])
def test_reflect_mirrors_whole_positions_like_numpy_pads(side: int) -> None:
    reach = 3 * side
    expected = np.pad(np.arange(side), reach, mode="reflect")
    positions = torch.arange(-reach, side + reach, dtype=torch.float32)
    np.testing.assert_array_equal(reflect(positions, side), expected)


@given(position=st.floats(-500, 500, width=32), side=st.integers(2, 64))
@settings(deadline=None, max_examples=50)
def test_reflect_stays_inside_and_is_even_about_the_ends(position: float, side: int) -> None:
    inside = float(reflect(torch.tensor([position]), side))
    assert 0.0 <= inside <= side - 1
    assert float(reflect(torch.tensor([-position]), side)) == pytest.approx(inside, abs=1e-3)
