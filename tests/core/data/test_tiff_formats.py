from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.sources import PhantomSource, open_source
from core.data.tiff import read_stack
from results.errors import DataError
from tests.core.data.tiff_files import TESTING, replace, write

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
