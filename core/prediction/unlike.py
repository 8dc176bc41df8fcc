"""Slices whose grey values are unlike those of a run's training slices, as warnings.

A network answers any image, but on grey values that it never saw its mask means nothing. A run
records mean and standard deviation of its training pixels, so what can be compared is brightness
and contrast of a slice. Inverted images are not recognised: 255 minus each grey value has the same
standard deviation, and on the EPFL volumes a mean 0.5 to 1.1 deviations away, as real crops have.
Nor is other tissue, or another magnification.
"""

import numpy as np
from jaxtyping import Bool, Float, Shaped

from results.text import span

FARTHEST_MEAN = 1.0
"""A slice is unlike where its mean grey is farther away, in deviations of the training pixels. Of
the EPFL volumes no training slice is farther than 0.20, no testing slice than 0.29, no 256-pixel
crop than 0.74; some 64-pixel crops are (1.30). Black and white slices are, and copies in 16 bits
or with halved grey values (2.1)."""
CONTRAST = 1.5
"""A slice is unlike where its standard deviation is so many times more or less than that of the
training pixels. On the EPFL volumes it is 0.97 to 1.17 times that in training slices, 0.99 to 1.21
in testing slices, 0.73 to 1.31 in 256-pixel crops; halved contrast makes it 0.48 to 0.61."""
MEND = "the mask is not to be trusted there; scale the grey values as in the training images"


def unlike(stack: Shaped[np.ndarray, "slice height width"], mean: float, std: float) -> list[str]:
    """Say which slices are unlike the training slices, a line for each way in which they are.

    Args:
        stack: grey values.
        mean, std: of the pixels of the run's training slices; std is above 0.
    """
    means = np.array([float(grey.mean(dtype=np.float64)) for grey in stack])
    stds = np.array([float(grey.std(dtype=np.float64)) for grey in stack])
    blank = np.array([bool(grey.min() == grey.max()) for grey in stack])
    far = ~blank & (np.abs(means - mean) > FARTHEST_MEAN * std)
    weak = ~blank & (stds * CONTRAST < std)
    strong = ~blank & (stds > CONTRAST * std)
    lines = []
    if blank.any():
        lines.append(
            f"{numbered(blank)}: one grey value only ({extent(means[blank])}); nothing can be "
            "found there, leave the mask out"
        )
    if far.any():
        lines.append(
            f"{numbered(far)}: mean grey {extent(means[far])}, in training {mean:.4g} (standard "
            f"deviation {std:.4g}); {MEND}"
        )
    for which, contrast in ((weak, "lower"), (strong, "higher")):
        if which.any():
            lines.append(
                f"{numbered(which)}: contrast far {contrast} than in training, standard deviation "
                f"{extent(stds[which])} instead of {std:.4g}; {MEND}"
            )
    return lines


def numbered(found: Bool[np.ndarray, " slice"]) -> str:
    """`slice 3 of 8`, `slices 1-4, 7 of 8`: those that are true, counted from 1."""
    numbers = np.flatnonzero(found) + 1
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    text = ", ".join(f"{r[0]}" if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)
    return f"slice{'' if len(numbers) == 1 else 's'} {text} of {len(found)}"


def extent(values: Float[np.ndarray, " slice"]) -> str:
    """`12.5`, `12.5 to 13`, `32461 to 32559`."""
    low, high = (f"{v:.0f}" if abs(v) >= 1000 else f"{v:.4g}" for v in (values.min(), values.max()))
    return span(low, high)
