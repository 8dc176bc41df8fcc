"""A data set looked at before anything is trained: what was found, and what is suspicious."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Shaped

from core.data import suspicions
from core.data.parts import Part
from core.data.volumes import Source, Volumes
from results.text import counted


@dataclass(frozen=True)
class DataCheck:
    """What was found in a data set that training can use."""

    training: Part
    validation: Part
    testing: Part
    gap: int
    """So many slices between training and validation are used for neither."""
    repeated_slices: int
    """So many testing slices are training or validation slices too, pixel by pixel."""

    @property
    def given(self) -> int:
        """Slices of the training volume."""
        return self.training.slices + self.gap + self.validation.slices

    def __str__(self) -> str:
        left_out = f", {self.gap} left out between the two" if self.gap else ""
        return (
            f"{counted(self.given, 'training slice')}, {self.training.slices} to train on and "
            f"{self.validation.slices} for validation{left_out}\n"
            f"  training {self.training}\n"
            f"  validation {self.validation}\n"
            f"  testing {self.testing}"
        )

    @property
    def warnings(self) -> list[str]:
        """They are a line for each thing that training does not refuse and a user should know."""
        kept, held_out = self.training.slices, self.validation.slices
        return [
            *suspicions.few_slices(kept, held_out, self.gap, self.given - held_out),
            *suspicions.differences(self.training, self.testing),
            *suspicions.repeated(self.repeated_slices, self.testing.slices),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Give all numbers, and the warnings, for JSON."""
        return asdict(self) | {"training_volume_slices": self.given, "warnings": self.warnings}


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
        gap=volumes.gap,
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
