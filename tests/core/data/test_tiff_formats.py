from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.data.sources import PhantomSource, open_source
from core.data.tiff import read_stack
from results.errors import DataError
from tests.core.data.png_files import write_folders
from tests.core.data.tiff_files import TESTING, replace, the_complaint, write

FORMATS: list[dict[str, Any]] = [
    {},
    {"compression": "zlib"},
    {"compression": "lzw"},
    {"bigtiff": True},
    {"bigtiff": True, "compression": "zlib"},
    {"metadata": None},
    {"imagej": True},
    {"byteorder": ">"},
]


@pytest.mark.parametrize("options", FORMATS, ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_stack_comes_back_as_it_was_written(
    tmp_path: Path, options: dict[str, Any], dtype: type
) -> None:
    source = write(tmp_path)
    images = TESTING.images.astype(dtype) * (257 if dtype is np.uint16 else 1)
    replace(source, "testing", images, **options)
    read = read_stack(source.path("testing"))
    np.testing.assert_array_equal(read, images)
    assert read.dtype.itemsize == np.dtype(dtype).itemsize
    np.testing.assert_array_equal(source.load().testing.images, images)


@pytest.mark.parametrize(
    "masks",
    [
        TESTING.masks,
        TESTING.masks * 255,
        TESTING.masks.astype(np.uint16) * 255,
        TESTING.masks.astype(np.uint16),
        TESTING.masks.astype(bool),
    ],
    ids=["0/1", "0/255", "uint16 0/255", "uint16 0/1", "bool"],
)
def test_masks_are_read_as_zero_and_one(tmp_path: Path, masks: np.ndarray) -> None:
    source = write(tmp_path)
    replace(source, "testing_groundtruth", masks)
    read = source.load().testing.masks
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, TESTING.masks)


def test_a_source_is_the_phantom_or_a_complete_directory(tmp_path: Path) -> None:
    assert isinstance(open_source("phantom"), PhantomSource)
    write(tmp_path)
    assert open_source(str(tmp_path)).name == str(tmp_path.resolve())
    (tmp_path / "testing_groundtruth.tif").unlink()
    with pytest.raises(DataError, match=r"testing_groundtruth\.tif: no such file"):
        open_source(str(tmp_path))
    with pytest.raises(DataError, match="no such directory"):
        open_source(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("stem", ["training", "testing_groundtruth"])
@pytest.mark.parametrize("options", [{}, {"imagej": True}, {"compression": "zlib"}], ids=str)
def test_a_file_that_shows_zero_as_white_is_refused(
    tmp_path: Path, stem: str, options: dict[str, Any]
) -> None:
    source = write(tmp_path)
    stack = read_stack(source.path(stem))
    replace(source, stem, stack, photometric="miniswhite", **options)
    complaint = the_complaint(source)
    assert complaint.startswith(f"{source.path(stem)}: shows 0 as white (photometric MinIsWhite)")
    assert "Invert LUT" in complaint


def test_pages_are_alike_in_what_is_white(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as writer:
        for page, photometric in zip(
            TESTING.images, ("minisblack", "minisblack", "miniswhite"), strict=True
        ):
            writer.write(page, photometric=photometric, metadata=None)
    with pytest.raises(DataError, match="its pages differ in shape or type"):
        read_stack(path)


def test_boolean_masks_as_they_are_saved_without_a_choice_show_zero_as_white(
    tmp_path: Path,
) -> None:
    source = write(tmp_path)
    masks = TESTING.masks.astype(bool)
    replace(source, "testing_groundtruth", masks, photometric=None)
    assert "tifffile.imwrite(..., photometric='minisblack')" in the_complaint(source)
    replace(source, "testing_groundtruth", masks, photometric="minisblack")
    np.testing.assert_array_equal(source.load().testing.masks, TESTING.masks)


def test_a_slice_of_a_folder_that_shows_zero_as_white_is_named(tmp_path: Path) -> None:
    def save(path: Path, pixels: np.ndarray) -> None:
        white = path.parent.name == "masks" and path.stem == "slice2"
        tifffile.imwrite(path, pixels, photometric="miniswhite" if white else "minisblack")

    write_folders(tmp_path, suffix=".tif", write=save)
    with pytest.raises(DataError, match=r"training/masks/slice2\.tif: shows 0 as white"):
        open_source(str(tmp_path)).load()
