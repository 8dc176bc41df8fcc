"""Which images are said to be unlike a run's training slices, and which are not."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.data.volumes import VALIDATION_GAP, VALIDATION_SHARE
from core.prediction.unlike import numbered, unlike

RNG = np.random.default_rng(0)
TRAINING = np.clip(RNG.normal(140, 30, (4, 64, 64)), 0, 255).astype(np.uint8)
MEAN, STD = float(TRAINING.mean()), float(TRAINING.std())


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (TRAINING, []),
        (TRAINING[:, :32, :32], []),
        (np.zeros((3, 9, 9), np.uint8), ["slices 1-3 of 3: one grey value only (0)"]),
        (np.full((1, 9, 9), 255, np.uint8), ["slice 1 of 1: one grey value only (255)"]),
        (
            np.full((1, 9, 9), int(MEAN), np.uint8),
            ["slice 1 of 1: one grey value only (139)"],
        ),
        (TRAINING // 2, ["mean grey 69", "contrast far lower"]),
        ((TRAINING.astype(np.float32) + MEAN) / 2, ["contrast far lower"]),
        ((TRAINING.astype(np.float32) - MEAN) * 2 + MEAN, ["contrast far higher"]),
        (TRAINING.astype(np.uint16) * 257, ["mean grey 35", "contrast far higher"]),
        (TRAINING // 4 * 3 + 80, ["mean grey 18"]),
    ],
)
def test_each_way_of_being_unlike_is_a_line(images: np.ndarray, said: list[str]) -> None:
    lines = unlike(images, MEAN, STD)
    assert len(lines) == len(said)
    for line, part in zip(lines, said, strict=True):
        assert part in line
        assert "\n" not in line
        assert line.startswith("slice")
        assert ("leave the mask out" in line) or ("scale the grey values" in line)


def test_only_the_slices_in_question_are_named() -> None:
    images = TRAINING.copy()
    images[1] = 0
    images[3] = 255 - images[3] // 8
    blank, bright, flat = unlike(images, MEAN, STD)
    assert blank.startswith("slice 2 of 4: one grey value only (0)")
    assert bright.startswith("slice 4 of 4: mean grey ")
    assert flat.startswith("slice 4 of 4: contrast far lower")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ("x", "slice 1 of 1"),
        (".x..", "slice 2 of 4"),
        ("xx.x", "slices 1-2, 4 of 4"),
        ("x.xxx", "slices 1, 3-5 of 5"),
    ],
)
def test_slices_are_counted_from_one(found: str, text: str) -> None:
    assert numbered(np.array([c == "x" for c in found])) == text


@pytest.fixture(scope="module")
def epfl() -> tuple[np.ndarray, np.ndarray]:
    directory = os.environ.get("STUDY_EPFL")
    if not directory:
        pytest.skip("STUDY_EPFL names no EPFL volumes")
    training, testing = (
        tifffile.imread(Path(directory) / f"{name}.tif") for name in ("training", "testing")
    )
    return training, testing


def test_real_slices_are_not_unlike_and_spoilt_ones_are(
    epfl: tuple[np.ndarray, np.ndarray],
) -> None:
    training, testing = epfl
    depth = len(training)
    kept = training[: depth - int(depth * VALIDATION_SHARE) - VALIDATION_GAP]
    mean, std = float(kept.mean(dtype=np.float64)), float(kept.std(dtype=np.float64))
    for images in (training, testing, testing[:, 200:456, 300:556]):
        assert unlike(images, mean, std) == []
    some = testing[::20]
    depth = len(some)
    halved = np.rint((some - mean) / 2 + mean).astype(np.uint8)
    for spoilt, lines in (
        (np.zeros_like(some), 1),
        (np.full_like(some, 255), 1),
        (halved, 1),
        (some // 2, 2),
        (some.astype(np.uint16) * 257, 2),
    ):
        said = unlike(spoilt, mean, std)
        assert len(said) == lines
        assert all(line.startswith(f"slices 1-{depth} of {depth}: ") for line in said)
