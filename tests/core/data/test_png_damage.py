import resource
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.slices import read_slice
from results.errors import DataError
from tests.core.data.png_files import END, SIGNATURE, chunk, header

GREY = np.random.default_rng(0).integers(0, 256, (8, 11), dtype=np.uint8)
PNG = bytes(imagecodecs.png_encode(GREY))
DATA = chunk(b"IDAT", zlib.compress(b""))


def tiff(path: Path, compression: str) -> bytes:
    tifffile.imwrite(path, GREY, photometric="minisblack", compression=compression)
    return path.read_bytes()


def outcome(path: Path, content: bytes) -> str:
    """The one line of refusal, or nothing where the true pixels, or others, are read."""
    path.write_bytes(content)
    try:
        read_slice(path)
    except DataError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message
    return ""


def test_no_truncation_and_no_altered_byte_changes_a_pixel_silently(tmp_path: Path) -> None:
    path = tmp_path / "slice.png"
    assert not outcome(path, PNG)
    refused = 0
    for position in range(len(PNG)):
        altered = bytearray(PNG)
        altered[position] ^= 16
        for content in (PNG[:position], bytes(altered)):
            if outcome(path, content):
                refused += 1
            else:  # zlib's own checksum holds the pixels, the rest need not matter
                np.testing.assert_array_equal(read_slice(path), GREY)
    assert refused > 0.85 * 2 * len(PNG)


@given(content=st.binary(max_size=300), start=st.sampled_from([b"", SIGNATURE, PNG[:33]]))
@settings(deadline=None, max_examples=100)
def test_random_bytes_are_no_png(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes
) -> None:
    assert outcome(tmp_path_factory.getbasetemp() / "random.png", start + content)


@given(
    depth=st.sampled_from([1, 2, 4, 8, 16]),
    colour=st.sampled_from([0, 2, 3, 4, 6]),
    pixels=st.binary(max_size=600),
    extra=st.lists(st.tuples(st.sampled_from([b"PLTE", b"tRNS"]), st.binary(max_size=9))),
)
@settings(deadline=None, max_examples=100)
def test_right_checksums_over_nonsense_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    depth: int,
    colour: int,
    pixels: bytes,
    extra: list[tuple[bytes, bytes]],
) -> None:
    chunks = b"".join(chunk(*each) for each in extra) + chunk(b"IDAT", zlib.compress(pixels))
    content = header(9, 7, depth, colour) + chunks + END
    outcome(tmp_path_factory.getbasetemp() / "nonsense.png", content)


@pytest.mark.parametrize("compression", ["none", "zlib", "lzw"])
def test_no_altered_tiff_raises_anything_else(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "slice.tif"
    content = tiff(path, compression)
    rng = np.random.default_rng(1)
    for _ in range(60):
        altered = bytearray(content)
        for position in rng.integers(len(content), size=3):
            altered[min(position, position % 300)] = rng.integers(256)
        outcome(path, bytes(altered))
        outcome(path, content[: rng.integers(len(content))])
        outcome(path, content[:8] + rng.bytes(100))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", b"", "not a PNG file"),
        ("a.tif", b"", "not a TIFF file"),
        ("a.png", b"GIF89a", "not a PNG file"),
        ("a.tif", PNG, "not a TIFF file"),
        ("a.png", header(0, 5, 8, 0) + END, "damaged or not a PNG file"),
        ("a.png", header(7, 5, 8, 0) + END, "it holds no pixels"),
        ("a.png", header(7, 5, 3, 0) + END, "damaged or not a PNG file"),
        ("a.png", header(70_000, 70_000, 8, 0) + DATA + END, "at most 2^31"),
        ("a.png", header(2**32 - 1, 2**32 - 1, 16, 6) + DATA + END, "at most 2^31"),
        ("a.png", header(40_000, 40_000, 8, 0) + DATA + END, "more than its 65 bytes can hold"),
        ("a.png", header(2_000_000, 5, 8, 0) + DATA + END, "damaged or not a PNG file"),
    ],
)
def test_what_cannot_be_a_slice_is_said(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    assert said in outcome(tmp_path / name, content)


@pytest.mark.parametrize("side", [40_000, 70_000])
@pytest.mark.parametrize("compression", ["none", "zlib"])
def test_a_forged_tiff_header_allocates_nothing(
    tmp_path: Path, side: int, compression: str
) -> None:
    path = tmp_path / "forged.tif"
    content = tiff(path, compression)
    with tifffile.TiffFile(path) as file:
        tags = [file.pages.first.tags[name] for name in ("ImageWidth", "ImageLength")]
        places = [(tag.valueoffset, tag.dtype) for tag in tags]
    forged = bytearray(content)
    for place, kind in places:
        size = {3: 2, 4: 4}[int(kind)]
        forged[place : place + size] = min(side, 256**size - 1).to_bytes(size, "little")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path.write_bytes(bytes(forged))
    with pytest.raises(DataError, match=r"forged\.tif: its header declares"):
        read_slice(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_many_pages_are_no_slice(tmp_path: Path) -> None:
    path = tmp_path / "slice.tif"
    tifffile.imwrite(path, np.stack([GREY] * 3), photometric="minisblack")
    with pytest.raises(DataError, match=r"slice\.tif: holds 3 pages"):
        read_slice(path)
