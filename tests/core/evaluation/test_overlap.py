"""Stitched tiles are the network's answer to the whole slice, as evaluation computes it."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.evaluation.overlap import (
    MARGIN,
    mirrored_window,
    require_tile,
    smallest_tile,
    spans,
    tile_count,
    tiled_logits,
    whole_slice_logits,
)
from core.networks import to_device
from core.sides import nearest_sides
from core.unet import KUNet
from results.errors import ConfigError


def network(padding: str, seed: int = 0, batch_norm: str = "none") -> KUNet:
    made = KUNet(1, batch_norm, padding, init="he", init_seed=seed).eval()  # type: ignore[arg-type]
    for parameter in made.parameters():
        parameter.requires_grad_(False)
    return made


def random_slice(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 1, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("padding", ["same", "valid"])
@given(
    height=st.integers(1, 400),
    width=st.integers(1, 150),
    more=st.integers(0, 9),
    seed=st.integers(0, 3),
)
@settings(deadline=None, max_examples=20)
@example(height=385, width=150, more=0, seed=0)
@example(height=8, width=400, more=1, seed=1)
def test_stitched_tiles_equal_the_whole_slice(
    padding: str, height: int, width: int, more: int, seed: int
) -> None:
    unet, image = network(padding, seed), random_slice(height, width, seed)
    tile = smallest_tile(padding) + 16 * more
    ticks: list[int] = []
    stitched = tiled_logits(unet, image, tile, lambda: ticks.append(1))
    whole = whole_slice_logits(unet, image)
    assert whole.shape == (1, 2, height, width)
    torch.testing.assert_close(stitched, whole, rtol=1e-4, atol=1e-5)
    assert len(ticks) == tile_count(height, width, tile, padding)


def test_the_stitched_slices_above_take_several_tiles() -> None:
    assert tile_count(385, 150, smallest_tile("same"), "same") == 11
    assert tile_count(385, 150, smallest_tile("valid"), "valid") == 24 * 10
    assert tile_count(768, 1024, 512, "same") == 2 * 3


@pytest.mark.parametrize("padding", ["same", "valid"])
@given(height=st.integers(1, 200), width=st.integers(1, 200), batch_norm=st.booleans())
@settings(deadline=None, max_examples=8)
def test_a_tile_that_holds_the_slice_answers_with_equal_bits(
    padding: str, height: int, width: int, batch_norm: bool
) -> None:
    unet = to_device(network(padding, 1, "all" if batch_norm else "none"), torch.device("cpu"))
    image = random_slice(height, width)
    stitched = tiled_logits(unet, image, {"same": 240, "valid": 412}[padding])
    assert torch.equal(stitched, whole_slice_logits(unet, image))


@pytest.mark.parametrize(("height", "width"), [(64, 48), (45, 70), (9, 100)])
def test_a_padded_network_sees_zeros_above_and_mirrored_pixels_below(
    height: int, width: int
) -> None:
    """Evaluation has always done so: recorded figures depend on it."""
    unet, image = network("same"), random_slice(height, width)
    padded = np.pad(
        image.numpy(), ((0, 0), (0, 0), (0, -height % 16), (0, -width % 16)), mode="reflect"
    )
    expected = unet(torch.from_numpy(padded))[..., :height, :width]
    assert torch.equal(whole_slice_logits(unet, image), expected)
    mirrored = np.pad(image.numpy(), ((0, 0), (0, 0), (8, 0), (8, 0)), mode="reflect")
    bordered = whole_slice_logits(unet, torch.from_numpy(mirrored))[..., 8:, 8:]
    assert not torch.allclose(bordered, expected, atol=1e-3)


@pytest.mark.parametrize("padding", ["same", "valid"])
@given(side=st.integers(1, 5000), more=st.integers(0, 60))
def test_spans_answer_for_each_pixel_once(padding: str, side: int, more: int) -> None:
    tile = smallest_tile(padding) + 16 * more
    laid = spans(side, tile, padding)
    assert [pixel for span in laid for pixel in range(span.first, span.last)] == [*range(side)]
    for span in laid:
        assert 0 <= span.start < span.stop <= span.start + tile
        assert span.start % 16 == 0
        seen = span.stop - span.start
        assert nearest_sides(seen, padding) == (seen, seen)


def test_no_pixel_beyond_the_margin_decides_an_answer() -> None:
    """The margin is enough: outside of it the gradient of a cell's answers is exactly zero."""
    unet, margin = network("same", seed=2), MARGIN["same"]
    side = 16 + 2 * margin + 160
    image = random_slice(side, side).requires_grad_(True)
    top = 80 + margin
    unet(image)[..., top : top + 16, top : top + 16].sum().backward()
    assert image.grad is not None
    rows = image.grad[0, 0].abs().sum(dim=1).nonzero().flatten()
    assert 80 <= int(rows.min()) <= int(rows.max()) < 80 + 16 + 2 * margin


@given(
    side=st.integers(1, 12),
    top=st.integers(-40, 40),
    left=st.integers(-40, 40),
    height=st.integers(1, 30),
    width=st.integers(1, 30),
)
@settings(deadline=None)
def test_a_window_is_one_of_the_mirrored_plane(
    side: int, top: int, left: int, height: int, width: int
) -> None:
    plane = np.arange(side * (side + 1), dtype=np.float32).reshape(side, side + 1)
    padded = np.pad(plane, 100, mode="reflect")
    expected = padded[100 + top : 100 + top + height, 100 + left : 100 + left + width]
    found = mirrored_window(torch.from_numpy(plane), top, left, height, width)
    assert np.array_equal(found.numpy(), expected)


def test_ronnebergers_tile_answers_388_pixels() -> None:
    assert network("valid")(random_slice(572, 572)).shape == (1, 2, 388, 388)


def test_both_paddings_compute_the_same_numbers_far_from_the_border() -> None:
    """Same weights, same pixels pooled together (an unpadded network's lowest level begins 30
    pixels into its tile): zeros farther away than the margin do not matter."""
    image, start, side = random_slice(400, 400), 34, 252
    assert (start + 30) % 16 == 0
    unpadded = network("valid")(image[..., start : start + side, start : start + side])
    first, last = start + 92, start + side - 92
    padded = network("same")(image)[..., first:last, first:last]
    torch.testing.assert_close(unpadded, padded, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("tile", "padding", "named"),
    [
        (188, "valid", "204"),
        (572 + 1, "valid", "572"),
        (240 - 16, "same", "240"),
        (250, "same", "256"),
    ],
)
def test_a_tile_that_cannot_be_stitched_is_refused(tile: int, padding: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        require_tile(tile, padding)


@pytest.mark.parametrize("height", [187, 189, 12])
def test_an_unpadded_network_names_the_sizes_it_takes(height: int) -> None:
    with pytest.raises(ConfigError, match="188x188"):
        network("valid")(random_slice(height, 188))
