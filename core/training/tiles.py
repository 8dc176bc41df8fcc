"""Draw the training tiles: the batch of step i depends on the data seed and on i alone."""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.config import RunConfig
from core.data.sources import Volumes
from core.evaluation.overlap import mirrored_positions
from core.seeding import step_generator
from core.training.augment import GRID, displacement_field, flip, sample_deformed
from core.unet import centre


@dataclass(frozen=True)
class Batch:
    """The augmented tiles of one step: grey values as a network sees them, annotation as 0 or 1."""

    images: Float[Tensor, "batch 1 tile tile"]
    masks: Float[Tensor, "batch side side"]
    """They cover the pixels that the network answers: the tile's centre without zero padding."""

    def sha256(self) -> str:
        """Return the digest of the bytes of images and masks, which equal seeds make equal."""
        digest = hashlib.sha256(self.images.contiguous().numpy().tobytes())
        digest.update(self.masks.contiguous().numpy().tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class TileDraw:
    """What is drawn of a tile: where it is, and how it is flipped and deformed."""

    index: int
    """The slice."""
    top: int
    left: int
    """The tile's corner before it is deformed, in pixels; it may lie beyond the slice."""
    vertically: bool
    horizontally: bool
    """Whether it is mirrored."""
    displacements: Float[Tensor, "2 3 3"]
    """Those (dy, dx) of the coarse grid, in pixels."""


@dataclass(frozen=True)
class TileStream:
    """Draws tiles of the training slices uniformly, flips them and deforms them elastically."""

    volumes: Volumes
    config: RunConfig

    def batch(self, step: int) -> Batch:
        """Draw the tiles of one training step; nothing is remembered between steps."""
        tiles = torch.stack([self._sample(draw) for draw in self.draws(step)])
        images = (tiles[:, :1] - self.volumes.shift) / self.volumes.divisor
        answered = self.config.answer_side
        return Batch(images, centre((tiles[:, 1] > 0.5).float(), answered, answered))

    def draws(self, step: int) -> list[TileDraw]:
        """Draw where the tiles of one training step are, and what is done to them."""
        rng = step_generator(self.config.data_seed, step)
        return [self._draw(rng) for _ in range(self.config.batch_size)]

    def _draw(self, rng: np.random.Generator) -> TileDraw:
        depth, height, width = self.volumes.training.images.shape
        index = int(rng.integers(depth))
        answered = self.config.answer_side
        rim = (self.config.tile - answered) // 2  # seen, not answered: may reach beyond the slice
        top = int(rng.integers(height - answered + 1)) - rim
        left = int(rng.integers(width - answered + 1)) - rim
        vertically, horizontally = (bool(bit) for bit in rng.integers(2, size=2))
        # Drawn whether used or not, so that one setting shifts no other draw.
        coarse = torch.from_numpy(rng.standard_normal((2, GRID, GRID), dtype=np.float32))
        flips, sigma = self.config.flips, self.config.elastic_sigma
        return TileDraw(
            index, top, left, flips and vertically, flips and horizontally, coarse * sigma
        )

    def _sample(self, draw: TileDraw) -> Float[Tensor, "2 tile tile"]:
        size = self.config.tile
        stack = self.volumes.training
        planes = [stack.images[draw.index], stack.masks[draw.index]]
        if self.config.elastic_sigma > 0:
            field = displacement_field(draw.displacements, size)
            tile = sample_deformed(planes, draw.top, draw.left, field)
        else:
            height, width = planes[0].shape
            rows = mirrored_positions(draw.top, size, height).numpy()
            columns = mirrored_positions(draw.left, size, width).numpy()
            window = [plane[np.ix_(rows, columns)] for plane in planes]
            tile = torch.from_numpy(np.stack(window).astype(np.float32))
        return flip(tile, draw.vertically, draw.horizontally)
