"""Grey values of any type: exact, in the narrowest type, and never NaN."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data.grey import narrowest
from core.data.sources import Stack, open_source
from results.errors import DataError
from tests.core.data.png_files import write_folders, write_tiff
from tests.core.data.tiff_files import TESTING, TRAINING, replace, the_complaint, write

HERE = Path("images.tif")
TYPES = [np.uint8, np.uint16, np.int16, np.float32]
NUMBERS = st.floats(-1e5, 1e5, width=32) | st.integers(-40_000, 70_000).map(float)


@given(hnp.arrays(np.float32, (2, 2, 3), elements=NUMBERS))
def test_no_value_changes(images: np.ndarray) -> None:
    narrow = narrowest(images, HERE)
    np.testing.assert_array_equal(narrow.astype(np.float32), images)
    assert narrow.dtype in TYPES
    for smaller in TYPES[: TYPES.index(narrow.dtype.type)]:
        with np.errstate(invalid="ignore"):
            assert (narrow.astype(smaller).astype(np.float32) != images).any()


@pytest.mark.parametrize("saved_as", TYPES)
@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 255], np.uint8), ([0, 256], np.uint16), ([-1, 5], np.int16), ([0.5, 5], np.float32)],
)
def test_equal_values_get_one_type(saved_as: type, values: list[float], expected: type) -> None:
    images = np.array(values, np.float32).reshape(1, 1, 2)
    with np.errstate(invalid="ignore"):
        saved = images.astype(saved_as)
    if np.array_equal(saved.astype(np.float32), images):
        assert narrowest(saved, HERE).dtype == expected


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(tmp_path: Path, value: float) -> None:
    source = write(tmp_path)
    images = TESTING.images.astype(np.float32)
    images[1, 2, 3] = value
    replace(source, "testing", images)
    message = the_complaint(source)
    assert message.startswith(
        f"{source.path('testing')}: NaN or infinite grey values in 1 of 1024 pixels of slice 2; "
    )


def test_the_file_of_a_folder_that_holds_no_numbers_is_named(tmp_path: Path) -> None:
    images = TRAINING.images.astype(np.float32)
    images[3, :2, :5], images[3, 9, 9], images[[8, 11], 0, 0] = np.nan, -np.inf, np.inf
    write_folders(tmp_path, Stack(images, TRAINING.masks), suffix=".tif", write=write_tiff)
    with pytest.raises(DataError) as error:
        open_source(str(tmp_path)).load()
    assert str(error.value).startswith(
        f"{tmp_path}/training/images/slice4.tif: NaN or infinite grey values in 11 of 1024 pixels, "
        "and in 2 more slices; replace them"
    )


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_signed_and_real_grey_values_are_trained_on_as_they_are(
    tmp_path: Path, dtype: type
) -> None:
    shift, factor = (-120.0, 1.0) if dtype is np.int16 else (0.25, 1 / 256)
    training, testing = (
        Stack((s.images.astype(np.float32) * factor + shift).astype(dtype), s.masks)
        for s in (TRAINING, TESTING)
    )
    write_folders(tmp_path, training, testing, suffix=".tif", write=write_tiff)
    volumes = open_source(str(tmp_path)).load()
    assert volumes.training.images.dtype == dtype
    np.testing.assert_array_equal(volumes.testing.images, testing.images)
    assert volumes.mean == pytest.approx(float(training.images[:13].astype(float).mean()))


def test_other_types_are_refused() -> None:
    with pytest.raises(DataError, match=r"images\.tif: float64 images; uint8, uint16, int16"):
        narrowest(np.zeros((1, 2, 2)), HERE)
