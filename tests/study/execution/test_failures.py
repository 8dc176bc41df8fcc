"""Teachers that teach nothing, or whose weights are damaged."""

from pathlib import Path

import pytest

from results import check, load_runs
from tests.study.command import SMOKE, study_run

ONE_CELL = ("--only", "temperature=5", "--seeds", "1")


def test_a_teacher_that_did_not_learn_stops_its_students(tmp_path: Path) -> None:
    run = study_run(*SMOKE, *ONE_CELL, "--set", "teacher.iterations=1", "--out", tmp_path)
    assert run.returncode == 1
    assert "did not learn" in run.stderr
    assert "--set teacher.iterations=N" in run.stderr
    assert len(load_runs(str(tmp_path))) == 1


@pytest.mark.slow
def test_a_teacher_with_damaged_weights_teaches_nobody_until_it_is_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study_run(*SMOKE, *ONE_CELL, "--out", tmp_path).returncode == 0
    runs = load_runs(str(tmp_path)).to_dict("records")
    (teacher,) = [row["run_id"] for row in runs if row["width"] == 4]
    weights = tmp_path / "weights" / f"{teacher}.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])

    stopped = study_run(*SMOKE, *ONE_CELL, "--seeds", "2", "--out", tmp_path)
    assert stopped.returncode == 1
    assert f"stopped: the weights of the teacher {teacher}" in stopped.stderr
    assert f"python -m results.check {tmp_path} --repair" in stopped.stderr
    assert len(load_runs(str(tmp_path))) == 2

    assert check.main([str(tmp_path), "--repair"]) == 0  # all that was damaged is quarantined
    assert teacher in capsys.readouterr().out
    mended = study_run(*SMOKE, *ONE_CELL, "--seeds", "2", "--out", tmp_path)
    assert mended.returncode == 0
    assert len(load_runs(str(tmp_path))) == 3
    assert check.main([str(tmp_path)]) == 0
