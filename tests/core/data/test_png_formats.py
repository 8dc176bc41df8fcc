from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from core.data.png import png_shape, read_png
from results.errors import DataError
from tests.core.data.png_files import chunk, one_bit, palette, png

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
MASK = GREY > 127


def channels(*values: np.ndarray) -> np.ndarray:
    return np.stack(values, axis=-1)


def opaque(pixels: np.ndarray) -> np.ndarray:
    return np.full_like(pixels, np.iinfo(pixels.dtype).max)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("layout", ["grey", "grey and alpha", "RGB", "RGBA"])
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
    assert png_shape(path) == (5, 7)


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
        chunk(b"iCCP", b"no profile"),
        chunk(b"tEXt", b"by\x00anyone")[:-1] + b"\x00",
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
            "a coloured image",
        ),
        (png([b"\x00"], 1, 8, 0, chunk(b"acTL", bytes(8))), "an animated PNG"),
    ],
    ids=["RGB", "grey and alpha", "RGBA", "palette", "animated"],
)
def test_what_is_not_one_grey_slice_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "slice.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_png(path)
    assert str(error.value).startswith(f"{path}: {said}")
