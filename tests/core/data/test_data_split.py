import os
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.sources import DirectorySource, Stack, Volumes, split
from tests.core.builders import squares
from tests.core.data.tiff_files import TESTING


@given(depth=st.integers(7, 60))
@settings(deadline=None, max_examples=20)
def test_the_last_tenth_is_held_out_after_a_gap_of_five(depth: int) -> None:
    stack = squares(depth, depth, 80.0, (16, 16))
    volumes = split(stack, TESTING, "split")
    held_out = max(1, depth // 10)
    np.testing.assert_array_equal(volumes.validation.images, stack.images[depth - held_out :])
    np.testing.assert_array_equal(volumes.validation.masks, stack.masks[depth - held_out :])
    np.testing.assert_array_equal(volumes.training.images, stack.images[: depth - held_out - 5])
    np.testing.assert_array_equal(volumes.training.masks, stack.masks[: depth - held_out - 5])
    assert volumes.testing is TESTING


def test_grey_values_are_measured_on_the_training_slices_alone() -> None:
    stack = squares(20, 1, 80.0)
    other = Stack(stack.images.copy(), stack.masks)
    other.images[13:] = 255 - other.images[13:]
    brighter = Stack(TESTING.images // 2, TESTING.masks)
    before, after = split(stack, TESTING, "a"), split(other, brighter, "a")
    assert (before.mean, before.std) == (after.mean, after.std)
    assert before.mean == pytest.approx(float(stack.images[:13].astype(float).mean()), rel=1e-12)
    assert before.std == pytest.approx(float(stack.images[:13].astype(float).std()), rel=1e-12)


def test_every_training_slice_counts_for_the_grey_values() -> None:
    stack = squares(20, 1, 80.0)
    other = Stack(stack.images.copy(), stack.masks)
    other.images[12] = 0
    assert split(stack, TESTING, "a").mean != split(other, TESTING, "a").mean


@given(depth=st.integers(1, 40), count=st.integers(1, 50))
@settings(deadline=None, max_examples=50)
def test_evenly_spaced_slices_are_distinct_and_spread(depth: int, count: int) -> None:
    images = np.arange(depth, dtype=np.uint8).reshape(depth, 1, 1)
    chosen = Stack(images, images).evenly_spaced(count)
    indices = chosen.images.ravel().astype(int)
    assert len(indices) == min(count, depth)
    gaps = np.diff(indices)
    assert (gaps > 0).all()
    assert gaps.size == 0 or gaps.max() - gaps.min() <= 1
    np.testing.assert_array_equal(chosen.images, chosen.masks)


def test_a_volume_keeps_its_fingerprint(volumes: Volumes) -> None:
    assert {field.name for field in fields(volumes)} >= {"training", "validation", "testing"}
    assert volumes.fingerprint == "phantom-1-12-3-64-3"


@pytest.mark.skipif("STUDY_EPFL" not in os.environ, reason="STUDY_EPFL names no EPFL directory")
def test_the_epfl_stack_is_the_papers() -> None:
    source = DirectorySource(Path(os.environ["STUDY_EPFL"]))
    volumes = source.load()
    training, testing = (source._stack(stem) for stem in ("training", "testing"))
    assert volumes.fingerprint == source.files_id == "files-582efe4d133aefe5"
    assert training.images.shape == (83, 768, 1024)
    assert training.foreground_fraction == pytest.approx(0.05694785, abs=5e-9)
    assert testing.foreground_fraction == pytest.approx(0.05376802, abs=5e-9)
    assert len(volumes.training.images) == 83 - 8 - 5
    assert len(volumes.validation.images) == 8
