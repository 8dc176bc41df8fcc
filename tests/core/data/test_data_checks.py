from pathlib import Path

import numpy as np
import pytest

from core.data.sources import Stack, require_tile_fits, split
from results.errors import DataError
from tests.core.builders import squares
from tests.core.data.tiff_files import TESTING, TRAINING, replace, the_complaint, write


def test_shapes_of_images_and_masks_must_agree(tmp_path: Path) -> None:
    source = write(tmp_path)
    replace(source, "testing_groundtruth", TESTING.masks[:2] * 255)
    message = the_complaint(source)
    assert str(source.path("testing_groundtruth")) in message
    assert "2 x 32 x 32" in message
    assert "3 x 32 x 32" in message


@pytest.mark.parametrize("value", [0, 1, 255])
def test_a_mask_of_one_value_is_refused(tmp_path: Path, value: int) -> None:
    source = write(tmp_path)
    replace(source, "training_groundtruth", np.full_like(TRAINING.masks, value))
    message = the_complaint(source)
    assert str(source.path("training_groundtruth")) in message
    assert f"every pixel of the mask is {value}" in message


@pytest.mark.parametrize("factor", [2, 128])
def test_a_mask_of_other_values_is_refused(tmp_path: Path, factor: int) -> None:
    source = write(tmp_path)
    replace(source, "training_groundtruth", TRAINING.masks * factor)
    message = the_complaint(source)
    assert str(source.path("training_groundtruth")) in message
    assert "the mask of slice 1 is not binary" in message
    assert f"0 in 960 pixels, {factor} in 64 pixels, and so are 19 more (2, 3, ...)" in message
    assert message.endswith(f"--foreground '>{factor // 2}'")


def test_a_mask_of_many_values_is_refused_briefly(tmp_path: Path) -> None:
    source = write(tmp_path)
    replace(source, "testing_groundtruth", TESTING.images)
    message = the_complaint(source)
    assert "not binary" in message
    values, counts = np.unique(TESTING.images[0], return_counts=True)
    assert f"not binary: {values[0]} in {counts[0]} pixel" in message
    assert f", ... ({len(values)} values)" in message
    assert len(message.removeprefix(str(tmp_path))) < 300


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_too_few_training_slices_are_refused(depth: int) -> None:
    with pytest.raises(DataError, match=f"{depth} training slices? (is|are) too few.*at least 7"):
        split(squares(depth, 1, 80.0), TESTING, "few")


def test_seven_training_slices_are_enough() -> None:
    volumes = split(squares(7, 1, 80.0), TESTING, "seven")
    assert len(volumes.training.images) == len(volumes.validation.images) == 1


def test_one_testing_slice_is_refused() -> None:
    with pytest.raises(DataError, match="testing slice"):
        split(TRAINING, squares(1, 1, 80.0), "one")


@pytest.mark.parametrize(
    ("part", "where"),
    [("training", np.s_[:13]), ("validation", np.s_[18:]), ("testing", np.s_[20:])],
)
@pytest.mark.parametrize("value", [0, 1])
def test_a_part_of_one_class_is_refused(part: str, where: slice, value: int) -> None:
    masks = np.concatenate([TRAINING.masks, TESTING.masks])
    masks[where] = value
    with pytest.raises(DataError, match=f"{part} slices hold only one class"):
        split(Stack(TRAINING.images, masks[:20]), Stack(TESTING.images, masks[20:]), "one class")


def test_constant_images_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path)
    replace(source, "training", np.full_like(TRAINING.images, 7))
    assert the_complaint(source) == (
        f"{source.directory}: every training pixel is 7: the images are empty; give images that "
        "show something"
    )


def test_too_few_slices_are_refused_with_their_directory(tmp_path: Path) -> None:
    source = write(tmp_path)
    for stem, pages in (("testing", TESTING.images), ("testing_groundtruth", TESTING.masks)):
        replace(source, stem, pages[:1])
    assert the_complaint(source) == (
        f"{source.directory}: 1 testing slice is too few: a constant shows only between two "
        "inputs; add one or more"
    )


def test_a_tile_larger_than_the_slice_is_refused_with_one_that_fits() -> None:
    require_tile_fits(48, (50, 48))
    with pytest.raises(DataError, match=r"tile=64.*50 x 60.*tile=48"):
        require_tile_fits(64, (50, 60))
    require_tile_fits(204, (20, 48), answered=20)
    with pytest.raises(DataError, match=r"tile=572 answers 388 pixels a side.*tile=428 or less"):
        require_tile_fits(572, (256, 300), answered=388)
