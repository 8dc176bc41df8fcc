"""Runs that end in an error, teachers that teach nothing, a cluster that is too small."""

import json
from pathlib import Path

import pytest

from results import load_runs
from tests.study.command import SMOKE, study_run

ONE_CELL = ("--only", "temperature=5", "--seeds", "1")


def test_a_teacher_that_did_not_learn_stops_its_students(tmp_path: Path) -> None:
    run = study_run(*SMOKE, *ONE_CELL, "--set", "teacher.iterations=1", "--out", tmp_path)
    assert run.returncode == 1
    assert "did not learn" in run.stderr
    assert "--set teacher.iterations=N" in run.stderr
    assert len(load_runs(str(tmp_path))) == 1


def test_an_error_in_a_run_is_named_with_its_log_and_mended_by_the_next_start(
    tmp_path: Path,
) -> None:
    assert study_run(*SMOKE, *ONE_CELL, "--out", tmp_path).returncode == 0
    runs = load_runs(str(tmp_path))
    (teacher,) = runs[runs["width"] == 4]["run_id"]
    weights = tmp_path / "weights" / f"{teacher}.safetensors"
    intact = weights.read_bytes()
    weights.write_bytes(intact[:1000])

    failed = study_run(*SMOKE, *ONE_CELL, "--seeds", "2", "--out", tmp_path)
    assert failed.returncode == 1
    assert "failed: temperature=5 trial 2" in failed.stderr
    (attempt,) = (tmp_path / "ledger/attempts").iterdir()
    remembered = json.loads(attempt.read_text())
    assert "Traceback" in Path(remembered["log"]).read_text()
    assert remembered["reason"] in failed.stderr
    assert len(load_runs(str(tmp_path))) == 2

    weights.write_bytes(intact)
    mended = study_run(*SMOKE, *ONE_CELL, "--seeds", "2", "--out", tmp_path)
    assert mended.returncode == 0
    assert len(load_runs(str(tmp_path))) == 3


@pytest.mark.parametrize(
    ("option", "said"),
    [("--gpus-per-trial=0.5", "has 0 GPUs"), ("--cpus-per-trial=4096", "this machine has")],
)
def test_a_cluster_that_is_too_small_is_an_error_not_a_wait(
    option: str, said: str, tmp_path: Path
) -> None:
    run = study_run(*SMOKE, *ONE_CELL, option, "--out", tmp_path)
    assert run.returncode == 2
    assert said in run.stderr
    assert option.split("=")[0] in run.stderr
    assert not (tmp_path / "ledger").exists()
