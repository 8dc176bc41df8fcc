"""Written stacks keep slices and scale, in the form that Fiji reads, and appear only when whole."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.images import read_images
from core.data.voxel_size import CENTIMETRE, INCH, NO_UNIT, VoxelSize, voxel_size
from core.prediction.written_stacks import CLASSIC_TIFF, StackForm, written_stacks

TYPES = (np.dtype(np.float32), np.dtype(np.uint8))
RATIONALS = st.tuples(st.integers(1, 2**32 - 1), st.just(1)) | st.tuples(
    st.just(1), st.integers(1, 2**32 - 1)
)


def write(folder: Path, form: StackForm) -> dict[Path, np.ndarray]:
    stacks = {
        folder / f"{dtype}.tif": np.random.default_rng(0).integers(0, 9, form.shape).astype(dtype)
        for dtype in TYPES
    }
    dtypes = {path: stack.dtype for path, stack in stacks.items()}
    with written_stacks(dtypes, form, overwrite=False) as writers:
        for index in range(form.shape[0]):
            for writer, stack in zip(writers, stacks.values(), strict=True):
                writer.write(stack[index])
    return stacks


@given(
    depth=st.integers(1, 5),
    resolution=st.tuples(RATIONALS, RATIONALS),
    unit=st.sampled_from([NO_UNIT, INCH, CENTIMETRE]),
    described=st.sampled_from([(), (("unit", "nm"), ("spacing", 5.5)), (("unit", "\\u00B5m"),)]),
    axis=st.sampled_from("ZTC"),
    compress=st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_scale_and_slices_come_back(
    depth: int,
    resolution: tuple[tuple[int, int], tuple[int, int]],
    unit: int,
    described: tuple[tuple[str, str | float], ...],
    axis: str,
    compress: bool,
) -> None:
    voxels = VoxelSize(resolution, unit, described, axis if depth > 1 else "Z")
    with TemporaryDirectory() as folder:
        form = StackForm((depth, 20, 30), voxels, compress)
        for path, stack in write(Path(folder), form).items():
            assert voxel_size(path) == voxels
            np.testing.assert_array_equal(read_images(path), stack)
            with tifffile.TiffFile(path) as file:
                assert file.is_imagej
                assert not file.is_bigtiff
                for page in file.pages:
                    tags = page.aspage().tags
                    assert (tags.valueof(282), tags.valueof(283)) == resolution
                    assert tags.valueof(296) == unit


def test_imagej_finds_the_slices(tmp_path: Path) -> None:
    """ImageJ takes uncompressed slices one behind the other from the first page on, compressed ones
    page by page, and undoes no predictor."""
    for compress in (False, True):
        form = StackForm((4, 20, 30), compress=compress)
        for path, stack in write(tmp_path / str(compress), form).items():
            with tifffile.TiffFile(path) as file:
                assert file.imagej_metadata is not None
                assert file.imagej_metadata["images"] == file.imagej_metadata["slices"] == 4
                assert file.series[0].axes == "ZYX"
                assert len(file.pages) == 4
                assert file.pages.first.tags.valueof(317) is None  # Predictor
                begin = file.pages.first.dataoffsets[0]
            if not compress:
                raw = path.read_bytes()[begin : begin + stack.nbytes]
                assert raw == stack.tobytes()


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize(
    ("voxels", "sizes"),
    [
        (
            VoxelSize(((1, 5), (1, 4)), described=(("unit", "\\u00B5m"), ("spacing", 2.5))),
            {"X": (5.0, "µm"), "Y": (4.0, "µm"), "Z": (2.5, "µm")},
        ),
        (VoxelSize(((2, 1), (4, 1)), INCH), {"X": (0.5, "in"), "Y": (0.25, "in")}),
        (VoxelSize(((2, 1), (4, 1)), described=(("unit", "furlong"),)), {}),
        (VoxelSize(), {}),
    ],
)
def test_a_bigtiff_has_the_scale_in_ome_xml_and_in_its_tags(
    tmp_path: Path,
    voxels: VoxelSize,
    sizes: dict[str, tuple[float, str]],
    depth: int,
    compress: bool,
) -> None:
    form = StackForm((depth, 20, 30), voxels, compress, classic=100)
    for path, stack in write(tmp_path, form).items():
        with tifffile.TiffFile(path) as file:
            assert file.is_bigtiff
            assert file.ome_metadata is not None
            pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
            assert (pixels["SizeZ"], len(file.pages)) == (depth, depth)
            tags = file.pages.first.tags
            resolution = (tags.valueof(282), tags.valueof(283))
            assert resolution == (voxels.resolution or ((1, 1), (1, 1)))
            assert tags.valueof(296) == voxels.resolution_unit
        found = {
            side: (pixels[f"PhysicalSize{side}"], pixels[f"PhysicalSize{side}Unit"])
            for side in "XYZ"
            if f"PhysicalSize{side}" in pixels
        }
        assert found == sizes
        np.testing.assert_array_equal(read_images(path), stack)


def test_only_the_file_that_needs_it_is_bigtiff(tmp_path: Path) -> None:
    form = StackForm((2, 20, 30), classic=2 * 20 * 30)
    big = []
    for path in write(tmp_path, form):
        with tifffile.TiffFile(path) as file:
            big.append(file.is_bigtiff)
    assert big == [True, False]
    assert StackForm((1, 1, 1)).classic == CLASSIC_TIFF == 2**31


def test_a_stack_that_is_not_whole_does_not_appear(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    form = StackForm((2, 20, 30))
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        written_stacks({path: TYPES[1]}, form, overwrite=False) as (writer,),
    ):
        writer.write(np.zeros((20, 30), np.uint8))
        assert not path.exists()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
