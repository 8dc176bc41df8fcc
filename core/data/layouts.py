"""Directories of annotated volumes: four multi-page TIFF files, or folders of slices."""

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from core.data.foreground import Foreground
from core.data.grey import narrowest
from core.data.identity import content_digest, files_id, gap_option, pixels_id, with_gap
from core.data.masks import binary
from core.data.presence import is_file, is_folder
from core.data.slices import SliceFolder, require_pairs
from core.data.tiff import read_stack
from core.data.volumes import VALIDATION_GAP, Stack, Volumes, describe, split
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
    @property
    def files(self) -> tuple[Path, ...]:
        """The file of each slice; empty where one file holds them all."""
        ...

    def read(self) -> Shaped[np.ndarray, "slice height width"]: ...
    def digests(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class StackFile:
    """A multi-page TIFF file; its name does not count."""

    path: Path
    files: tuple[Path, ...] = ()

    def read(self) -> Shaped[np.ndarray, "slice height width"]:
        return read_stack(self.path)

    def digests(self) -> Iterator[bytes]:
        yield content_digest(self.path)


@dataclass(frozen=True)
class AnnotatedDirectory(ABC):
    """What both layouts share; each says where its parts are."""

    directory: Path
    foreground: Foreground | None = None
    """What is foreground in the masks; None where they hold two values only."""
    known: frozenset[str] = frozenset()
    """There are runs of data with these ids."""
    gap: int = VALIDATION_GAP
    """So many slices are left out between training and validation."""

    @abstractmethod
    def parts(self, volume: str) -> tuple[Part, Part]:
        """Find images and masks of the `training` or the `testing` volume; DataError if missing."""

    @property
    def name(self) -> str:
        """What follows `--data` on the command line."""
        text = "" if self.foreground is None else shlex.quote(str(self.foreground))
        chosen = f" --foreground {text}" if text else ""
        return f"{self.directory}{chosen}{gap_option(self.gap)}"

    @property
    def files_id(self) -> str:
        """The id that these files had before ids were of pixels."""
        parts = [part for volume in VOLUMES for part in self.parts(volume)]
        pieces = (piece for part in parts for piece in part.digests())
        return files_id(pieces, self.foreground)

    def load(self) -> Volumes:
        """Read, check, split and normalise.

        Raises:
            DataError: naming the file or directory, what is wrong with it and what is expected.
        """
        training, testing = (self._stack(volume) for volume in VOLUMES)
        fingerprint = self._id((training, testing))
        try:
            return split(training, testing, fingerprint, self.gap)
        except DataError as error:
            raise DataError(f"{self.directory}: {error}") from error

    def _id(self, stacks: tuple[Stack, Stack]) -> str:
        """The id of files that there are runs of, else that of the pixels; with another gap."""
        if self.known and self.gap == VALIDATION_GAP:  # ids of files are older than other gaps
            former = self.files_id
            if former in self.known:
                return former
        return with_gap(pixels_id(stacks), self.gap)

    def _stack(self, volume: str) -> Stack:
        image_part, mask_part = self.parts(volume)
        images = narrowest(image_part.read(), image_part.path, image_part.files)
        annotation = mask_part.read()
        if images.shape != annotation.shape:
            raise DataError(
                f"{mask_part.path}: annotation is {describe(annotation.shape)}, but "
                f"{image_part.path.name} is {describe(images.shape)}; they must be equal"
            )
        masks = binary(annotation, mask_part.path, self.foreground, mask_part.files)
        return Stack(images, masks)


@dataclass(frozen=True)
class DirectorySource(AnnotatedDirectory):
    """A directory with `training.tif`, `training_groundtruth.tif` and likewise `testing`."""

    def path(self, stem: str) -> Path:
        path = self.directory / f"{stem}.tif"
        if not is_file(path):
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


def open_directory(
    directory: Path,
    foreground: Foreground | None = None,
    known: frozenset[str] = frozenset(),
    gap: int = VALIDATION_GAP,
) -> AnnotatedDirectory:
    """Find the source of the layout that is there.

    Args:
        directory: with either layout.
        foreground: what is foreground in the masks.
        known: ids of data that there are runs of; files keep a former id that is among them.
        gap: slices that are left out between training and validation.

    Raises:
        DataError: neither layout, both, or a file or folder of one is missing.
    """
    files = [f"{volume}{end}.tif" for volume in VOLUMES for end in ("", "_groundtruth")]
    folders = [f"{volume}/{part}" for volume in VOLUMES for part in ("images", "masks")]
    stacks = [name for name in files if is_file(directory / name)]
    slices = [name for name in folders if is_folder(directory / name)]
    if stacks and slices:
        raise DataError(
            f"{directory}: holds both {stacks[0]} and {slices[0]}, of two layouts; keep one of "
            "them, the other's files elsewhere"
        )
    source = (FolderSource if slices else DirectorySource)(directory, foreground, known, gap)
    for volume in VOLUMES:
        source.parts(volume)
    return source
