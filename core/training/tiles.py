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
class TileStream:
    """Draws tiles of the training slices uniformly, flips them and deforms them elastically."""

    volumes: Volumes
    config: RunConfig

    def batch(self, step: int) -> Batch:
        """Draw the tiles of one training step; nothing is remembered between steps."""
        rng = step_generator(self.config.data_seed, step)
        tiles = torch.stack([self._tile(rng) for _ in range(self.config.batch_size)])
        images = (tiles[:, :1] - self.volumes.shift) / self.volumes.divisor
        answered = self.config.answer_side
        return Batch(images, centre((tiles[:, 1] > 0.5).float(), answered, answered))

    def _tile(self, rng: np.random.Generator) -> Float[Tensor, "2 tile tile"]:
        size = self.config.tile
        stack = self.volumes.training
        depth, height, width = stack.images.shape
        index = int(rng.integers(depth))
        answered = self.config.answer_side
        rim = (size - answered) // 2  # seen and not answered: may reach beyond the slice
        top = int(rng.integers(height - answered + 1)) - rim
        left = int(rng.integers(width - answered + 1)) - rim
        vertically, horizontally = (bool(bit) for bit in rng.integers(2, size=2))
        # Drawn whether used or not, so that one setting shifts no other draw.
        coarse = torch.from_numpy(rng.standard_normal((2, GRID, GRID), dtype=np.float32))
        planes = [stack.images[index], stack.masks[index]]
        if self.config.elastic_sigma > 0:
            field = displacement_field(coarse * self.config.elastic_sigma, size)
            tile = sample_deformed(planes, top, left, field)
        else:
            rows = mirrored_positions(top, size, height).numpy()
            columns = mirrored_positions(left, size, width).numpy()
            window = [plane[np.ix_(rows, columns)] for plane in planes]
            tile = torch.from_numpy(np.stack(window).astype(np.float32))
        return flip(tile, vertically, horizontally) if self.config.flips else tile
