"""A data set is looked at, and refused, before anything is trained."""

from pathlib import Path

import numpy as np
import pytest

from core.data.checks import check
from core.data.sources import Stack, open_source
from results.errors import DataError
from tests.core.builders import squares
from tests.core.data.png_files import write_folders
from tests.core.data.tiff_files import TESTING, TRAINING, replace, write


def test_what_is_found_is_said(tmp_path: Path) -> None:
    write_folders(tmp_path, TRAINING, squares(3, 2, 80.0, (40, 48)))
    found = check(open_source(str(tmp_path)))
    assert str(found) == (
        "20 training slices, 13 to train on and 2 for validation, 5 left out between the two\n"
        "  training 13 slices of 32 x 32 pixels (uint8), 6.25% foreground, grey mean 104.9, sd "
        "21.74\n"
        "  validation 2 slices of 32 x 32 pixels (uint8), 6.25% foreground, grey mean 104.7, sd "
        "22.14\n"
        "  testing 3 slices of 40 x 48 pixels (uint8), 3.33% foreground, grey mean 102.7, sd 17.34"
    )
    assert found.warnings == []


def test_testing_slices_that_are_trained_on_are_counted(tmp_path: Path) -> None:
    images, masks = (
        np.concatenate([getattr(TESTING, part), getattr(TRAINING, part)[[0, 19]]])
        for part in ("images", "masks")
    )
    write_folders(tmp_path, TRAINING, Stack(images.astype(np.uint8), masks))
    found = check(open_source(str(tmp_path)))
    assert found.repeated_slices == 2
    (warning,) = found.warnings
    assert warning.startswith("2 of 5 testing slices are among the training volume's")


def test_slices_of_the_gap_and_blank_ones_do_not_count(tmp_path: Path) -> None:
    images, masks = TRAINING.images.copy(), TRAINING.masks
    images[0] = 0
    testing = Stack(images[[0, 15, 16]], masks[[0, 15, 16]])  # 13 to 17 are left out
    write_folders(tmp_path, Stack(images, masks), testing)
    assert check(open_source(str(tmp_path))).repeated_slices == 0


def test_types_may_differ(tmp_path: Path) -> None:
    images = np.concatenate([TESTING.images, TRAINING.images[:1]]).astype(np.uint16)
    images[0, 0, 0] = 300
    testing = Stack(images, np.concatenate([TESTING.masks, TRAINING.masks[:1]]))
    source = write(tmp_path)
    replace(source, "testing", testing.images)
    replace(source, "testing_groundtruth", testing.masks)
    found = check(open_source(str(tmp_path)))
    assert (found.training.dtype, found.testing.dtype) == ("uint8", "uint16")
    assert found.repeated_slices == 1


def test_slices_of_a_curve_need_both_classes(tmp_path: Path) -> None:
    masks = np.concatenate([TESTING.masks[:1] * 0, TESTING.masks])
    masks[2] = 0
    images = np.concatenate([TESTING.images[:1], TESTING.images])
    write_folders(tmp_path, TRAINING, Stack(images, masks))
    source = open_source(str(tmp_path))
    check(source, [(2, 4)])
    with pytest.raises(
        DataError, match=r"curve_slices=2: these testing slices hold only one class.* 4$"
    ):
        check(source, [(2, 4), (2, 2)])
