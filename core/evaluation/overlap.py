"""Answer slices of any size with mirrored borders, by the overlap-tile strategy.

Source: section 3.2 and Figure 3; Ronneberger et al. 2015, Figure 2. An answer depends on pixels up
to `MARGIN` away. Where that reaches beyond the slice, the slice is continued by mirroring it. Tiles
start at multiples of 16 pixels, so that they pool the same pixels together as the whole slice does;
stitched, they equal the network's answer to the whole mirrored slice.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from core.sides import TILE_MULTIPLE, VALID_LOSS, nearest_sides
from core.training.augment import reflect
from core.unet import KUNet
from results.errors import ConfigError

MARGIN = {"valid": VALID_LOSS // 2, "same": 112}
"""The pixels around an answer that decide it. Unpadded convolutions use 92 a side by construction.
With zero padding an answer depends on up to 92 more pixels than its own 16-pixel cell holds, and
the zeros must stay farther away than that, by whole cells."""


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


def whole_mirrored_logits(
    network: KUNet, images: Float[Tensor, "batch 1 height width"]
) -> Float[Tensor, "batch 2 height width"]:
    """Answer slices of any size, continued by mirroring on all sides, in one pass."""
    margin = MARGIN[network.padding]
    height, width = images.shape[-2:]
    sides = [nearest_sides(side + 2 * margin, network.padding)[1] for side in (height, width)]
    logits = network(mirrored_window(images, -margin, -margin, *sides))
    lost = margin if network.padding == "same" else 0
    return logits[..., lost : lost + height, lost : lost + width]


def smallest_tile(padding: str) -> int:
    """Return the side, in pixels, of the smallest tile that answers for a 16-pixel cell."""
    return nearest_sides(TILE_MULTIPLE + 2 * MARGIN[padding], padding)[1]


def tile_starts(side: int, answered: int) -> range:
    """Return where tiles begin along a side of a slice, in pixels."""
    return range(0, side, answered // TILE_MULTIPLE * TILE_MULTIPLE)


def tiled_logits(
    network: KUNet,
    images: Float[Tensor, "batch 1 height width"],
    tile: int,
    tick: Callable[[], None] = lambda: None,
) -> Float[Tensor, "batch 2 height width"]:
    """Answer slices of any size, stitched from tiles; only one tile is in memory at a time.

    Args:
        network: a network of either padding.
        images: normalised grey values.
        tile: the side of what the network sees at once, in pixels.
        tick: a function that is called after every tile.

    Raises:
        ConfigError: tiles of that side cannot be stitched; the message names the nearest that can.
    """
    require_tile(tile, network.padding)
    margin = MARGIN[network.padding]
    answered = tile - 2 * margin
    height, width = images.shape[-2:]
    stitched = images.new_empty(len(images), 2, height, width)
    for top, left in corners(height, width, answered):
        logits = network(mirrored_window(images, top - margin, left - margin, tile, tile))
        lost = margin if network.padding == "same" else 0
        rows, columns = min(answered, height - top), min(answered, width - left)
        stitched[..., top : top + rows, left : left + columns] = logits[
            ..., lost : lost + rows, lost : lost + columns
        ]
        tick()
    return stitched


def corners(height: int, width: int, answered: int) -> Iterator[tuple[int, int]]:
    """Yield the upper left corners of the tiles' answers, row by row."""
    for top in tile_starts(height, answered):
        for left in tile_starts(width, answered):
            yield top, left


def tile_count(height: int, width: int, tile: int, padding: str) -> int:
    """Count the tiles that a slice takes."""
    answered = tile - 2 * MARGIN[padding]
    return len(tile_starts(height, answered)) * len(tile_starts(width, answered))


def require_tile(tile: int, padding: str) -> None:
    """Raise ConfigError unless tiles of that side, in pixels, can be stitched."""
    least = smallest_tile(padding)
    below, above = nearest_sides(tile, padding)
    if below == above == tile and tile >= least:
        return
    nearest = f"{least} or larger" if below < least else f"{below} or {above}"
    raise ConfigError(f"tile={tile}: cannot be stitched with padding={padding}; use {nearest}")
