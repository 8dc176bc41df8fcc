"""Data are known by their pixels, and keep the id that they had from their files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.foreground import Foreground
from core.data.layouts import AnnotatedDirectory
from core.data.sources import DirectorySource, FolderSource, Stack, open_source
from tests.core.data import tiff_files
from tests.core.data.png_files import write_folders, write_tiff
from tests.core.data.tiff_files import TESTING, TRAINING

GOLDEN = "pixels-d2c523cb4fb6ec68"
"""Of `tiff_files.write`."""


def as_type(stack: Stack, dtype: Any) -> Stack:
    return Stack(stack.images.astype(dtype), stack.masks)


def folders_of(dtype: Any) -> Callable[[Path], AnnotatedDirectory]:
    def write(directory: Path) -> AnnotatedDirectory:
        stacks = (as_type(stack, dtype) for stack in (TRAINING, TESTING))
        return write_folders(directory, *stacks, suffix=".tif", write=write_tiff)

    return write


ENCODINGS: dict[str, Callable[[Path], AnnotatedDirectory]] = {
    "plain": tiff_files.write,
    "zlib": lambda directory: tiff_files.write(directory, compression="zlib"),
    "LZW": lambda directory: tiff_files.write(directory, compression="lzw"),
    "BigTIFF": lambda directory: tiff_files.write(directory, bigtiff=True),
    "big-endian": lambda directory: tiff_files.write(directory, byteorder=">"),
    "PNG": write_folders,
    "masks of 0 and 1": lambda directory: write_folders(directory, factor=1),
    "uint16": folders_of(np.uint16),
    "int16": folders_of(np.int16),
    "float32": folders_of(np.float32),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_equal_pixels_are_one_data_set_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    volumes = ENCODINGS[encoding](tmp_path).load()
    assert volumes.fingerprint == GOLDEN
    assert volumes.training.images.dtype == np.uint8


@pytest.mark.parametrize("encoding", ["plain", "PNG"])
def test_naming_the_usual_foreground_changes_nothing(tmp_path: Path, encoding: str) -> None:
    ENCODINGS[encoding](tmp_path)
    assert open_source(str(tmp_path), Foreground(255)).fingerprint == GOLDEN
    assert open_source(str(tmp_path), Foreground(0)).fingerprint != GOLDEN


def test_one_pixel_of_any_file_makes_another_data_set(tmp_path: Path) -> None:
    seen = {GOLDEN}
    for stem in ("training", "training_groundtruth", "testing", "testing_groundtruth"):
        source = tiff_files.write(tmp_path)
        stack = (TRAINING if stem.startswith("training") else TESTING).images.copy()
        if stem.endswith("groundtruth"):
            stack = (TRAINING if stem.startswith("training") else TESTING).masks * np.uint8(255)
        stack[1, 2, 3] ^= 255
        tiff_files.replace(source, stem, stack)
        seen.add(source.load().fingerprint)
    assert len(seen) == 5


def test_the_order_of_slices_counts_and_their_names_do_not(tmp_path: Path) -> None:
    source = write_folders(tmp_path)
    for part in ("images", "masks"):
        folder = tmp_path / "testing" / part
        (folder / "slice3.png").rename(folder / "slice03.png")
    assert source.load().fingerprint == GOLDEN
    for part in ("images", "masks"):
        folder = tmp_path / "testing" / part
        (folder / "slice1.png").rename(folder / "slice9.png")
    assert source.load().fingerprint != GOLDEN


def test_other_files_and_the_place_do_not_count(tmp_path: Path) -> None:
    source = write_folders(tmp_path / "first")
    shutil.copytree(source.directory, tmp_path / "second")
    (tmp_path / "second/notes.txt").write_text("stained in 2012")
    (tmp_path / "second/training/images/Thumbs.db").write_bytes(b"\x00")
    (tmp_path / "second/training/images/._slice1.png").write_bytes(b"\x00")
    assert FolderSource(tmp_path / "second").load().fingerprint == GOLDEN


def test_files_are_read_once(tmp_path: Path) -> None:
    tiff_files.write(tmp_path)
    source = open_source(str(tmp_path))
    assert source.fingerprint == GOLDEN
    shutil.rmtree(tmp_path)
    assert source.slice_shape() == (32, 32)
    assert source.load().fingerprint == GOLDEN


@pytest.mark.parametrize("encoding", ["plain", "PNG"])
def test_files_keep_the_id_that_there_are_runs_of(tmp_path: Path, encoding: str) -> None:
    former = ENCODINGS[encoding](tmp_path).files_id
    assert former.startswith("files-")
    assert open_source(str(tmp_path), known=["phantom-1-60-24-256-0", former]).fingerprint == former
    assert open_source(str(tmp_path), known=["files-0123456789abcdef"]).fingerprint == GOLDEN
    assert open_source(str(tmp_path), Foreground(255), known=[former]).fingerprint == GOLDEN
    chosen = f"{former}-foreground-255"
    assert open_source(str(tmp_path), Foreground(255), known=[chosen]).fingerprint == chosen


def test_the_former_id_of_four_files_is_what_it_was(tmp_path: Path) -> None:
    for number, stem in enumerate(["training", "testing"]):
        (tmp_path / f"{stem}.tif").write_bytes(b"image %d" % number)
        (tmp_path / f"{stem}_groundtruth.tif").write_bytes(b"mask %d" % number)
    assert DirectorySource(tmp_path).files_id == "files-7499c86c642492f1"


def test_the_former_id_of_folders_is_what_it_was(tmp_path: Path) -> None:
    for volume in ("training", "testing"):
        for part in ("images", "masks"):
            (tmp_path / volume / part).mkdir(parents=True)
            (tmp_path / volume / part / "slice2.png").write_bytes(f"{volume} {part}".encode())
    assert FolderSource(tmp_path).files_id == "files-be14eb84d3199110"
    assert FolderSource(tmp_path, Foreground(7)).files_id == "files-be14eb84d3199110-foreground-7"
