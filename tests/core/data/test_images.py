"""Images to predict are read by the rules of training, errors included."""

import os
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from core.data.images import read_images
from core.data.sources import FolderSource, open_source
from core.data.voxel_size import voxel_size
from results.errors import DataError
from tests.core.data.tiff_files import TESTING, TRAINING, replace, write


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_a_stack_is_read_as_training_reads_it(tmp_path: Path, dtype: str) -> None:
    source = write(tmp_path)
    replace(source, "testing", TESTING.images.astype(dtype))
    expected = source.load().testing.images
    found = read_images(tmp_path / "testing.tif")
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


SPOILT = {
    "a colour": np.zeros((3, 32, 32, 3), np.uint8),
    "a wrong type": TRAINING.images.astype(np.float64),
    "no number": np.full(TRAINING.images.shape, np.nan, np.float32),
    "one dimension more": np.zeros((2, 3, 32, 32), np.uint8),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_stack_is_refused_with_training_s_words(tmp_path: Path, kind: str) -> None:
    source = write(tmp_path)
    photometric = "rgb" if kind == "a colour" else "minisblack"
    replace(source, "training", SPOILT[kind], photometric=photometric)
    with pytest.raises(DataError) as in_training:
        source.load()
    with pytest.raises(DataError) as in_prediction:
        read_images(tmp_path / "training.tif")
    assert str(in_prediction.value) == str(in_training.value)


@pytest.mark.parametrize("spoilt", ["colour", "other shape", "other type", "pages", "none"])
def test_a_folder_is_read_or_refused_as_training_does(tmp_path: Path, spoilt: str) -> None:
    for volume, stack in (("training", TRAINING), ("testing", TESTING)):
        for part, slices in (("images", stack.images), ("masks", stack.masks * 255)):
            (tmp_path / volume / part).mkdir(parents=True)
            for index, pixels in enumerate(slices):
                path = tmp_path / volume / part / f"s{index}.png"
                path.write_bytes(imagecodecs.png_encode(pixels))
    images = tmp_path / "training" / "images"
    grey = TRAINING.images[1]
    if spoilt in ("colour", "other shape", "other type"):
        wrong = {
            "colour": np.stack([grey, grey, 255 - grey], axis=-1),
            "other shape": np.ascontiguousarray(grey[:-1]),
            "other type": grey.astype(np.uint16),
        }[spoilt]
        (images / "s10.png").write_bytes(imagecodecs.png_encode(wrong))
    elif spoilt == "pages":
        (images / "s10.png").unlink()
        tifffile.imwrite(images / "s10.tif", TRAINING.images[:2])
    if spoilt == "none":
        read = read_images(images)
        np.testing.assert_array_equal(read, TRAINING.images)
        return
    with pytest.raises(DataError) as in_training:
        FolderSource(tmp_path).load()
    with pytest.raises(DataError) as in_prediction:
        read_images(images)
    assert str(in_prediction.value) == str(in_training.value)
    assert "s10." in str(in_training.value)


def test_a_path_that_cannot_be_looked_at_is_one_line(tmp_path: Path) -> None:
    """As one without permission, but also for root: its name is longer than the system takes."""
    long = tmp_path / ("x" * 300)
    said = f"{long}: cannot be read (file name too long); name another path"
    for read in (read_images, voxel_size, lambda path: open_source(str(path))):
        with pytest.raises(DataError) as told:
            read(long)
        assert str(told.value).startswith(said)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_without_permission_is_one_line(tmp_path: Path, mode: int) -> None:
    write(tmp_path / "closed").directory.chmod(mode)
    try:
        for read in (read_images, lambda path: open_source(str(path))):
            with pytest.raises(DataError, match=r"cannot be read \(permission denied\)"):
                read(tmp_path / "closed")
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_a_file_is_no_directory_of_data(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"--data .*file: is a file, not a directory; give one, or"):
        open_source(str(tmp_path / "file"))
