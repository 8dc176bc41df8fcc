import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.data.png import read_png
from results.errors import DataError
from tests.core.data.png_files import chunk, one_bit, palette, png

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
WIDE = GREY.astype(np.uint16) * 251
MASK = GREY > 127


def channels(*values: np.ndarray) -> np.ndarray:
    return np.stack(values, axis=-1)


def opaque(pixels: np.ndarray) -> np.ndarray:
    return np.full_like(pixels, np.iinfo(pixels.dtype).max)


@pytest.mark.parametrize(
    ("dtype", "layout"),
    [
        (np.uint8, "grey"),
        (np.uint16, "grey"),
        (np.uint8, "grey and alpha"),
        (np.uint8, "RGB"),
        (np.uint8, "RGBA"),
    ],
)
def test_grey_is_read_in_any_layout(tmp_path: Path, dtype: type, layout: str) -> None:
    grey = GREY.astype(dtype) * (251 if dtype is np.uint16 else 1)
    pixels = {
        "grey": grey,
        "grey and alpha": channels(grey, opaque(grey)),
        "RGB": channels(grey, grey, grey),
        "RGBA": channels(grey, grey, grey, opaque(grey)),
    }[layout]
    path = tmp_path / "slice.png"
    path.write_bytes(imagecodecs.png_encode(pixels))
    read = read_png(path)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, grey)


@pytest.mark.parametrize("content", [one_bit(MASK), palette(MASK)], ids=["1 bit", "palette"])
def test_one_bit_and_grey_palettes_are_read_as_they_are_shown(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "slice.png"
    path.write_bytes(content)
    np.testing.assert_array_equal(read_png(path), MASK * np.uint8(255))


def test_gamma_profiles_and_texts_change_nothing(tmp_path: Path) -> None:
    extra = [
        chunk(b"gAMA", (22222).to_bytes(4, "big")),
        chunk(b"sBIT", b"\x03"),
        chunk(b"iCCP", b"name\x00\x00" + zlib.compress(b"a profile")),
        chunk(b"tEXt", b"by\x00anyone"),
    ]
    path = tmp_path / "slice.png"
    path.write_bytes(png([row.tobytes() for row in GREY], 7, 8, 0, *extra))
    np.testing.assert_array_equal(read_png(path), GREY)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (imagecodecs.png_encode(channels(GREY, GREY, GREY // 2)), "a coloured image"),
        (imagecodecs.png_encode(channels(GREY, GREY)), "partly transparent"),
        (imagecodecs.png_encode(channels(GREY, GREY, GREY, GREY)), "partly transparent"),
        (
            png([b"\x00\x01"], 2, 8, 3, chunk(b"PLTE", bytes([0, 0, 0, 255, 0, 0]))),
            "a palette PNG, whose pixels are indices of colours (0, 1); one grey value a pixel is",
        ),
        (png([b"\x00"], 1, 8, 0, chunk(b"acTL", b"\0\0\0\x02" + bytes(4))), "an animated PNG"),
        (png([b"\x00\x07"], 1, 16, 0, chunk(b"tRNS", b"\x00\x07")), "partly transparent"),
        (imagecodecs.png_encode(channels(WIDE, WIDE, WIDE)), "16 bits in colour or with alpha"),
        (imagecodecs.png_encode(channels(WIDE, opaque(WIDE))), "16 bits in colour or with alpha"),
    ],
    ids=[
        "RGB",
        "grey and alpha",
        "RGBA",
        "palette",
        "animated",
        "16-bit key",
        "16-bit RGB",
        "16-bit alpha",
    ],
)
def test_what_is_not_one_grey_slice_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "slice.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_png(path)
    assert str(error.value).startswith(f"{path}: {said}")


def test_what_the_message_of_a_palette_offers_makes_the_indices_grey(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    colours = chunk(b"PLTE", bytes([0, 0, 0, 128, 0, 0]))
    path.write_bytes(
        png([row.tobytes() for row in MASK.astype(np.uint8)], MASK.shape[1], 8, 3, colours)
    )
    with pytest.raises(DataError) as error:
        read_png(path)
    offered = str(error.value).rpartition("in Python by ")[2]
    exec(offered, {"Image": Image, "np": np, "path": path})  # as a user pastes it
    np.testing.assert_array_equal(read_png(path), MASK)


@pytest.mark.parametrize("depth", [2, 4])
def test_few_bits_become_eight(tmp_path: Path, depth: int) -> None:
    values = np.arange(2**depth, dtype=np.uint8)
    bits = np.unpackbits(values[:, None], axis=1)[:, 8 - depth :]
    path = tmp_path / "slice.png"
    path.write_bytes(png([np.packbits(bits).tobytes()], len(values), depth, 0))
    np.testing.assert_array_equal(read_png(path)[0], values * (255 // values[-1]))
