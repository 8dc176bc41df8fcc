"""Directories of annotated volumes: four multi-page TIFF files, or folders of slices."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from core.data.masks import binary
from core.data.slices import SliceFolder, content_digest, require_pairs
from core.data.tiff import read_stack, stack_shape
from core.data.volumes import Stack, Volumes, describe, split
from results.errors import DataError

VOLUMES = ("training", "testing")
LAYOUTS = (
    "a data directory holds training.tif, training_groundtruth.tif, testing.tif and "
    "testing_groundtruth.tif, or the folders training/images, training/masks, testing/images and "
    "testing/masks with a PNG or TIFF file a slice"
)


@runtime_checkable
class Part(Protocol):
    """Images or masks of one volume, on disk."""

    @property
    def path(self) -> Path: ...
    def shape(self) -> tuple[int, int, int]: ...
    def read(self) -> Shaped[np.ndarray, "slice height width"]: ...
    def digests(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class StackFile:
    """A multi-page TIFF file; its name does not count."""

    path: Path

    def shape(self) -> tuple[int, int, int]:
        return stack_shape(self.path)

    def read(self) -> Shaped[np.ndarray, "slice height width"]:
        return read_stack(self.path)

    def digests(self) -> Iterator[bytes]:
        yield content_digest(self.path)


@dataclass(frozen=True)
class AnnotatedDirectory(ABC):
    """What both layouts share; each says where its parts are."""

    directory: Path
    foreground: int | None = None
    """The label that is foreground in the masks; None where they hold two values only."""

    @abstractmethod
    def parts(self, volume: str) -> tuple[Part, Part]:
        """Images and masks of the `training` or the `testing` volume; DataError if missing."""

    @property
    def name(self) -> str:
        """What follows `--data` on the command line."""
        chosen = "" if self.foreground is None else f" --foreground {self.foreground}"
        return f"{self.directory}{chosen}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the parts, the first 64 bits; and the foreground, where one is chosen."""
        digest = hashlib.sha256()
        for volume in VOLUMES:
            for part in self.parts(volume):
                for piece in part.digests():
                    digest.update(piece)
        chosen = "" if self.foreground is None else f"-foreground-{self.foreground}"
        return f"files-{digest.hexdigest()[:16]}{chosen}"

    def slice_shape(self) -> tuple[int, int]:
        """Height and width of a training slice, from the headers of the images."""
        return self.parts("training")[0].shape()[1:]

    def load(self) -> Volumes:
        """Read, check, split and normalise.

        Raises:
            DataError: naming the file, what is wrong with it and what is expected.
        """
        training, testing = (self._stack(volume) for volume in VOLUMES)
        return split(training, testing, self.fingerprint)

    def _stack(self, volume: str) -> Stack:
        image_part, mask_part = self.parts(volume)
        images, annotation = image_part.read(), mask_part.read()
        if images.dtype not in (np.uint8, np.uint16):
            raise DataError(f"{image_part.path}: {images.dtype} images; uint8 or uint16 are read")
        if images.shape != annotation.shape:
            raise DataError(
                f"{mask_part.path}: annotation is {describe(annotation.shape)}, but "
                f"{image_part.path.name} is {describe(images.shape)}; they must be equal"
            )
        return Stack(images, binary(annotation, mask_part.path, self.foreground))


@dataclass(frozen=True)
class DirectorySource(AnnotatedDirectory):
    """A directory with `training.tif`, `training_groundtruth.tif` and likewise `testing`."""

    def path(self, stem: str) -> Path:
        path = self.directory / f"{stem}.tif"
        if not path.is_file():
            raise DataError(f"{path}: no such file; {LAYOUTS}")
        return path

    def parts(self, volume: str) -> tuple[Part, Part]:
        return StackFile(self.path(volume)), StackFile(self.path(f"{volume}_groundtruth"))


@dataclass(frozen=True)
class FolderSource(AnnotatedDirectory):
    """A directory with `training/images`, `training/masks` and likewise `testing`."""

    def parts(self, volume: str) -> tuple[Part, Part]:
        folder = self.directory / volume
        images, masks = SliceFolder.of(folder / "images"), SliceFolder.of(folder / "masks")
        require_pairs(images, masks)
        return images, masks


def open_directory(directory: Path, foreground: int | None = None) -> AnnotatedDirectory:
    """The source of the layout that is there.

    Raises:
        DataError: neither layout, both, or a file or folder of one is missing.
    """
    files = [f"{volume}{end}.tif" for volume in VOLUMES for end in ("", "_groundtruth")]
    folders = [f"{volume}/{part}" for volume in VOLUMES for part in ("images", "masks")]
    stacks = [name for name in files if (directory / name).is_file()]
    slices = [name for name in folders if (directory / name).is_dir()]
    if stacks and slices:
        raise DataError(
            f"{directory}: holds both {stacks[0]} and {slices[0]}, of two layouts; keep one of "
            "them, the other's files elsewhere"
        )
    source = (FolderSource if slices else DirectorySource)(directory, foreground)
    for volume in VOLUMES:
        source.parts(volume)
    return source
