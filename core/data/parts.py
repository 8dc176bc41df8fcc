"""What a part of the split is like: slices, foreground and grey values."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from core.data.volumes import Stack, describe
from results.text import counted


@dataclass(frozen=True)
class Part:
    """One part of the split.

    Attributes:
        slices: how many there are.
        height, width: of each, in pixels.
        dtype: the grey values' type.
        foreground_fraction: share of foreground pixels, 0 to 1.
        grey_mean, grey_sd: of all grey values.
        contrast: mean grey value of the foreground less that of the background, in units of
            `grey_sd`: below 0 where the foreground is darker.
    """

    slices: int
    height: int
    width: int
    dtype: str
    foreground_fraction: float
    grey_mean: float
    grey_sd: float
    contrast: float

    @classmethod
    def of(cls, stack: Stack) -> "Part":
        """Measure a stack that has foreground and background."""
        slices, height, width = stack.images.shape
        mean, sd = grey_mean_and_sd(stack.images)
        share = stack.foreground_fraction
        inside = total_inside(stack) / (share * stack.masks.size)
        outside = (mean - share * inside) / (1 - share)
        contrast = (inside - outside) / sd if sd else 0.0
        dtype = str(stack.images.dtype)
        return cls(slices, height, width, dtype, share, mean, sd, contrast)

    def __str__(self) -> str:
        return (
            f"{counted(self.slices, 'slice')} of {describe((self.height, self.width))} pixels "
            f"({self.dtype}), {self.foreground_fraction:.2%} foreground, grey mean "
            f"{grey(self.grey_mean)}, sd {grey(self.grey_sd)}"
        )


def grey(value: float) -> str:
    """Write a grey value with four digits, or all its whole ones: `139.7`, `0.5523`, `32768`."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:#.4g}"


def grey_mean_and_sd(images: Shaped[np.ndarray, "slice height width"]) -> tuple[float, float]:
    """Take mean and standard deviation of all pixels, slice by slice: it copies one at a time."""
    means, variances = (
        np.array([measure(image, dtype=np.float64) for image in images])
        for measure in (np.mean, np.var)
    )
    return float(means.mean()), float(np.sqrt(variances.mean() + means.var()))


def total_inside(stack: Stack) -> float:
    """Sum up the grey values of the foreground."""
    pairs = zip(stack.images, stack.masks, strict=True)
    return float(sum(image[mask == 1].sum(dtype=np.float64) for image, mask in pairs))
