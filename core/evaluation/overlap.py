"""Answer slices of any size, whole or by the overlap-tile strategy, with the same numbers.

Source: section 3.2 and Figure 3; Ronneberger et al. 2015, Figure 2. The networks take certain sides
only, so a slice is continued by mirroring it: at its lower and right edge where convolutions are
padded (beyond them they see zeros, as they do at the upper and left edge), on all sides where they
are not. An answer depends on pixels up to `MARGIN` away. Tiles overlap by that much, end where the
continued slice ends, and start at multiples of 16 pixels, so that they pool the same pixels
together as the whole slice does: stitched, they equal the network's answer to the whole slice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.sides import TILE_MULTIPLE, VALID_LOSS, nearest_sides
from core.training.augment import reflect
from core.unet import KUNet
from results.errors import ConfigError

MARGIN = {"valid": VALID_LOSS // 2, "same": 112}
"""The pixels around an answer that decide it. Unpadded convolutions use 92 a side by construction.
With zero padding an answer depends on up to 92 more pixels than its own 16-pixel cell holds, and
the zeros of a tile that ends inside the slice must stay farther away than that, by whole cells."""


@dataclass(frozen=True)
class Span:
    """What a tile covers along one side, in pixels."""

    start: int
    stop: int
    """It sees the continued slice from `start` to `stop`,"""
    first: int
    last: int
    """and answers for the slice from `first` to `last`,"""
    offset: int
    """which is so far from the start of its own answer."""


def mirrored_window(
    slice_: Float[Tensor, "*plane height width"], top: int, left: int, height: int, width: int
) -> Float[Tensor, "*plane {height} {width}"]:
    """Cut a window, in pixels, out of a slice, which is mirrored where the window exceeds it."""
    rows = mirrored_positions(top, height, slice_.shape[-2])
    columns = mirrored_positions(left, width, slice_.shape[-1])
    return slice_[..., rows.to(slice_.device)[:, None], columns.to(slice_.device)]


def mirrored_positions(first: int, count: int, side: int) -> Tensor:
    """Return `count` positions from `first` on, mirrored about the outer pixels' centres."""
    if side == 1:
        return torch.zeros(count, dtype=torch.long)
    return reflect(torch.arange(first, first + count, dtype=torch.float64), side).long()


def continued_side(side: int, padding: str) -> int:
    """Return how many pixels of a continued slice a network sees, to answer for `side` of them."""
    return nearest_sides(side + (VALID_LOSS if padding == "valid" else 0), padding)[1]


def continued(
    images: Float[Tensor, "batch 1 height width"], padding: str
) -> Float[Tensor, "batch 1 seen_height seen_width"]:
    """Continue slices by mirroring until a network takes them; its answer begins at their own."""
    height, width = images.shape[-2:]
    sides = continued_side(height, padding), continued_side(width, padding)
    if sides == (height, width):
        return images
    before = MARGIN["valid"] if padding == "valid" else 0
    return mirrored_window(images, -before, -before, *sides)


def whole_slice_logits(
    network: nn.Module, images: Float[Tensor, "batch 1 height width"]
) -> Float[Tensor, "batch 2 height width"]:
    """Answer slices of any size in one pass, as every evaluation does.

    A module that is no k-Unet is taken to pad its convolutions.
    """
    padding = network.padding if isinstance(network, KUNet) else "same"
    height, width = images.shape[-2:]
    return network(continued(images, padding))[..., :height, :width]


def smallest_tile(padding: str) -> int:
    """Return the side, in pixels, of the smallest tile that answers for a 16-pixel cell."""
    return nearest_sides(TILE_MULTIPLE + 2 * MARGIN[padding], padding)[1]


def spans(side: int, tile: int, padding: str) -> list[Span]:
    """Lay tiles along a side of a slice; one that reaches the end of it may be shorter."""
    end, margin = continued_side(side, padding), MARGIN[padding]
    found: list[Span] = []
    first = 0
    while first < side:
        start = first if padding == "valid" else max(0, first - margin)
        stop = min(start + tile, end)
        reach = stop - (2 * margin if padding == "valid" else margin)
        last = side if stop == end else min(side, reach // TILE_MULTIPLE * TILE_MULTIPLE)
        found.append(Span(start, stop, first, last, first - start))
        first = last
    return found


def tiled_logits(
    network: KUNet,
    images: Float[Tensor, "batch 1 height width"],
    tile: int,
    tick: Callable[[], None] = lambda: None,
) -> Float[Tensor, "batch 2 height width"]:
    """Answer slices of any size as `whole_slice_logits` does, stitched from tiles.

    The network sees only one tile at a time. Where one holds the whole slice, every bit is equal;
    stitched tiles may differ by rounding.

    Args:
        network: a network of either padding.
        images: normalised grey values.
        tile: the longest side of what the network sees at once, in pixels.
        tick: a function that is called after every tile.

    Raises:
        ConfigError: tiles of that side cannot be stitched; the message names the nearest that can.
    """
    require_tile(tile, network.padding)
    height, width = images.shape[-2:]
    seen = continued(images, network.padding)
    stitched = images.new_empty(len(images), 2, height, width)
    for rows, columns in tiles(height, width, tile, network.padding):
        window = seen[..., rows.start : rows.stop, columns.start : columns.stop]
        logits = network(window.contiguous(memory_format=torch.channels_last))
        top, left = rows.offset, columns.offset
        bottom, right = top + rows.last - rows.first, left + columns.last - columns.first
        stitched[..., rows.first : rows.last, columns.first : columns.last] = logits[
            ..., top:bottom, left:right
        ]
        tick()
    return stitched


def tiles(height: int, width: int, tile: int, padding: str) -> Iterator[tuple[Span, Span]]:
    """Yield the tiles of a slice row by row, each by its rows and its columns."""
    for rows in spans(height, tile, padding):
        for columns in spans(width, tile, padding):
            yield rows, columns


def tile_count(height: int, width: int, tile: int, padding: str) -> int:
    """Count the tiles that a slice takes."""
    return len(spans(height, tile, padding)) * len(spans(width, tile, padding))


def require_tile(tile: int, padding: str) -> None:
    """Raise ConfigError unless tiles of that side, in pixels, can be stitched."""
    least = smallest_tile(padding)
    below, above = nearest_sides(tile, padding)
    if below == above == tile and tile >= least:
        return
    nearest = f"{least} or larger" if below < least else f"{below} or {above}"
    raise ConfigError(f"tile={tile}: cannot be stitched with padding={padding}; use {nearest}")
