"""Annotations as 0 and 1: two values as they are usual, or a foreground that is chosen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt8

from core.data.foreground import Foreground
from results.errors import DataError
from results.text import counted

SHOWN = 8
"""A message names no more labels than these."""
SHOWN_COUNTS = 4
"""A message counts the pixels of no more values than these."""
USUAL = ([0, 1], [0, 255])


def binary(
    annotation: Shaped[np.ndarray, "slice height width"],
    path: Path,
    foreground: Foreground | None = None,
    files: Sequence[Path] = (),
) -> UInt8[np.ndarray, "slice height width"]:
    """Mark the foreground as 1 and everything else as 0.

    Args:
        annotation: the values of a volume's masks.
        path: where they are from, for messages.
        foreground: what becomes 1, all else becomes 0; a label may be 0, which inverts a mask that
            marks the background. Without it the annotation must be 0/255 or 0/1.
        files: the file of each slice, where each has its own, for messages.

    Raises:
        DataError: NaN, no pixel of the foreground, nothing else, or without a foreground other
            values than 0/255 or 0/1.
    """
    if annotation.dtype.kind == "f" and np.isnan(annotation).any():
        raise DataError(f"{path}: NaN in the mask; replace it by the value of the background")
    if foreground is None:
        foreground = usual_foreground(annotation, path, files)
    marked = foreground.marks(annotation)
    if not marked.any():
        raise DataError(
            f"{path}: no pixel of the mask is {foreground}, which --foreground names; its values "
            f"are {listed([*map(written, labels_of(annotation))])}"
        )
    if marked.all():
        raise DataError(
            f"{path}: every pixel of the mask is {foreground}; it must mark foreground "
            f"({foreground}) and background (other values)"
        )
    return marked.astype(np.uint8)


def usual_foreground(
    annotation: Shaped[np.ndarray, "slice height width"], path: Path, files: Sequence[Path]
) -> Foreground:
    """Take 255 of 0/255 or 1 of 0/1 for the foreground; DataError for masks of other values."""
    labels = labels_of(annotation)
    if len(labels) == 1:
        raise DataError(
            f"{path}: every pixel of the mask is {written(labels[0])}; it must mark foreground "
            "(255 or 1) and background (0)"
        )
    if labels not in USUAL:
        raise not_binary(annotation, path, files)
    return Foreground(labels[1])


def not_binary(
    annotation: Shaped[np.ndarray, "slice height width"], path: Path, files: Sequence[Path]
) -> DataError:
    """Name the first slice whose values are neither 0/255 nor 0/1, or two that do not agree."""

    def mask_of(index: int) -> str:
        return f"{files[index]}: the mask" if files else f"{path}: the mask of slice {index + 1}"

    values = [np.unique(mask, return_counts=True) for mask in annotation]
    labels = [{*found.tolist()} for found, _ in values]
    stray = [i for i, own in enumerate(labels) if not any(own <= {*two} for two in USUAL)]
    if not stray:
        one, other = (next(i for i, own in enumerate(labels) if v in own) for v in (1, 255))
        return DataError(
            f"{mask_of(one)} marks foreground as 1, but that of "
            f"{files[other].name if files else f'slice {other + 1}'} as 255; save all masks in one "
            "way, or give --foreground '>0', which takes both for foreground"
        )
    found = zip(*(each.tolist() for each in values[stray[0]]), strict=True)
    counts = [f"{written(value)} in {counted(count, 'pixel')}" for value, count in found]
    all_of_them = f" ({len(counts)} values)" if len(counts) > SHOWN_COUNTS else ""
    others = [files[i].name if files else str(i + 1) for i in stray[1:]]
    verb = "is" if len(others) == 1 else "are"
    also = f", and so {verb} {len(others)} more ({listed(others, 2)})" if others else ""
    low, high = annotation.min().item(), annotation.max().item()
    middle = f"{(low + high) / 2:.2f}" if isinstance(high, float) else max(0, (low + high) // 2)
    return DataError(
        f"{mask_of(stray[0])} is not binary: {listed(counts, SHOWN_COUNTS)}{all_of_them}{also}; "
        "save it as 0/255 or 0/1, or choose one value with --foreground LABEL, or all above one "
        f"with --foreground '>{middle}'"
    )


def labels_of(annotation: Shaped[np.ndarray, "slice height width"]) -> list[int | float]:
    """List every value that is there, in order; two values are found without sorting."""
    low, high = annotation.min(), annotation.max()
    if ((annotation == low) | (annotation == high)).all():
        return [low.item()] if low == high else [low.item(), high.item()]
    return np.unique(annotation).tolist()


def written(value: int | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def listed(values: Sequence[str], most: int = SHOWN) -> str:
    return ", ".join(values[:most]) + (", ..." if len(values) > most else "")
