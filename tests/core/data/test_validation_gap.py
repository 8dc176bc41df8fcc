"""Slices between training and validation: as many as the user says, else five."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.phantom import Phantom
from core.data.sources import PhantomSource, is_phantom, open_source, sizes, split
from results.errors import DataError
from tests.core.builders import squares
from tests.core.data import tiff_files
from tests.core.data.png_files import write_folders
from tests.core.data.test_data_identity import GOLDEN
from tests.core.data.tiff_files import TESTING


@given(depth=st.integers(2, 60), gap=st.integers(0, 40))
@settings(deadline=None, max_examples=60)
def test_the_gap_is_left_out_and_nothing_else(depth: int, gap: int) -> None:
    stack, held_out = squares(depth, depth, 80.0, (16, 16)), max(1, depth // 10)
    if depth - held_out - gap < 1:
        with pytest.raises(DataError, match=f"after a gap of {gap}; at least"):
            split(stack, TESTING, "few", gap)
        return
    volumes = split(stack, TESTING, "gap", gap)
    kept = depth - held_out - gap
    assert (len(volumes.training.images), len(volumes.validation.images)) == (kept, held_out)
    assert volumes.gap == gap
    np.testing.assert_array_equal(volumes.training.images, stack.images[:kept])
    np.testing.assert_array_equal(volumes.validation.masks, stack.masks[kept + gap :])


@given(depth=st.integers(1, 300), gap=st.integers(0, 300))
def test_a_refusal_names_the_least_slices_and_the_largest_gap_that_would_do(
    depth: int, gap: int
) -> None:
    try:
        sizes(depth, gap)
    except DataError as error:
        said = str(error)
    else:
        return
    least = int(said.partition("at least ")[2].split()[0])
    assert sizes(least, gap)[0] >= 1
    with pytest.raises(DataError):
        sizes(least - 1, gap)
    if depth > 1:
        most = int(said.partition("--validation-gap ")[2].split()[0])
        assert sizes(depth, most)[0] == 1
    else:
        assert "--validation-gap" not in said


@pytest.mark.parametrize("write", [tiff_files.write, write_folders])
def test_another_gap_is_another_data_set_and_the_usual_one_is_none(tmp_path: Path, write) -> None:
    write(tmp_path)
    names = {gap: open_source(str(tmp_path), gap=gap) for gap in (0, 1, 5)}
    assert {gap: source.fingerprint for gap, source in names.items()} == {
        0: f"{GOLDEN}-gap-0",
        1: f"{GOLDEN}-gap-1",
        5: GOLDEN,
    }
    assert names[0].name == f"{tmp_path.resolve()} --validation-gap 0"
    assert names[5].name == str(tmp_path.resolve())
    assert names[0].load().fingerprint == f"{GOLDEN}-gap-0"
    assert len(names[0].load().training.images) == 18


def test_a_former_id_of_files_is_that_of_the_usual_gap(tmp_path: Path) -> None:
    former = tiff_files.write(tmp_path).files_id
    assert open_source(str(tmp_path), known=[former], gap=5).fingerprint == former
    assert open_source(str(tmp_path), known=[former], gap=0).fingerprint == f"{GOLDEN}-gap-0"


def test_the_phantom_has_a_gap_too() -> None:
    small = Phantom(training_slices=12, testing_slices=3, side=64)
    usual, none = PhantomSource(small), PhantomSource(small, gap=0)
    assert usual.fingerprint == "phantom-1-12-3-64-0"
    assert none.fingerprint == none.load().fingerprint == "phantom-1-12-3-64-0-gap-0"
    assert (len(usual.load().training.images), len(none.load().training.images)) == (6, 11)
    assert (usual.name, none.name) == ("phantom", "phantom --validation-gap 0")
    assert is_phantom(usual.name)
    assert is_phantom(none.name)
    assert not is_phantom("/data/phantom --validation-gap 0")
    with pytest.raises(DataError, match=r"60 training slices .*--validation-gap 53 or less"):
        open_source("phantom", gap=54)
