"""Folders of images, one slice a file, in natural order of their names."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from core.data.png import png_shape, read_png
from core.data.tiff import read_stack, stack_shape
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
            raise DataError(
                f"{path}: {error.strerror}; a directory of slices holds training/images, "
                "training/masks, testing/images and testing/masks"
            ) from error
        if not found:
            raise DataError(f"{path}: holds no .png, .tif or .tiff file; it needs one a slice")
        files = sorted(found, key=lambda file: (natural(file.stem), file.name))
        stems: dict[str, Path] = {}
        for file in files:
            if not file.is_file():
                raise DataError(f"{file}: not a file that can be read; remove or replace it")
            if other := stems.get(file.stem):
                raise DataError(f"{file}: {other.name} is there as well; keep one of the two")
            stems[file.stem] = file
        return cls(path, tuple(files))

    def shape(self) -> tuple[int, int, int]:
        """Slices, height and width from the files' headers, without decoding.

        Raises:
            DataError: a file that is no image, or of another shape than the first.
        """
        first = slice_shape(self.files[0])
        for file in self.files[1:]:
            if (shape := slice_shape(file)) != first:
                raise DataError(
                    f"{file}: {shape[0]} x {shape[1]} pixels, but {self.files[0].name} has "
                    f"{first[0]} x {first[1]}; all slices of a volume must have one shape"
                )
        return len(self.files), *first

    def read(self) -> Shaped[np.ndarray, "slice height width"]:
        """All slices, decoded.

        Raises:
            DataError: a damaged or coloured file, or one of another shape or pixel type.
        """
        shape = self.shape()
        first = read_slice(self.files[0])
        stack = np.empty(shape, dtype=first.dtype.newbyteorder("="))
        stack[0] = first
        for index, file in enumerate(self.files[1:], start=1):
            pixels = read_slice(file)
            if pixels.dtype != first.dtype:
                raise DataError(
                    f"{file}: {pixels.dtype} pixels, but {self.files[0].name} has {first.dtype}; "
                    "all slices of a folder must have one type"
                )
            stack[index] = pixels
        return stack

    def digests(self) -> Iterator[bytes]:
        """SHA-256 of each file's name below the data directory, and of its content."""
        for file in self.files:
            name = f"{self.path.parent.name}/{self.path.name}/{file.name}"
            yield hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
            yield content_digest(file)


def natural(stem: str) -> list[str | int]:
    """Sort key with numbers by value: slice2 before slice10."""
    parts = re.split(r"([0-9]+)", stem)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def require_pairs(images: SliceFolder, masks: SliceFolder) -> None:
    """Raise DataError, naming a file, unless images and masks have the same stems."""
    for these, others in ((images, masks), (masks, images)):
        known = {file.stem for file in others.files}
        lonely = [file for file in these.files if file.stem not in known]
        if lonely:
            more = f" (nor have {len(lonely) - 1} others)" if len(lonely) > 1 else ""
            raise DataError(
                f"{lonely[0]}: has no file of its stem in {others.path}{more}; each image needs a "
                "mask of the same name, and each mask an image"
            )


def slice_shape(path: Path) -> tuple[int, int]:
    """Height and width of a single-page file, from its header."""
    if path.suffix.lower() == ".png":
        return png_shape(path)
    pages, height, width = stack_shape(path)
    if pages != 1:
        raise DataError(f"{path}: holds {pages} pages; a folder of slices has one a file")
    return height, width


def read_slice(path: Path) -> Shaped[np.ndarray, "height width"]:
    """The grey values of a single-page file."""
    if path.suffix.lower() == ".png":
        return read_png(path)
    shape = slice_shape(path)
    return read_stack(path).reshape(shape)


def content_digest(path: Path) -> bytes:
    """SHA-256 of a file's content.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
