"""A longer horizon goes on from the shorter one's state where that was kept."""

from pathlib import Path

import pandas as pd
import pytest

from results import load_runs
from tests.study.command import study_run
from tests.study.running import curves, rows, starts, write_study

TORCH = ("--profile", "smoke", "--seeds", "1", "--engine", "torch")
RUN = (*TORCH, "--only", "lr=1e-3")


def the_run(undisturbed: Path) -> str:
    """The run of seed 0 and the default learning rate, at its usual horizon."""
    runs = load_runs(str(undisturbed)).to_dict("records")
    (run_id,) = [r["run_id"] for r in runs if r["lr"] == 1e-3 and r["init_seed"] == 0]
    return run_id


def curve_of(out: Path, run_id: str) -> pd.DataFrame:
    found = curves(out)
    return found[found["run_id"] == run_id].reset_index(drop=True)


@pytest.mark.parametrize("horizon", [130, pytest.param(100, marks=pytest.mark.slow)])
def test_with_its_state_kept(study: Path, undisturbed: Path, horizon: int, tmp_path: Path) -> None:
    """Also where the shorter run's last evaluation is none of the longer one's."""
    shorter = (*RUN, "--set", f"iterations={horizon}", "--keep-state", "--out", tmp_path)
    assert study_run(study, *shorter).returncode == 0
    done = study_run(study, *RUN, "--out", tmp_path)
    assert done.returncode == 0
    assert "1 run goes on from a state that was kept" in done.stdout
    run_id = the_run(undisturbed)
    assert starts(tmp_path, run_id) == [horizon]
    assert rows(tmp_path)[run_id] == rows(undisturbed)[run_id]
    found, expected = curve_of(tmp_path, run_id), curve_of(undisturbed, run_id)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.slow
def test_without_it_the_run_starts_anew_and_says_so(
    study: Path, undisturbed: Path, tmp_path: Path
) -> None:
    assert study_run(study, *RUN, "--set", "iterations=100", "--out", tmp_path).returncode == 0
    done = study_run(study, *RUN, "--out", tmp_path)
    assert "1 run restarts: its shorter version kept no state" in done.stdout
    run_id = the_run(undisturbed)
    assert starts(tmp_path, run_id) == [0]


@pytest.mark.slow
def test_an_axis_of_horizons_trains_each_step_once(undisturbed: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path, "horizons", 'Axis("iterations", (150, 100))')
    done = study_run(study, *TORCH, "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    run_id = the_run(undisturbed)
    assert starts(tmp_path / "o", run_id) == [100]
    assert rows(tmp_path / "o")[run_id] == rows(undisturbed)[run_id]
