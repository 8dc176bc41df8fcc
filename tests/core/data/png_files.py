"""Real PNG files, also of kinds that the usual encoders do not write, and folders of slices."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

from core.data.sources import FolderSource, Stack
from tests.core.data.tiff_files import TESTING, TRAINING

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def chunk(name: bytes, data: bytes) -> bytes:
    checked = name + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def header(width: int, height: int, depth: int, colour: int) -> bytes:
    return SIGNATURE + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    )


def png(rows: list[bytes], width: int, depth: int, colour: int, *extra: bytes) -> bytes:
    """A PNG file of packed rows; colour 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    raw = zlib.compress(b"".join(b"\x00" + row for row in rows))
    start = header(width, len(rows), depth, colour)
    return start + b"".join(extra) + chunk(b"IDAT", raw) + END


def one_bit(mask: np.ndarray) -> bytes:
    return png([np.packbits(row).tobytes() for row in mask], mask.shape[1], 1, 0)


def palette(mask: np.ndarray) -> bytes:
    greys = chunk(b"PLTE", bytes([0, 0, 0, 255, 255, 255]))
    return png([row.astype(np.uint8).tobytes() for row in mask], mask.shape[1], 8, 3, greys)


def write_png(path: Path, pixels: np.ndarray) -> None:
    path.write_bytes(imagecodecs.png_encode(pixels))


def write_tiff(path: Path, pixels: np.ndarray) -> None:
    tifffile.imwrite(path, pixels, photometric="minisblack")


def write_folders(
    directory: Path,
    training: Stack = TRAINING,
    testing: Stack = TESTING,
    *,
    factor: int = 255,
    suffix: str = ".png",
    write: Callable[[Path, np.ndarray], None] = write_png,
) -> FolderSource:
    """Slices named slice1, slice2, ... and masks of 0 and `factor`."""
    for volume, stack in (("training", training), ("testing", testing)):
        for part, slices in (("images", stack.images), ("masks", stack.masks * factor)):
            folder = directory / volume / part
            folder.mkdir(parents=True)
            for number, pixels in enumerate(slices, start=1):
                write(folder / f"slice{number}{suffix}", pixels)
    return FolderSource(directory)
