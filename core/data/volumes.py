"""What a run sees: annotated volumes, how they are split and normalised."""

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped, UInt8

from core.choices import InputScale
from results.errors import DataError
from results.text import counted

VALIDATION_SHARE = 0.1
VALIDATION_GAP = 5
"""So many slices are left out between training and validation unless the user says otherwise:
neighbours of a stack are near copies. Between images that are no neighbours there is no need."""


@dataclass(frozen=True)
class Stack:
    """Slices of one volume and their annotation."""

    images: Shaped[np.ndarray, "slice height width"]
    """Grey values: uint8, uint16, int16 or float32."""
    masks: UInt8[np.ndarray, "slice height width"]
    """1 is foreground, 0 background."""

    @property
    def foreground_fraction(self) -> float:
        return float(self.masks.mean(dtype=np.float64))

    def evenly_spaced(self, count: int) -> "Stack":
        """Choose at most `count` slices, evenly spaced: always the same ones."""
        depth = len(self.images)
        chosen = np.unique(np.arange(min(count, depth)) * depth // min(count, depth))
        return Stack(self.images[chosen], self.masks[chosen])


@dataclass(frozen=True)
class Volumes:
    """What one run sees: three stacks, and the training slices' mean and standard deviation.

    Validation is the last tenth of the training volume after a gap of some slices; calibration
    and thresholds come from it. The testing volume chooses nothing.
    """

    training: Stack
    validation: Stack
    testing: Stack
    mean: float
    std: float
    fingerprint: str
    shift: float = 0.0
    divisor: float = 1.0
    """A network sees (grey value - shift) / divisor."""
    gap: int = VALIDATION_GAP
    """So many slices between training and validation are used for neither."""

    def scaled(self, input_scale: InputScale) -> "Volumes":
        """Choose how a network sees the grey values.

        `unit` and `symmetric` map 0 and 255 of 8-bit images to the ends of their range, of others
        the least and the largest grey value of the training slices.
        """
        shift, divisor = 0.0, 1.0
        if input_scale == "z-score":
            shift, divisor = self.mean, self.std
        elif input_scale != "none":
            images = self.training.images
            eight = images.dtype == np.uint8
            low, high = (0.0, 255.0) if eight else (float(images.min()), float(images.max()))
            shift, divisor = low, high - low
            if input_scale == "symmetric":
                shift, divisor = (low + high) / 2, (high - low) / 2
        return replace(self, shift=shift, divisor=divisor)

    def curve(self, validation_slices: int, testing_slices: int) -> tuple[Stack, Stack]:
        """Choose the validation and testing slices that the evaluations of a curve use.

        Args:
            validation_slices: so many of them, evenly spaced.
            testing_slices: so many of them, evenly spaced; 0: every one.

        Raises:
            DataError: so few of them hold only one class.
        """
        chosen = {
            "curve_validation_slices": (self.validation, validation_slices),
            "curve_slices": (self.testing, testing_slices or len(self.testing.images)),
        }
        stacks = {name: stack.evenly_spaced(count) for name, (stack, count) in chosen.items()}
        for name, stack in stacks.items():
            if not 0.0 < stack.foreground_fraction < 1.0:
                part = "validation" if "validation" in name else "testing"
                raise DataError(
                    f"{name}={len(stack.images)}: these {part} slices hold only one class; use "
                    f"more of them, at most {len(chosen[name][0].images)}"
                )
        return stacks["curve_validation_slices"], stacks["curve_slices"]


class Source(ABC):
    """Where volumes come from, as `--data` names it."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What follows `--data` on the command line."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """The data set's id, which a run's configuration holds."""

    @abstractmethod
    def slice_shape(self) -> tuple[int, int]:
        """Tell height and width of a training slice, in pixels."""

    @abstractmethod
    def load(self) -> Volumes:
        """Give the volumes, split and measured."""


def sizes(depth: int, gap: int) -> tuple[int, int]:
    """Tell how many of a volume's slices are trained on, and how many are held out.

    Args:
        depth: slices of the training volume.
        gap: of them left out between the two.

    Raises:
        DataError: none would be left to train on.
    """
    held_out = max(1, int(depth * VALIDATION_SHARE))
    kept = depth - held_out - gap
    if kept < 1:
        most = depth - held_out - 1
        smaller = f", or --validation-gap {most} or less" if most >= 0 else ""
        unrelated = "; 0 is right for images that are no neighbours" if most >= 0 else ""
        raise DataError(
            f"{counted(depth, 'training slice')} {'is' if depth == 1 else 'are'} too few: "
            f"{held_out} {'is' if held_out == 1 else 'are'} held out after a gap of {gap}; at "
            f"least {least_depth(gap)} are needed{smaller}{unrelated}"
        )
    return kept, held_out


def least_depth(gap: int) -> int:
    """Tell how many slices leave one to train on; every tenth adds one that is held out."""
    return next(d for d in itertools.count(gap + 2) if d - max(1, int(d * VALIDATION_SHARE)) > gap)


def split(training: Stack, testing: Stack, fingerprint: str, gap: int = VALIDATION_GAP) -> Volumes:
    """Hold out the last tenth of the training slices, and measure the rest's grey values.

    Raises:
        DataError: too few slices, a part without foreground or background, or empty images.
    """
    kept, held_out = sizes(len(training.images), gap)
    if len(testing.images) < 2:
        raise DataError(
            "1 testing slice is too few: a constant shows only between two inputs; add one or more"
        )
    parts = {
        "training": Stack(training.images[:kept], training.masks[:kept]),
        "validation": Stack(training.images[-held_out:], training.masks[-held_out:]),
        "testing": testing,
    }
    for name, part in parts.items():
        if not 0.0 < part.foreground_fraction < 1.0:
            raise DataError(
                f"the {len(part.images)} {name} slices hold only one class; each part of the "
                "split needs foreground and background; add slices that show both"
            )
    images = parts["training"].images
    std = float(images.std(dtype=np.float64))
    if std == 0.0:
        raise DataError(
            f"every training pixel is {images.flat[0]}: the images are empty; give images that "
            "show something"
        )
    mean = float(images.mean(dtype=np.float64))
    volumes = Volumes(
        training=parts["training"],
        validation=parts["validation"],
        testing=testing,
        mean=mean,
        std=std,
        fingerprint=fingerprint,
        gap=gap,
    )
    return volumes.scaled("z-score")


def require_tile_fits(tile: int, slice_shape: tuple[int, int], answered: int | None = None) -> None:
    """Raise DataError unless what a tile answers fits into a slice.

    Args:
        tile: side of what the network sees, in pixels.
        slice_shape: height and width in pixels.
        answered: side of what it answers; less than the tile where convolutions are unpadded, and
            what lies around may reach beyond the slice, which is mirrored there.
    """
    lost = 0 if answered is None else tile - answered
    most = min(slice_shape)
    if tile - lost <= most:
        return
    fitting = tile - -(-(tile - lost - most) // 16) * 16
    what = f"tile={tile} is" if not lost else f"tile={tile} answers {answered} pixels a side,"
    raise DataError(
        f"{what} larger than the slice, {describe(slice_shape)} pixels; "
        f"give --set tile={fitting} or less, or another profile"
    )


def describe(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
