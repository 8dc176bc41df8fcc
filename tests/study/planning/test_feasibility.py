"""What would make runs fail is refused before any of them is started, in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data.layouts import DirectorySource
from core.data.sources import Stack
from results.ledger.ledger import Ledger
from study.planning.feasibility import source_for
from study.run import main
from tests.core.builders import squares
from tests.core.data import tiff_files
from tests.results.examples import put_valid_run
from tests.study.command import SMOKE

TRAINING, TESTING = squares(20, 1, 80.0, (64, 64)), squares(3, 2, 80.0, (64, 64))


@pytest.fixture
def source(tmp_path: Path) -> DirectorySource:
    """Data that can be trained on."""
    (tmp_path / "data").mkdir()
    source = DirectorySource(tmp_path / "data")
    for stem, stack in (("training", TRAINING), ("testing", TESTING)):
        tiff_files.replace(source, stem, stack.images)
        tiff_files.replace(source, f"{stem}_groundtruth", stack.masks * 255)
    return source


def dry_run(source: DirectorySource, *more: str) -> int:
    out = source.directory.parent / "out"
    return main(
        [*SMOKE, "--data", str(source.directory), "--out", str(out), "--dry-run",
         "--set", "tile=64", "--set", "teacher.tile=64", *more]
    )  # fmt: skip


def test_what_is_found_is_said(source: DirectorySource, capsys: pytest.CaptureFixture[str]) -> None:
    assert dry_run(source) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "20 training slices, 13 to train on and 2 for validation, 5 left out" in said.out
    assert (
        "\n  training 13 slices of 64 x 64 pixels (uint8), 1.56% foreground, grey mean " in said.out
    )
    assert dry_run(source, "--json") == 0
    found = json.loads(capsys.readouterr().out)["data_check"]
    assert found["testing"]["slices"] == 3
    assert found["repeated_slices"] == 0
    assert (found["training_volume_slices"], found["gap"], found["warnings"]) == (20, 5, [])
    assert found["training"]["grey_mean"] == pytest.approx(TRAINING.images[:13].mean())
    assert found["testing"]["grey_sd"] == pytest.approx(TESTING.images.std())


def with_nan(stack: Stack) -> np.ndarray:
    images = stack.images.astype(np.float32)
    images[1, 2, 3] = np.nan
    return images


def three_labels(stack: Stack) -> np.ndarray:
    masks = stack.masks.copy()
    masks[0, 0, 0] = 2
    return masks


BAD: dict[str, tuple[str, Callable[[], np.ndarray], str]] = {
    "NaN": ("training", lambda: with_nan(TRAINING), "NaN or infinite grey values"),
    "doubles": ("testing", lambda: TESTING.images / 2, "float64 images"),
    "one slice": ("training", lambda: TRAINING.images[:1], "1 x 64 x 64"),
    "sizes that differ": ("testing", lambda: TESTING.images[:, :60], "3 x 60 x 64"),
    "an empty mask": ("testing_groundtruth", lambda: TESTING.masks * 0, "every pixel of the mask"),
    "three labels": (
        "training_groundtruth",
        lambda: three_labels(TRAINING),
        "mask of slice 1 is not binary: 0 in 4031 pixels, 1 in 64 pixels, 2 in 1 pixel;",
    ),
}


@pytest.mark.parametrize("defect", BAD)
def test_a_dry_run_refuses_what_training_would(
    source: DirectorySource, defect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stem, stack, complaint = BAD[defect]
    tiff_files.replace(source, stem, stack())
    assert dry_run(source) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {source.directory}")
    assert complaint in error
    assert error.count("\n") == 1
    assert not (source.directory.parent / "out").exists()


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (("--foreground", "300"), "no pixel of the mask is 300"),
        (("--set", "batch_size=1000000000"), "batch_size=1000000000: a training step of width="),
    ],
)
def test_a_dry_run_refuses_options_that_no_run_could_use(
    source: DirectorySource, option: tuple[str, str], complaint: str, capsys
) -> None:
    assert dry_run(source, *option) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


def test_a_dry_run_refuses_a_single_testing_slice(source: DirectorySource, capsys) -> None:
    tiff_files.replace(source, "testing", TESTING.images[:1])
    tiff_files.replace(source, "testing_groundtruth", TESTING.masks[:1])
    assert dry_run(source) == 2
    assert "1 testing slice is too few" in capsys.readouterr().err


def test_testing_slices_that_are_trained_on_are_warned_of_once(
    source: DirectorySource, capsys: pytest.CaptureFixture[str]
) -> None:
    tiff_files.replace(source, "testing", TRAINING.images[:4])
    tiff_files.replace(source, "testing_groundtruth", TRAINING.masks[:4])
    assert dry_run(source, "--seeds", "3") == 0
    error = capsys.readouterr().err
    assert error.startswith("warning: 4 of 4 testing slices are among the training volume's")
    assert error.count("\n") == 1


def test_runs_under_the_id_that_files_had_stay_found(source: DirectorySource) -> None:
    ledger = Ledger(str(source.directory.parent / "out"))
    put_valid_run(ledger, 0, data="phantom-1-60-24-256-0")
    assert source_for(str(source.directory), None, ledger).fingerprint.startswith("pixels-")
    put_valid_run(ledger, 1, data=source.files_id)
    assert source_for(str(source.directory), None, ledger).fingerprint == source.files_id
