"""Data that can be trained on and are suspicious are warned of; honest ones are not."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data.checks import check
from core.data.parts import Part
from core.data.sources import PhantomSource, Stack, open_source
from tests.core.builders import squares
from tests.core.data.png_files import write_folders, write_tiff

TRAINING, TESTING = squares(20, 1, 80.0), squares(8, 2, 80.0)


def warnings_of(
    directory: Path, training: Stack, testing: Stack, gap: int = 5, factor: int = 255
) -> list[str]:
    write_folders(directory, training, testing, factor=factor, suffix=".tif", write=write_tiff)
    return check(open_source(str(directory), gap=gap)).warnings


def grey(stack: Stack, images: np.ndarray) -> Stack:
    return Stack(np.clip(images, 0, 255).astype(np.uint8), stack.masks)


def first(stack: Stack, count: int) -> Stack:
    return Stack(stack.images[:count], stack.masks[:count])


@given(
    images=hnp.arrays(
        st.sampled_from([np.uint8, np.int16, np.float32]),
        (3, 4, 5),
        elements=st.integers(0, 255),
    ),
    masks=hnp.arrays(np.uint8, (3, 4, 5), elements=st.integers(0, 1)),
)
@settings(deadline=None)
def test_a_part_is_measured_as_a_whole(images: np.ndarray, masks: np.ndarray) -> None:
    if masks.min() == masks.max():
        return
    part, exact = Part.of(Stack(images, masks)), images.astype(np.float64)
    assert part.grey_mean == pytest.approx(exact.mean())
    assert part.grey_sd == pytest.approx(exact.std())
    apart = exact[masks == 1].mean() - exact[masks == 0].mean()
    assert part.contrast * part.grey_sd == pytest.approx(apart, abs=1e-9)


def test_data_of_one_kind_are_not_suspicious(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, TRAINING, TESTING) == []


def test_the_phantom_is_not_suspicious() -> None:
    assert check(PhantomSource()).warnings == []


@pytest.mark.skipif("STUDY_EPFL" not in os.environ, reason="STUDY_EPFL names no EPFL directory")
def test_the_epfl_volumes_are_not_suspicious() -> None:
    found = check(open_source(os.environ["STUDY_EPFL"]))
    assert found.warnings == []
    assert found.training.contrast == pytest.approx(-1.047, abs=1e-3)
    assert found.testing.contrast == pytest.approx(-1.043, abs=1e-3)


@pytest.mark.parametrize("stack", [TESTING, TRAINING], ids=["testing", "training"])
def test_an_inverse_of_testing_or_of_training_is_recognised(tmp_path: Path, stack: Stack) -> None:
    (warning,) = warnings_of(tmp_path, TRAINING, grey(stack, 255 - stack.images.astype(int)))
    assert warning.startswith(
        "testing looks inverted: compared with the background, foreground is brighter in training"
    )
    assert "but darker in testing" in warning
    assert warning.endswith("; invert the images of one of the two, or check its masks")


def test_inverted_images_are_recognised_on_another_scale_too(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, TRAINING, grey(TESTING, 40 - TESTING.images * 0.1))
    assert warning.startswith("testing looks inverted")


def test_inverted_masks_are_told_from_inverted_images(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, TRAINING, Stack(TESTING.images, 1 - TESTING.masks))
    assert "foreground is 6% of training and 94% of testing, so the masks of one" in warning


def test_foreground_of_the_same_grey_is_never_called_inverted(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, squares(20, 1, 0.4), squares(8, 2, -0.4)) == []


@pytest.mark.parametrize(("shift", "warned"), [(-60, True), (-10, False), (10, False), (30, True)])
def test_a_shift_is_warned_of_from_one_standard_deviation_on(
    tmp_path: Path, shift: int, warned: bool
) -> None:
    assert 21 < TRAINING.images[:13].std() < 23
    warnings = warnings_of(tmp_path, TRAINING, grey(TESTING, TESTING.images.astype(int) + shift))
    assert bool(warnings) == warned
    if warned:
        direction = "brighter" if shift > 0 else "darker"
        assert warnings[0].startswith(f"testing images are {direction} than training images: grey")


@pytest.mark.parametrize(
    ("factor", "direction"), [(0.4, "less"), (0.6, ""), (1.6, ""), (2.5, "more")]
)
def test_another_spread_is_warned_of_from_a_factor_of_two_on(
    tmp_path: Path, factor: float, direction: str
) -> None:
    images = TESTING.images.astype(np.float32)
    images = images.mean() + factor * (images - images.mean())
    warnings = warnings_of(tmp_path, TRAINING, Stack(images, TESTING.masks))
    assert bool(warnings) == bool(direction)
    if direction:
        assert warnings[0].startswith(f"testing images have {direction} contrast than training")


@pytest.mark.parametrize(
    ("depth", "gap", "said"),
    [
        (14, 5, "only 8 of 14 training slices are trained on (1 for validation, 5 left out"),
        (8, 5, "only 2 of 8 training slices are trained on (1 for validation, 5 left out"),
        (7, 5, "only 1 of 7 training slices is trained on (1 for validation, 5 left out"),
        (8, 0, "only 7 of 8 training slices are trained on (1 for validation), and fewer"),
        (15, 5, "only 9 of 15 training slices"),
        (16, 5, ""),
        (14, 0, ""),
    ],
)
def test_few_slices_to_train_on_are_counted_with_what_the_gap_takes(
    tmp_path: Path, depth: int, gap: int, said: str
) -> None:
    warnings = warnings_of(tmp_path, first(TRAINING, depth), TESTING, gap)
    assert len(warnings) == bool(said)
    if said:
        assert warnings[0].startswith(said)
        assert ("--validation-gap 0, which trains on" in warnings[0]) == (gap > 0)
        assert gap == 0 or f"trains on {depth - 1} of them" in warnings[0]
