"""Folders of images, one slice a file, in natural order of their names."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from core.data.identity import content_digest
from core.data.png import read_png
from core.data.presence import is_file, unreadable
from core.data.tiff import read_stack
from core.data.volumes import describe
from results.errors import DataError

SUFFIXES = (".png", ".tif", ".tiff")


@dataclass(frozen=True)
class SliceFolder:
    """The PNG and TIFF files of a folder; other files and hidden ones are not looked at."""

    path: Path
    files: tuple[Path, ...]
    """In natural order of their stems, which are distinct."""

    @classmethod
    def of(cls, path: Path) -> "SliceFolder":
        """List a folder.

        Raises:
            DataError: no such folder, no image in it, or two images of one stem.
        """
        try:
            found = [
                file
                for file in path.iterdir()
                if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
            ]
        except OSError as error:
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                raise unreadable(path, error) from error
            raise DataError(
                f"{path}: {error.strerror}; a directory of slices holds training/images, "
                "training/masks, testing/images and testing/masks"
            ) from error
        if not found:
            raise DataError(f"{path}: holds no .png, .tif or .tiff file; it needs one a slice")
        files = sorted(found, key=lambda file: (natural(file.stem), file.name))
        stems: dict[str, Path] = {}
        for file in files:
            if not is_file(file):
                raise DataError(f"{file}: not a file that can be read; remove or replace it")
            if other := stems.get(file.stem):
                raise DataError(f"{file}: {other.name} is there as well; keep one of the two")
            stems[file.stem] = file
        return cls(path, tuple(files))

    def read(self) -> Shaped[np.ndarray, "slice height width"]:
        """Decode all slices.

        Raises:
            DataError: a damaged or coloured file, or one of another shape or pixel type.
        """
        first = read_slice(self.files[0])
        stack = np.empty((len(self.files), *first.shape), first.dtype.newbyteorder("="))
        for index, file in enumerate(self.files):
            pixels = read_slice(file) if index else first
            if (pixels.shape, pixels.dtype) != (first.shape, first.dtype):
                raise DataError(
                    f"{file}: {pixels.dtype} pixels, {describe(pixels.shape)}, but "
                    f"{self.files[0].name} has {first.dtype}, {describe(first.shape)}; all slices "
                    "of a folder must have one size and type"
                )
            stack[index] = pixels
        return stack

    def digests(self) -> Iterator[bytes]:
        """Hash each file's name below the data directory, and its content."""
        for file in self.files:
            name = f"{self.path.parent.name}/{self.path.name}/{file.name}"
            yield hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
            yield content_digest(file)


def natural(stem: str) -> list[str | int]:
    """Make a sort key with numbers by value: slice2 comes before slice10."""
    parts = re.split(r"([0-9]+)", stem)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def require_pairs(images: SliceFolder, masks: SliceFolder) -> None:
    """Raise DataError, naming a file, unless images and masks have the same stems."""
    for these, others, kind in ((images, masks, "mask"), (masks, images, "image")):
        known = {file.stem for file in others.files}
        lonely = [file for file in these.files if file.stem not in known]
        if lonely:
            more = f" (nor have {len(lonely) - 1} others)" if len(lonely) > 1 else ""
            raise DataError(
                f"{lonely[0]}: has no matching {kind} in {others.path}{more}; each image needs a "
                "mask of the same name, and each mask an image"
            )


def read_slice(path: Path) -> Shaped[np.ndarray, "height width"]:
    """Read the grey values of a single-page file."""
    if path.suffix.lower() == ".png":
        return read_png(path)
    stack = read_stack(path)
    if len(stack) != 1:
        raise DataError(f"{path}: holds {len(stack)} pages; a folder of slices has one a file")
    return stack[0]
