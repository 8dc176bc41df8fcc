from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data.foreground import Foreground
from core.data.masks import binary
from core.data.sources import DirectorySource, FolderSource, Stack, open_source
from results.errors import ConfigError, DataError
from tests.core.data import tiff_files
from tests.core.data.png_files import write_folders
from tests.core.data.tiff_files import TESTING, TRAINING, the_complaint

HERE = Path("masks.tif")


def labelled(stack: Stack, *labels: int) -> np.ndarray:
    """Masks of three labels: background, the upper rows of it, and the foreground."""
    low, middle, high = labels
    masks = np.where(stack.masks == 1, high, low).astype(np.uint8)
    masks[:, :4][stack.masks[:, :4] == 0] = middle
    return masks


def write(directory: Path, layout: str, labels: tuple[int, int, int]) -> None:
    stacks = {"training": TRAINING, "testing": TESTING}
    if layout == "folders":
        training, testing = (Stack(s.images, labelled(s, *labels)) for s in stacks.values())
        write_folders(directory, training, testing, factor=1)
        return
    source = DirectorySource(directory)
    for name, stack in stacks.items():
        tiff_files.replace(source, name, stack.images)
        tiff_files.replace(source, f"{name}_groundtruth", labelled(stack, *labels))


@pytest.mark.parametrize("layout", ["stacks", "folders"])
@pytest.mark.parametrize("labels", [(0, 1, 2), (0, 128, 255)])
def test_one_label_of_three_is_the_foreground(
    tmp_path: Path, layout: str, labels: tuple[int, int, int]
) -> None:
    write(tmp_path, layout, labels)
    for label in labels:
        volumes = open_source(str(tmp_path), Foreground(label)).load()
        expected = labelled(TESTING, *labels) == label
        np.testing.assert_array_equal(volumes.testing.masks, expected)
        assert volumes.testing.masks.dtype == np.uint8


@pytest.mark.parametrize("layout", ["stacks", "folders"])
def test_without_a_choice_the_labels_are_named(tmp_path: Path, layout: str) -> None:
    write(tmp_path, layout, (0, 128, 255))
    with pytest.raises(
        DataError,
        match=r"0 in 832 pixels, 128 in 128 pixels, 255 in 64 pixels,.*--foreground LABEL",
    ):
        open_source(str(tmp_path)).load()


@pytest.mark.parametrize("layout", ["stacks", "folders"])
def test_an_absent_label_is_refused_with_those_that_are_there(tmp_path: Path, layout: str) -> None:
    write(tmp_path, layout, (0, 128, 255))
    with pytest.raises(DataError, match=r"training.*is 7,.*--foreground.*0, 128, 255"):
        open_source(str(tmp_path), Foreground(7)).load()


def test_a_label_need_not_be_in_every_slice_but_in_every_volume(tmp_path: Path) -> None:
    source = FolderSource(tmp_path, Foreground(2))
    masks = labelled(TRAINING, 0, 1, 2)
    masks[4] = 0
    testing = Stack(TESTING.images, TESTING.masks * 2)
    write_folders(tmp_path, Stack(TRAINING.images, masks), testing, factor=1)
    assert not source.load().training.masks[4].any()
    other = FolderSource(tmp_path, Foreground(1))
    with pytest.raises(DataError, match=r"testing/masks: no pixel of the mask is 1.*0, 2$"):
        other.load()


@pytest.mark.parametrize("layout", ["stacks", "folders"])
def test_every_foreground_is_a_data_set_of_its_own(tmp_path: Path, layout: str) -> None:
    write(tmp_path, layout, (0, 1, 2))
    sources = [open_source(str(tmp_path), Foreground(label)) for label in (0, 1, 2)]
    assert len({source.fingerprint for source in sources}) == 3
    assert sources[1].load().fingerprint == sources[1].fingerprint
    place = tmp_path.resolve()
    assert [s.name for s in sources] == [f"{place} --foreground {n}" for n in (0, 1, 2)]


def test_a_foreground_of_zero_inverts(tmp_path: Path) -> None:
    source = tiff_files.write(tmp_path)
    inverted = DirectorySource(tmp_path, Foreground(0)).load()
    np.testing.assert_array_equal(inverted.testing.masks, 1 - source.load().testing.masks)


def test_a_mask_of_one_label_is_refused_with_a_choice_too(tmp_path: Path) -> None:
    source = tiff_files.write(tmp_path)
    tiff_files.replace(source, "testing_groundtruth", np.full_like(TESTING.masks, 2))
    assert "is 255, which --foreground names; its values are 2" in the_complaint(
        DirectorySource(tmp_path, Foreground(255))
    )
    tiff_files.replace(source, "training_groundtruth", TRAINING.masks * 2)
    assert the_complaint(DirectorySource(tmp_path, Foreground(2))).endswith(
        "testing_groundtruth.tif: every pixel of the mask is 2; it must mark foreground (2) and "
        "background (other values)"
    )
    tiff_files.replace(source, "training_groundtruth", TRAINING.masks)
    assert the_complaint(source).endswith(
        "is 2; it must mark foreground (255 or 1) and background (0)"
    )


def test_the_phantom_has_no_labels() -> None:
    with pytest.raises(ConfigError, match=r"--foreground 1: .*--data DIR"):
        open_source("phantom", Foreground(1))


@given(
    annotation=hnp.arrays(
        st.sampled_from([np.uint8, np.uint16, np.int32]), (2, 3, 4), elements=st.integers(0, 3)
    ),
    label=st.integers(0, 4) | st.just(10**30),
)
def test_the_chosen_label_and_nothing_else_is_one(annotation: np.ndarray, label: int) -> None:
    if label in annotation and len(np.unique(annotation)) > 1:
        np.testing.assert_array_equal(
            binary(annotation, HERE, Foreground(label)), annotation == label
        )
    else:
        with pytest.raises(DataError, match=r"masks\.tif"):
            binary(annotation, HERE, Foreground(label))


@given(mask=hnp.arrays(bool, (2, 3, 4)), factor=st.sampled_from([1, 255]))
def test_a_choice_of_the_usual_foreground_changes_no_voxel(mask: np.ndarray, factor: int) -> None:
    if mask.all() or not mask.any():
        return
    annotation = mask.astype(np.uint8) * np.uint8(factor)
    np.testing.assert_array_equal(
        binary(annotation, HERE, Foreground(factor)), binary(annotation, HERE)
    )
