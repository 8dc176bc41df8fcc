"""Make training tiles natively, in one pass from the slices as they are stored."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.engines.lanes.kernels import Kernels
from core.training.augment import spline_basis
from core.training.tiles import Batch, TileDraw, TileStream

GREY_TYPES = [np.dtype(name) for name in ("uint8", "uint16", "int16", "float32")]
"""In the order of the kernel."""


@lru_cache(maxsize=8)
def side(size: int, flipped: bool) -> Float[Tensor, "4 size"]:
    """Return what each of three knots weighs at the pixels of a side, and where these are."""
    positions = torch.arange(size, dtype=torch.float32)
    lines = torch.cat([spline_basis(size).T, positions[None]])
    return lines.flip(1).contiguous() if flipped else lines.contiguous()


@dataclass(frozen=True)
class LaneTileStream(TileStream):
    """The tiles of `TileStream`, from the same draws, but for rounding.

    Without elastic deformation they are bit-equal. With it, positions are computed in another order
    and differ by a few roundings, some 2**-14 of a pixel at pixel 500: grey values differ by as
    much of what they change from pixel to pixel, and a mask where its interpolation is that near to
    0.5.
    """

    library: Kernels

    def batch(self, step: int) -> Batch:
        """Draw the tiles of one training step; nothing is remembered between steps."""
        draws = self.draws(step)
        size, answered = self.config.tile, self.config.answer_side
        images = torch.empty(len(draws), 1, size, size)
        masks = torch.empty(len(draws), answered, answered)
        for draw, image, mask in zip(draws, images, masks, strict=True):
            self._sample_into(draw, image, mask)
        return Batch(images, masks)

    def _sample_into(self, draw: TileDraw, image: Tensor, mask: Tensor) -> None:
        grey = np.ascontiguousarray(self.volumes.training.images[draw.index])
        annotation = np.ascontiguousarray(self.volumes.training.masks[draw.index])
        if grey.dtype not in GREY_TYPES:
            grey = grey.astype(np.float32)
        assert annotation.dtype == np.uint8
        assert min(grey.shape) > 1
        assert grey.size < 2**31
        self.library.call(
            "tile",
            self.config.tile,
            self.config.answer_side,
            *grey.shape,
            GREY_TYPES.index(grey.dtype),
            grey.ctypes.data,
            annotation.ctypes.data,
            draw.top,
            draw.left,
            draw.displacements.data_ptr(),
            side(self.config.tile, draw.vertically).data_ptr(),
            side(self.config.tile, draw.horizontally).data_ptr(),
            self.volumes.shift,
            self.volumes.divisor,
            image.data_ptr(),
            mask.data_ptr(),
        )()
