"""Volumes: where they come from, what is checked, how they are split and normalised."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped, UInt8

from core.phantom import Phantom
from core.tiff import read_stack, stack_shape
from results.errors import DataError

VALIDATION_SHARE = 0.1
GAP = 5
"""Slices left out between training and validation: neighbours are near copies."""

FILES = ("training", "testing")


@dataclass(frozen=True)
class Stack:
    """Slices of one volume and their annotation."""

    images: Shaped[np.ndarray, "slice height width"]
    """Grey values, uint8 or uint16."""
    masks: UInt8[np.ndarray, "slice height width"]
    """1 is foreground, 0 background."""

    @property
    def foreground_fraction(self) -> float:
        return float(self.masks.mean(dtype=np.float64))

    def evenly_spaced(self, count: int) -> "Stack":
        """At most `count` slices, evenly spaced: always the same ones."""
        depth = len(self.images)
        chosen = np.unique(np.arange(min(count, depth)) * depth // min(count, depth))
        return Stack(self.images[chosen], self.masks[chosen])


@dataclass(frozen=True)
class Volumes:
    """What one run sees: three stacks, and the training slices' mean and standard deviation.

    Validation is the last tenth of the training volume after a gap of five slices; calibration
    and thresholds come from it. The testing volume chooses nothing.
    """

    training: Stack
    validation: Stack
    testing: Stack
    mean: float
    std: float
    fingerprint: str


@runtime_checkable
class Source(Protocol):
    """Where volumes come from: cheap to identify, dearer to load."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    def slice_shape(self) -> tuple[int, int]: ...
    def load(self) -> Volumes: ...


@dataclass(frozen=True)
class PhantomSource:
    """The built-in synthetic stack."""

    phantom: Phantom = field(default_factory=Phantom)

    @property
    def name(self) -> str:
        return "phantom"

    @property
    def fingerprint(self) -> str:
        return self.phantom.fingerprint

    def slice_shape(self) -> tuple[int, int]:
        return self.phantom.side, self.phantom.side

    def load(self) -> Volumes:
        """Generate, split and normalise; a few seconds."""
        training, testing = (Stack(*self.phantom.volume(which)) for which in (0, 1))
        return split(training, testing, self.fingerprint)


@dataclass(frozen=True)
class DirectorySource:
    """A directory with `training.tif`, `training_groundtruth.tif` and likewise `testing`."""

    directory: Path

    @property
    def name(self) -> str:
        return str(self.directory)

    def path(self, stem: str) -> Path:
        path = self.directory / f"{stem}.tif"
        if not path.is_file():
            raise DataError(
                f"{path}: no such file; a data directory holds training.tif, "
                "training_groundtruth.tif, testing.tif and testing_groundtruth.tif"
            )
        return path

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the four files' contents, the first 64 bits."""
        digest = hashlib.sha256()
        for stem in FILES:
            for path in (self.path(stem), self.path(f"{stem}_groundtruth")):
                with path.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
        return f"files-{digest.hexdigest()[:16]}"

    def slice_shape(self) -> tuple[int, int]:
        """Height and width of a training slice, from the file's header."""
        return stack_shape(self.path("training"))[1:]

    def load(self) -> Volumes:
        """Read, check, split and normalise.

        Raises:
            DataError: naming the file, what is wrong with it and what is expected.
        """
        training, testing = (self._stack(stem) for stem in FILES)
        return split(training, testing, self.fingerprint)

    def _stack(self, stem: str) -> Stack:
        image_path, mask_path = self.path(stem), self.path(f"{stem}_groundtruth")
        images, annotation = read_stack(image_path), read_stack(mask_path)
        if images.dtype not in (np.uint8, np.uint16):
            raise DataError(f"{image_path}: {images.dtype} images; uint8 or uint16 are read")
        if images.shape != annotation.shape:
            raise DataError(
                f"{mask_path}: annotation is {describe(annotation.shape)}, but {image_path.name} "
                f"is {describe(images.shape)}; they must be equal"
            )
        return Stack(images, binary(annotation, mask_path))


def open_source(text: str) -> Source:
    """The source that `--data` names: `phantom`, or a directory.

    Raises:
        DataError: no such directory, or one of its four files is missing.
    """
    if text == "phantom":
        return PhantomSource()
    directory = Path(text)
    if not directory.is_dir():
        raise DataError(f"--data {text}: no such directory; give one, or 'phantom'")
    source = DirectorySource(directory.resolve())
    for stem in FILES:
        for name in (stem, f"{stem}_groundtruth"):
            source.path(name)
    return source


def binary(annotation: np.ndarray, path: Path) -> UInt8[np.ndarray, "slice height width"]:
    """The annotation as 0 and 1; accepts 0/255 and 0/1 of any integer type."""
    levels = np.unique(annotation)
    if len(levels) == 1:
        raise DataError(
            f"{path}: every pixel of the mask is {levels[0]}; it must mark foreground (255 or 1) "
            "and background (0)"
        )
    if len(levels) != 2 or levels[0] != 0 or levels[1] not in (1, 255):
        shown = ", ".join(map(str, levels[:6])) + (", ..." if len(levels) > 6 else "")
        raise DataError(f"{path}: the mask is not binary, its values are {shown}; use 0/255 or 0/1")
    return (annotation != 0).astype(np.uint8)


def split(training: Stack, testing: Stack, fingerprint: str) -> Volumes:
    """Hold out the last tenth of the training slices, and measure the rest's grey values."""
    depth = len(training.images)
    held_out = max(1, int(depth * VALIDATION_SHARE))
    kept = depth - held_out - GAP
    if kept < 1:
        raise DataError(
            f"{depth} training slices are too few: {held_out} are held out after a gap of {GAP}; "
            f"at least {GAP + 2} are needed"
        )
    if len(testing.images) < 2:
        raise DataError("1 testing slice is too few: a constant shows only between two inputs")
    parts = {
        "training": Stack(training.images[:kept], training.masks[:kept]),
        "validation": Stack(training.images[-held_out:], training.masks[-held_out:]),
        "testing": testing,
    }
    for name, part in parts.items():
        if not 0.0 < part.foreground_fraction < 1.0:
            raise DataError(
                f"the {len(part.images)} {name} slices hold only one class; each part of the "
                "split needs foreground and background"
            )
    images = parts["training"].images
    std = float(images.std(dtype=np.float64))
    if std == 0.0:
        raise DataError(f"every training pixel is {images.flat[0]}; the images are empty")
    return Volumes(
        **parts, mean=float(images.mean(dtype=np.float64)), std=std, fingerprint=fingerprint
    )


def require_tile_fits(tile: int, slice_shape: tuple[int, int]) -> None:
    """Raise DataError unless a tile (side in pixels) fits into a slice."""
    if tile > min(slice_shape):
        raise DataError(
            f"tile={tile} is larger than the slice, {describe(slice_shape)} pixels; "
            f"give --set tile={min(slice_shape) // 16 * 16} or less, or another profile"
        )


def describe(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
