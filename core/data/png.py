"""Grey PNG images, with every defect reported as one line."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np
from jaxtyping import Shaped

from core.data.limits import require_plausible
from results.errors import DataError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values a pixel of each colour type: grey, RGB, palette, grey and alpha, RGB and alpha."""

DEFLATE_EXPANSION = 1032
"""Bytes that one compressed byte becomes at most."""

MAX_SIDE = 1_000_000
"""Pixels; the decoder's own limit."""

NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
"""Chunks that decide on pixels; the others (profiles, texts, dates) are not decoded."""


class Header(NamedTuple):
    """The first 13 bytes of information of a PNG file."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlace: int


def png_shape(path: Path) -> tuple[int, int]:
    """Height and width from the header, without decoding.

    Raises:
        DataError: not a PNG file, or a header that cannot be true.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(len(SIGNATURE) + 25)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    return shape_of(start, path)


def read_png(path: Path) -> Shaped[np.ndarray, "height width"]:
    """The grey values, uint8 or uint16, as they are shown: 1, 2 and 4 bits become 8.

    Palettes, RGB and alpha are read where they show greys only, opaque.

    Raises:
        DataError: damaged, truncated or animated file, colour, or transparency.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    shape = shape_of(content, path)
    try:
        pixels = imagecodecs.png_decode(b"".join([SIGNATURE, *needed_chunks(content, path)]))
    except DataError:
        raise
    except Exception as error:  # the decoder raises whatever it likes on damaged input
        raise damaged(path, " ".join(str(error).split())[:200] or type(error).__name__) from error
    if pixels.shape[:2] != shape:
        raise damaged(path, f"it decodes to {pixels.shape}")
    return grey(pixels, path)


def shape_of(start: bytes, path: Path) -> tuple[int, int]:
    """Height and width from the first 33 bytes of a file."""
    if not start:
        raise DataError(f"{path}: the file is empty")
    if start[: len(SIGNATURE)] != SIGNATURE:
        raise DataError(f"{path}: not a PNG file; give PNG files, or name TIFF files .tif")
    first = start[len(SIGNATURE) : len(SIGNATURE) + 25]
    if len(first) < 25 or first[:8] != b"\x00\x00\x00\x0dIHDR" or not intact(first[4:]):
        raise damaged(path, "its header is incomplete or altered")
    header = Header(*struct.unpack(">IIBBBBB", first[8:21]))
    if header.colour not in CHANNELS or header.depth not in (1, 2, 4, 8, 16):
        raise damaged(path, f"colour type {header.colour} of {header.depth} bits")
    bits = header.width * header.height * CHANNELS[header.colour] * header.depth
    require_plausible(path, header.height, header.width, bits // 8, DEFLATE_EXPANSION)
    if max(header.height, header.width) > MAX_SIDE:
        raise DataError(f"{path}: {header.height} x {header.width} pixels; at most 10^6 a side")
    return header.height, header.width


def needed_chunks(content: bytes, path: Path) -> Iterator[bytes]:
    """The chunks that decide on pixels, each complete and with a right checksum, to the last.

    The decoder warns on the terminal about what is wrong in any of the others.
    """
    position, name = len(SIGNATURE), b""
    while name != b"IEND":
        length = int.from_bytes(content[position : position + 4], "big")
        chunk = content[position : position + 12 + length]
        name = chunk[4:8]
        if len(chunk) < 12 + length:
            raise damaged(path, "it ends early")
        if name == b"acTL":
            raise DataError(f"{path}: an animated PNG; a file must hold one slice")
        if name in NEEDED:
            if not intact(chunk[4:]):
                raise damaged(path, "a checksum is wrong")
            yield chunk
        position += len(chunk)


def intact(checked: bytes) -> bool:
    """Whether a chunk's name and data fit the checksum that follows them."""
    return zlib.crc32(checked[:-4]) == int.from_bytes(checked[-4:], "big")


def grey(pixels: np.ndarray, path: Path) -> Shaped[np.ndarray, "height width"]:
    """The one value a pixel that all channels agree on."""
    if pixels.ndim == 2:
        return pixels
    channels = pixels.shape[2]
    if channels in (2, 4):
        if (pixels[..., -1] != np.iinfo(pixels.dtype).max).any():
            raise DataError(f"{path}: partly transparent; save it as greyscale without alpha")
        channels -= 1
    first = pixels[..., 0]
    if any((pixels[..., other] != first).any() for other in range(1, channels)):
        raise DataError(f"{path}: a coloured image; save it as greyscale, 8 or 16 bits")
    return np.ascontiguousarray(first)


def damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path}: damaged PNG file ({reason})")
