"""Fractional devices, exercised through Ray's logical GPUs."""

from pathlib import Path

import pytest

from results import load_runs
from tests.study.command import SMOKE, study_run

ONE_CELL = ("--only", "temperature=5")


def test_four_trials_share_one_logical_gpu(tmp_path: Path) -> None:
    shares = ("--cpus-per-trial", "0.25", "--gpus-per-trial", "0.25")
    horizon = ("--set", "iterations=300", "--set", "eval_every=150")
    run = study_run(*SMOKE, *ONE_CELL, "--seeds", "4", *shares, *horizon, "--out", tmp_path)
    assert run.returncode == 0, run.stderr
    students = load_runs(str(tmp_path)).query("width == 2")
    assert len(students) == 4
    assert max(students["started_at"]) < min(students["finished_at"])


@pytest.mark.parametrize(
    ("option", "said"),
    [("--gpus-per-trial=1.5", "has 1 GPUs"), ("--cpus-per-trial=4096", "this machine has")],
)
def test_a_cluster_that_is_too_small_is_an_error_not_a_wait(
    option: str, said: str, tmp_path: Path
) -> None:
    run = study_run(*SMOKE, *ONE_CELL, "--seeds", "1", option, "--out", tmp_path)
    assert run.returncode == 2
    assert said in run.stderr
    assert option.split("=")[0] in run.stderr
    assert not (tmp_path / "ledger").exists()
