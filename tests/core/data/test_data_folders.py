import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.slices import SliceFolder, natural
from core.data.sources import FolderSource, Stack, Volumes, open_source
from results.errors import DataError
from tests.core.builders import squares
from tests.core.data import tiff_files
from tests.core.data.png_files import one_bit, palette, write_folders, write_png, write_tiff
from tests.core.data.tiff_files import TESTING, TRAINING


def assert_equal_volumes(first: Volumes, second: Volumes) -> None:
    for part in ("training", "validation", "testing"):
        for array in ("images", "masks"):
            one, other = (getattr(getattr(v, part), array) for v in (first, second))
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
    assert (first.mean, first.std) == (second.mean, second.std)


def the_refusal(source: FolderSource) -> str:
    with pytest.raises(DataError) as error:
        open_source(str(source.directory)).load()
    message = str(error.value)
    assert "\n" not in message
    return message


def an_image(source: FolderSource, number: int = 4) -> Path:
    return source.directory / f"training/images/slice{number}.png"


@given(
    depth=st.integers(7, 13),
    sides=st.tuples(st.integers(9, 20), st.integers(9, 20)),
    wide=st.booleans(),
    factor=st.sampled_from([1, 255]),
)
@settings(deadline=None, max_examples=10)
def test_both_layouts_give_equal_volumes(
    depth: int, sides: tuple[int, int], wide: bool, factor: int
) -> None:
    training, testing = (squares(d, d, 80.0, sides) for d in (depth, 3))
    if wide:
        training, testing = (
            Stack(s.images.astype(np.uint16) * 250, s.masks) for s in (training, testing)
        )
    with tempfile.TemporaryDirectory() as place:
        stacks = tiff_files.DirectorySource(Path(place))
        for name, stack in (("training", training), ("testing", testing)):
            tiff_files.replace(stacks, name, stack.images)
            tiff_files.replace(stacks, f"{name}_groundtruth", stack.masks * factor)
        as_png = write_folders(Path(place, "png"), training, testing, factor=factor)
        as_tiff = write_folders(
            Path(place, "tiff"), training, testing, factor=factor, suffix=".tif", write=write_tiff
        )
        sources = [stacks, as_png, as_tiff]
        opened = [open_source(str(source.directory)) for source in sources]
        assert {source.slice_shape() for source in opened} == {sides}
        expected, *others = (source.load() for source in opened)
    for volumes in others:
        assert_equal_volumes(volumes, expected)
    assert len({v.fingerprint for v in [expected, *others]}) == 1


@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_in_names_sort_by_value(numbers: list[int]) -> None:
    stems = sorted((f"section_{number}_z" for number in numbers), key=natural)
    assert stems == [f"section_{number}_z" for number in sorted(numbers)]


@given(st.lists(st.text("a0_9é٣", max_size=6), unique=True, max_size=8))
@settings(deadline=None, max_examples=50)
def test_any_names_have_an_order(stems: list[str]) -> None:
    expected = sorted(stems, key=lambda stem: (natural(stem), stem))
    stems.reverse()
    assert sorted(stems, key=lambda stem: (natural(stem), stem)) == expected


def test_slice2_comes_before_slice10(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    files = SliceFolder.of(source.directory / "training/images").files
    assert [file.stem for file in files] == [f"slice{number}" for number in range(1, 21)]


def test_formats_mix_in_any_folder(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    expected = source.load()
    an_image(source).unlink()
    write_tiff(an_image(source).with_suffix(".TIFF"), TRAINING.images[3])
    for volume, stack in (("training", TRAINING), ("testing", TESTING)):
        write = one_bit if volume == "training" else palette
        for number, mask in enumerate(stack.masks, start=1):
            (tmp_path / volume / f"masks/slice{number}.png").write_bytes(write(mask))
    assert_equal_volumes(source.load(), expected)


def test_links_are_followed(tmp_path: Path) -> None:
    source = write_folders(tmp_path / "real")
    (tmp_path / "linked/testing").mkdir(parents=True)
    (tmp_path / "linked/training").symlink_to(tmp_path / "real/training")
    for part in ("images", "masks"):
        (folder := tmp_path / "linked/testing" / part).mkdir()
        for file in (tmp_path / "real/testing" / part).iterdir():
            (folder / file.name).symlink_to(file)
    linked = open_source(str(tmp_path / "linked"))
    assert linked.fingerprint == source.load().fingerprint
    assert_equal_volumes(linked.load(), source.load())


def test_neither_layout_names_both(tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    with pytest.raises(DataError, match=r"training\.tif: no such file.*training/images") as error:
        open_source(str(tmp_path))
    assert "testing_groundtruth.tif" in str(error.value)


def test_both_layouts_are_refused(tmp_path: Path) -> None:
    tiff_files.write(tmp_path)
    assert "both training.tif and training/images" in the_refusal(write_folders(tmp_path))


@pytest.mark.parametrize("volume", ["training", "testing"])
@pytest.mark.parametrize("part", ["images", "masks"])
def test_a_missing_or_empty_folder_is_named(tmp_path: Path, volume: str, part: str) -> None:
    source = write_folders(tmp_path)
    folder = tmp_path / volume / part
    for file in folder.iterdir():
        file.rename(file.with_suffix(".jpg"))
    assert the_refusal(source).startswith(f"{folder}: holds no .png, .tif or .tiff file")
    shutil.rmtree(folder)
    assert the_refusal(source).startswith(f"{folder}: No such file or directory")


@pytest.mark.parametrize(("part", "other"), [("images", "masks"), ("masks", "images")])
def test_an_unpaired_file_is_named(tmp_path: Path, part: str, other: str) -> None:
    source = write_folders(tmp_path)
    (tmp_path / "testing" / other / "slice2.png").unlink()
    message = the_refusal(source)
    kind = other.removesuffix("s")
    assert message.startswith(f"{tmp_path}/testing/{part}/slice2.png: has no matching {kind}")
    assert f"{tmp_path}/testing/{other}" in message


def test_two_files_of_one_stem_are_named(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    write_tiff(an_image(source).with_suffix(".tif"), TRAINING.images[3])
    message = the_refusal(source)
    assert "slice4.tif" in message
    assert "slice4.png" in message


@pytest.mark.parametrize("kind", ["directory", "broken link", "pipe"])
def test_what_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    source = write_folders(tmp_path)
    path = an_image(source)
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to(tmp_path / "nowhere.png")
    else:
        os.mkfifo(path)
    assert the_refusal(source).startswith(f"{path}: not a file that can be read")


def test_a_slice_of_another_shape_is_named(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    write_png(an_image(source), TRAINING.images[3, :30])
    message = the_refusal(source)
    assert message.startswith(
        f"{an_image(source)}: uint8 pixels, 30 x 32, but slice1.png has uint8, 32 x 32"
    )


def test_a_slice_of_another_type_is_named(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    write_png(an_image(source), TRAINING.images[3].astype(np.uint16))
    assert the_refusal(source).startswith(f"{an_image(source)}: uint16 pixels")


def test_masks_of_another_shape_are_refused(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    for file in (tmp_path / "testing/masks").iterdir():
        write_png(file, np.eye(30, 32, dtype=np.uint8))
    message = the_refusal(source)
    assert "3 x 30 x 32" in message
    assert "3 x 32 x 32" in message


def test_other_pixel_types_are_refused(tmp_path: Path) -> None:
    stack = Stack(TRAINING.images.astype(np.float64), TRAINING.masks)
    source = write_folders(tmp_path, stack, suffix=".tif", write=write_tiff)
    assert the_refusal(source).startswith(f"{tmp_path}/training/images: float64 images")
