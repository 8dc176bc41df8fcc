"""A mask that is not binary is named with its file, its values, and what takes it as it is."""

from pathlib import Path

import numpy as np
import pytest

from core.data.foreground import Foreground
from core.data.sources import open_source
from results.errors import DataError
from tests.core.data import tiff_files
from tests.core.data.png_files import write_folders, write_png
from tests.core.data.tiff_files import TESTING, TRAINING

LAYOUTS = ["stacks", "folders"]


def write(directory: Path, layout: str, masks: np.ndarray) -> None:
    """Usual data, with these masks of 20 slices for training."""
    if layout == "stacks":
        tiff_files.replace(tiff_files.write(directory), "training_groundtruth", masks)
        return
    write_folders(directory)
    for number, mask in enumerate(masks, start=1):
        write_png(directory / f"training/masks/slice{number}.png", mask)


def the_complaint(directory: Path, foreground: Foreground | None = None) -> str:
    with pytest.raises(DataError) as error:
        open_source(str(directory), foreground).load()
    message = str(error.value)
    assert message.startswith(f"{directory}/")
    assert "\n" not in message
    return message.removeprefix(f"{directory}/")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_stray_slice_is_named_with_the_pixels_of_each_value(
    tmp_path: Path, layout: str
) -> None:
    masks = TRAINING.masks * np.uint8(255)
    masks[6, 0, :3] = 7
    masks[11, 5, 5] = 128
    write(tmp_path, layout, masks)
    one, zero = int((masks[6] == 255).sum()), int((masks[6] == 0).sum())
    mask, other = {
        "stacks": ("training_groundtruth.tif: the mask of slice 7", "12"),
        "folders": ("training/masks/slice7.png: the mask", "slice12.png"),
    }[layout]
    assert the_complaint(tmp_path) == (
        f"{mask} is not binary: 0 in {zero} pixels, 7 in 3 pixels, 255 in {one} pixels, and so is "
        f"1 more ({other}); save it as 0/255 or 0/1, or choose one value with --foreground LABEL, "
        "or all above one with --foreground '>127'"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_message_offers_takes_a_mask_with_grey_rims(tmp_path: Path, layout: str) -> None:
    masks = TRAINING.masks * np.uint8(255)
    rim = np.roll(TRAINING.masks, 1, axis=1) > TRAINING.masks
    masks[rim] = np.arange(rim.sum()) % 100
    write(tmp_path, layout, masks)
    assert "values)" in the_complaint(tmp_path)
    offered = Foreground.parse(the_complaint(tmp_path).rpartition("--foreground ")[2].strip("'"))
    assert str(offered) == ">127"
    volumes = open_source(str(tmp_path), offered).load()
    np.testing.assert_array_equal(volumes.training.masks, TRAINING.masks[:13])
    np.testing.assert_array_equal(volumes.testing.masks, TESTING.masks)
    usual = tmp_path / "usual"
    usual.mkdir()
    assert volumes.fingerprint == tiff_files.write(usual).load().fingerprint


@pytest.mark.parametrize("layout", LAYOUTS)
def test_masks_that_mark_foreground_in_two_ways_are_named_together(
    tmp_path: Path, layout: str
) -> None:
    masks = TRAINING.masks * np.uint8(255)
    masks[0] = 0
    masks[[4, 9]] //= 255
    write(tmp_path, layout, masks)
    message = the_complaint(tmp_path)
    assert message.startswith(
        {
            "stacks": "training_groundtruth.tif: the mask of slice 5 marks foreground as 1, but "
            "that of slice 2 as 255; save all",
            "folders": "training/masks/slice5.png: the mask marks foreground as 1, but that of "
            "slice2.png as 255; save all",
        }[layout]
    )
    volumes = open_source(str(tmp_path), Foreground.parse(">0")).load()
    expected = TRAINING.masks[:13].copy()
    expected[0] = 0
    np.testing.assert_array_equal(volumes.training.masks, expected)


def test_one_file_of_both_ways_is_a_stray_one(tmp_path: Path) -> None:
    masks = TRAINING.masks * np.uint8(255)
    masks[2, 0, 0] = 1
    write(tmp_path, "folders", masks)
    assert "slice3.png: the mask is not binary: 0 in " in the_complaint(tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (">255", "no pixel of the mask is >255, which --foreground names; its values are 0, 255"),
        (">=0", "every pixel of the mask is >=0; it must mark foreground (>=0) and background"),
    ],
)
def test_a_comparison_must_leave_both_classes(tmp_path: Path, text: str, complaint: str) -> None:
    tiff_files.write(tmp_path)
    assert f"training_groundtruth.tif: {complaint}" in the_complaint(
        tmp_path, Foreground.parse(text)
    )


def test_probabilities_are_cut_where_the_comparison_says(tmp_path: Path) -> None:
    source = tiff_files.write(tmp_path)
    for stem, stack in (("training", TRAINING), ("testing", TESTING)):
        tiff_files.replace(source, f"{stem}_groundtruth", (stack.masks * 0.7).astype(np.float32))
    assert the_complaint(tmp_path).endswith("--foreground '>0.35'")
    volumes = open_source(str(tmp_path), Foreground.parse(">0.35")).load()
    np.testing.assert_array_equal(volumes.testing.masks, TESTING.masks)


@pytest.mark.parametrize("foreground", [None, Foreground(1), Foreground(0.5, ">")])
def test_a_mask_without_numbers_is_refused(tmp_path: Path, foreground: Foreground | None) -> None:
    masks = TRAINING.masks.astype(np.float32)
    masks[1, 2, 3] = np.nan
    tiff_files.replace(tiff_files.write(tmp_path), "training_groundtruth", masks)
    assert "training_groundtruth.tif: NaN in the mask" in the_complaint(tmp_path, foreground)


def test_a_comparison_is_part_of_the_name_as_it_would_be_typed(tmp_path: Path) -> None:
    tiff_files.write(tmp_path)
    source = open_source(str(tmp_path), Foreground.parse("> 127"))
    assert source.name == f"{tmp_path.resolve()} --foreground '>127'"
    other = open_source(str(tmp_path), Foreground.parse("<128"))
    assert other.fingerprint != source.fingerprint
