"""The scale that image files state is read from each place where it can stand."""

import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from core.data.voxel_size import CENTIMETRE, INCH, NO_UNIT, VoxelSize, pixels_a_unit, voxel_size
from results.errors import DataError
from tests.core.data.png_files import chunk, png

STACK = np.arange(3 * 20 * 30, dtype=np.uint16).reshape(3, 20, 30)
FIVE_NM = ((1, 5), (1, 4))


@pytest.mark.parametrize("axis", ["Z", "T", "C"])
def test_what_imagej_writes_is_read(tmp_path: Path, axis: str) -> None:
    path = tmp_path / "stack.tif"
    described = {"unit": "\\u00B5m", "spacing": 2.5, "xorigin": 7, "finterval": 0.5}
    metadata = {"axes": f"{axis}YX", "min": 3.0, **described}
    tifffile.imwrite(path, STACK, imagej=True, resolution=FIVE_NM, metadata=metadata)
    found = voxel_size(path)
    assert dict(found.described) == described
    assert (found.resolution, found.resolution_unit) == (FIVE_NM, NO_UNIT)
    assert found.axis == axis


@pytest.mark.parametrize(
    ("name", "unit"), [("NONE", 1), ("INCH", INCH), ("CENTIMETER", CENTIMETRE)]
)
@pytest.mark.parametrize("bigtiff", [False, True])
def test_resolution_tags_are_read(tmp_path: Path, name: str, unit: int, bigtiff: bool) -> None:
    path = tmp_path / "stack.tif"
    options = {"resolution": ((72, 1), (2000001, 10)), "resolutionunit": name}
    tifffile.imwrite(path, STACK, photometric="minisblack", bigtiff=bigtiff, **options)
    assert voxel_size(path) == VoxelSize(((72, 1), (2000001, 10)), unit)


def test_a_resolution_of_zero_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK[0], resolution=(0, 3), resolutionunit="INCH")
    assert voxel_size(path) == VoxelSize()


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (
            {"X": (5.0, "nm"), "Y": (4.0, "nm"), "Z": (30.0, "nm")},
            VoxelSize(FIVE_NM, described=(("unit", "nm"), ("spacing", 30.0))),
        ),
        (
            {"X": (0.005, "µm"), "Y": (0.004, "µm"), "Z": (30.0, "nm")},
            VoxelSize(((200, 1), (250, 1)), described=(("unit", "µm"),)),
        ),
        ({"X": (5.0, "nm"), "Y": (4.0, "µm")}, VoxelSize()),
        ({"X": (5.0, "nm")}, VoxelSize()),
        ({}, VoxelSize()),
    ],
)
def test_ome_sizes_are_read(
    tmp_path: Path, sizes: dict[str, tuple[float, str]], expected: VoxelSize
) -> None:
    path = tmp_path / "stack.ome.tif"
    said = {f"PhysicalSize{side}": size for side, (size, _) in sizes.items()}
    said |= {f"PhysicalSize{side}Unit": unit for side, (_, unit) in sizes.items()}  # type: ignore[misc]
    tifffile.imwrite(path, STACK, photometric="minisblack", metadata={"axes": "ZYX", **said})
    assert voxel_size(path) == expected


@pytest.mark.parametrize("size", [0, -1.0, float("nan"), float("inf"), 1e-30, 1e30, "5", None])
def test_a_size_that_no_tiff_can_hold_says_nothing(size: object) -> None:
    assert pixels_a_unit(size) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((2834, 1000, 1), VoxelSize(((2834, 100), (1000, 100)), CENTIMETRE)),
        ((200_000_000, 7, 1), VoxelSize(((200_000_000, 100), (7, 100)), CENTIMETRE)),
        ((2, 1, 0), VoxelSize()),
        ((0, 0, 1), VoxelSize()),
    ],
)
def test_pixels_a_metre_of_a_png_are_read(
    tmp_path: Path, data: tuple[int, int, int], expected: VoxelSize
) -> None:
    path = tmp_path / "slice.png"
    path.write_bytes(png([b"\x01\x02"] * 2, 2, 8, 0, chunk(b"pHYs", struct.pack(">IIB", *data))))
    assert voxel_size(path) == expected


def test_a_folder_has_the_scale_in_which_all_files_agree(tmp_path: Path) -> None:
    for index in range(3):
        tifffile.imwrite(tmp_path / f"{index}.tif", STACK[0], resolution=FIVE_NM)
    assert voxel_size(tmp_path) == VoxelSize(FIVE_NM, INCH)
    (tmp_path / "3.png").write_bytes(imagecodecs.png_encode(STACK[0]))
    assert voxel_size(tmp_path) == VoxelSize()


def test_a_file_without_scale_says_nothing_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "slice.png").write_bytes(imagecodecs.png_encode(STACK[0]))
    assert voxel_size(tmp_path / "slice.png") == VoxelSize()
    (tmp_path / "stack.tif").write_bytes(b"II*\0" + bytes(20))
    with pytest.raises(DataError, match=r"stack\.tif: damaged"):
        voxel_size(tmp_path / "stack.tif")
