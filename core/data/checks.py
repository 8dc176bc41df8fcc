"""A data set looked at before anything is trained: what was found, and what is suspicious."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from core.data.volumes import Source, Stack, Volumes, describe
from results.text import counted


@dataclass(frozen=True)
class Part:
    """One part of the split.

    Attributes:
        slices: how many there are.
        height, width: of each, in pixels.
        dtype: the grey values' type.
        foreground_fraction: share of foreground pixels, 0 to 1.
    """

    slices: int
    height: int
    width: int
    dtype: str
    foreground_fraction: float

    @classmethod
    def of(cls, stack: Stack) -> "Part":
        slices, height, width = stack.images.shape
        return cls(slices, height, width, str(stack.images.dtype), stack.foreground_fraction)

    def __str__(self) -> str:
        return (
            f"{counted(self.slices, 'slice')} of {describe((self.height, self.width))} pixels "
            f"({self.dtype}), {self.foreground_fraction:.2%} foreground"
        )


@dataclass(frozen=True)
class DataCheck:
    """What was found in a data set that training can use."""

    training: Part
    validation: Part
    testing: Part
    repeated_slices: int
    """So many testing slices are training or validation slices too, pixel by pixel."""

    def __str__(self) -> str:
        return f"training {self.training}; validation {self.validation}; testing {self.testing}"

    @property
    def warnings(self) -> list[str]:
        """They are a line for each thing that training does not refuse and a user should know."""
        if not self.repeated_slices:
            return []
        return [
            f"{self.repeated_slices} of {counted(self.testing.slices, 'testing slice')} "
            f"{'is' if self.repeated_slices == 1 else 'are'} among the training volume's: test "
            "figures then say nothing of unseen tissue; take them out of one of the two"
        ]


def check(source: Source, curves: Iterable[tuple[int, int]] = ()) -> DataCheck:
    """Load a data set, and refuse what training would refuse.

    Args:
        source: the data.
        curves: of the runs that are planned, pairs of `curve_validation_slices` and
            `curve_slices`.

    Raises:
        DataError: files that cannot be read or do not fit together, grey values that are no
            numbers, masks without two classes, too few slices, or too few for a curve.
    """
    volumes = source.load()
    for validation_slices, testing_slices in curves:
        volumes.curve(validation_slices, testing_slices)
    return DataCheck(
        training=Part.of(volumes.training),
        validation=Part.of(volumes.validation),
        testing=Part.of(volumes.testing),
        repeated_slices=repeated_slices(volumes),
    )


def repeated_slices(volumes: Volumes) -> int:
    """Count the testing slices, blank ones aside, that are training or validation slices too."""
    stacks = [stack.images for stack in (volumes.training, volumes.validation, volumes.testing)]
    dtype = np.result_type(*stacks)
    training, validation, testing = ([digest(s.astype(dtype)) for s in stack] for stack in stacks)
    known = {*training, *validation} - {None}
    return sum(slice_digest in known for slice_digest in testing)


def digest(image: Shaped[np.ndarray, "height width"]) -> bytes | None:
    """Hash a slice's shape and pixels; None where all pixels are equal."""
    if image.min() == image.max():
        return None
    return hashlib.sha256(str(image.shape).encode() + image.tobytes()).digest()
