"""Annotations as 0 and 1: two values as they are usual, or one label of several."""

from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt8

from results.errors import DataError

SHOWN = 8
"""A message names no more labels than these."""


def binary(
    annotation: Shaped[np.ndarray, "slice height width"], path: Path, foreground: int | None = None
) -> UInt8[np.ndarray, "slice height width"]:
    """Mark the foreground as 1 and everything else as 0.

    Args:
        annotation: the values of a volume's masks.
        path: where they are from, for messages.
        foreground: the label that becomes 1, all others become 0; it may be 0, which inverts a
            mask that marks the background. Without it the annotation must be 0/255 or 0/1.

    Raises:
        DataError: no pixel of the foreground's label, one value only, or without such a label other
            values than 0/255 or 0/1.
    """
    labels = labels_of(annotation)
    shown = ", ".join(map(str, labels[:SHOWN])) + (", ..." if len(labels) > SHOWN else "")
    if foreground is not None and foreground not in labels:
        raise DataError(
            f"{path}: no pixel of the mask is {foreground}, which --foreground names; its values "
            f"are {shown}"
        )
    if len(labels) == 1:
        values = ("255 or 1", "0") if foreground is None else (foreground, "other values")
        raise DataError(
            f"{path}: every pixel of the mask is {shown}; it must mark foreground ({values[0]}) "
            f"and background ({values[1]})"
        )
    if foreground is None:
        if labels not in ([0, 1], [0, 255]):
            raise DataError(
                f"{path}: the mask is not binary, its values are {shown}; use 0/255 or 0/1, or "
                "choose one of them with --foreground LABEL"
            )
        foreground = labels[1]
    return (annotation == foreground).astype(np.uint8)


def labels_of(annotation: Shaped[np.ndarray, "slice height width"]) -> list[int]:
    """List every value that is there, in order; two values are found without sorting."""
    low, high = annotation.min(), annotation.max()
    if ((annotation == low) | (annotation == high)).all():
        return [low.item()] if low == high else [low.item(), high.item()]
    return np.unique(annotation).tolist()
