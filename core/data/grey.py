"""Grey values of every type that is read, as the narrowest type that holds them exactly."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from results.errors import DataError
from results.text import counted

WHOLE = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.int16))
"""They go from the narrowest on; each of their values is exact in float32, the networks' type."""


def narrowest(
    images: Shaped[np.ndarray, "slice height width"], path: Path, files: Sequence[Path] = ()
) -> Shaped[np.ndarray, "slice height width"]:
    """Give the same values in the first of uint8, uint16, int16 and float32 that holds them all.

    So equal images are equal arrays, whatever type they were saved as, and nothing is rescaled.

    Args:
        images: uint8, uint16, int16 or float32 grey values.
        path: where they are from, for messages.
        files: the file of each slice, where each has its own, for messages.

    Raises:
        DataError: another type, or a float that is no finite number.
    """
    is_float = images.dtype == np.float32
    if images.dtype not in WHOLE and not is_float:
        raise DataError(
            f"{path}: {images.dtype} images; uint8, uint16, int16 or float32 are read, save them "
            "as one of these"
        )
    low, high = float(images.min()), float(images.max())
    if not np.isfinite(low + high):
        raise no_numbers(images, path, files)
    for kind in WHOLE:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            narrow = images.astype(kind, copy=False)
            return narrow if not is_float or np.array_equal(narrow, images) else images
    return images


def no_numbers(
    images: Shaped[np.ndarray, "slice height width"], path: Path, files: Sequence[Path]
) -> DataError:
    """Count the NaN and infinite values of the first slice that has any, and name it."""
    counts = [int((~np.isfinite(image)).sum()) for image in images]
    index, *more = [index for index, count in enumerate(counts) if count]
    also = f", and in {counted(len(more), 'more slice')}" if more else ""
    return DataError(
        f"{files[index] if files else path}: NaN or infinite grey values in {counts[index]} of "
        f"{images[index].size} pixels{'' if files else f' of slice {index + 1}'}{also}; replace "
        "them by numbers"
    )
