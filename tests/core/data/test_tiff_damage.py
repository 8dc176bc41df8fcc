from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.data.tiff import read_stack
from results.errors import DataError
from tests.core.data.tiff_files import TESTING, TRAINING, replace, the_complaint, write

STEMS = ["training", "training_groundtruth", "testing", "testing_groundtruth"]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"compression": "zlib"},
    {"metadata": None},
    {"metadata": None, "compression": "zlib"},
    {"bigtiff": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("percent", [1, 10, 50, 80])
@pytest.mark.parametrize("stem", STEMS)
def test_a_truncated_file_is_named(
    tmp_path: Path, stem: str, percent: int, options: dict[str, Any]
) -> None:
    source = write(tmp_path, **options)
    path = source.path(stem)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * percent // 100])
    assert str(path) in the_complaint(source)


@pytest.mark.parametrize("options", [*OPTIONS, {"imagej": True}], ids=str)
def test_no_truncation_loses_a_pixel_silently(tmp_path: Path, options: dict[str, Any]) -> None:
    source = write(tmp_path, **options)
    path = source.path("testing")
    content = path.read_bytes()
    refusals = []
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        try:
            read = read_stack(path)
        except DataError as error:
            refusals.append(str(error))
        else:
            np.testing.assert_array_equal(read, TESTING.images)
    assert len(refusals) > 0.5 * len(content) / 37
    assert all(message.startswith(f"{path}: ") for message in refusals)
    assert not any("\n" in message for message in refusals)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("percent", [10, 50, 90, 99])
def test_a_missing_hundredth_is_noticed(
    tmp_path: Path, percent: int, options: dict[str, Any]
) -> None:
    source = write(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (6, 160, 160), dtype=np.uint8)
    replace(source, "training", noise, **options)
    path = source.path("training")
    np.testing.assert_array_equal(read_stack(path), noise)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * percent // 100])
    with pytest.raises(DataError) as error:
        read_stack(path)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "content", [b"", b"II*\x00", b"slices: 20\nside: 32\n", b"\x89PNG\r\n\x1a\n" + bytes(200)]
)
@pytest.mark.parametrize("stem", STEMS)
def test_what_is_no_tiff_is_named(tmp_path: Path, stem: str, content: bytes) -> None:
    source = write(tmp_path)
    source.path(stem).write_bytes(content)
    assert str(source.path(stem)) in the_complaint(source)


@pytest.mark.parametrize("stem", STEMS)
def test_a_missing_file_is_named(tmp_path: Path, stem: str) -> None:
    source = write(tmp_path)
    path = source.path(stem)
    path.unlink()
    assert the_complaint(source).startswith(f"{path}: no such file")


def test_a_directory_of_that_name_is_no_file(tmp_path: Path) -> None:
    source = write(tmp_path)
    source.path("testing").unlink()
    (tmp_path / "testing.tif").mkdir()
    assert "no such file" in the_complaint(source)


def test_colour_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path)
    replace(source, "training", np.repeat(TRAINING.images[..., None], 3, 3), photometric="rgb")
    message = the_complaint(source)
    assert str(source.path("training")) in message
    assert "one grey value" in message


def test_three_slices_that_are_tagged_as_rgb_are_named_with_what_makes_them_slices(
    tmp_path: Path,
) -> None:
    source = write(tmp_path)
    path, slices = source.path("training"), TRAINING.images[:3]
    tifffile.imwrite(path, slices, photometric="rgb", planarconfig="separate")
    message = the_complaint(source)
    assert message.startswith(f"{path}: an RGB image, whose 3 colours are planes one after the")
    offered = message.rpartition("in Python ")[2]
    exec(offered, {"tifffile": tifffile, "path": path})  # as a user pastes it
    np.testing.assert_array_equal(read_stack(path), slices)


@pytest.mark.parametrize("dtype", [np.int32, np.float64, np.uint32])
def test_other_pixel_types_are_refused(tmp_path: Path, dtype: type) -> None:
    source = write(tmp_path)
    replace(source, "testing", TESTING.images.astype(dtype))
    message = the_complaint(source)
    assert message.startswith(f"{source.path('testing')}: {np.dtype(dtype).name} images")
