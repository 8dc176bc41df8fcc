"""The written files have the scale of the image that was predicted."""

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.data.voxel_size import CENTIMETRE, VoxelSize, voxel_size
from tests.core.data.png_files import chunk, png
from tests.core.prediction.conftest import VOLUMES
from tests.core.prediction.test_predict import command

GREY = np.ascontiguousarray(VOLUMES.testing.images[:2])
KINDS = ("imagej", "tags", "png", "folder", "bigtiff")


def image(folder: Path, kind: str) -> tuple[Path, VoxelSize]:
    """A real file, and the scale that it states."""
    path = folder / "cells.tif"
    resolution = ((1, 5), (1, 6))
    if kind == "imagej":
        metadata = {"axes": "ZYX", "unit": "nm", "spacing": 30.0}
        tifffile.imwrite(path, GREY, imagej=True, resolution=resolution, metadata=metadata)
        described = (("unit", "nm"), ("spacing", 30.0))
        return path, VoxelSize(resolution, described=described)
    if kind == "png":
        scale = chunk(b"pHYs", struct.pack(">IIB", 2000, 4000, 1))
        path = folder / "cells.png"
        path.write_bytes(png([row.tobytes() for row in GREY[0]], 32, 8, 0, scale))
        return path, VoxelSize(((20, 1), (40, 1)), CENTIMETRE)
    options = {"resolution": resolution, "resolutionunit": "CENTIMETER"}
    if kind == "folder":
        path = folder / "cells"
        path.mkdir()
        for index, grey in enumerate(GREY):
            tifffile.imwrite(path / f"{index}.tif", grey, **options)
    else:
        big = kind == "bigtiff"
        tifffile.imwrite(path, GREY, photometric="minisblack", bigtiff=big, **options)
    return path, VoxelSize(resolution, CENTIMETRE)


@pytest.mark.parametrize("more", [[], ["--compress"]])
@pytest.mark.parametrize("kind", KINDS)
def test_fiji_shows_the_scale_of_the_image(
    out: Path,
    tmp_path: Path,
    kind: str,
    more: list[str],
) -> None:
    path, scale = image(tmp_path, kind)
    assert command(out, path, "--tile", "240", *more) == 0
    for what in ("probabilities", "mask"):
        written = tmp_path / "to" / f"cells_{what}.tif"
        assert voxel_size(written) == scale
        with tifffile.TiffFile(written) as file:
            assert file.is_imagej
            assert file.series[0].axes == ("YX" if kind == "png" else "ZYX")
