"""Two commands on one output: each run is trained once, and each says what it waits for."""

import json
import signal
from pathlib import Path

import pytest

from study import status
from tests.study.command import study_run
from tests.study.running import rows, running, starts, write_study

OFTEN = ("--profile", "smoke", "--seeds", "3", "--engine", "torch")


def test_each_run_is_trained_once(
    study: Path, undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with running(study, *OFTEN, "--out", out) as first:
        first.wait_until(lambda: list((out / "leases").glob("*.json")), "a run at work")
        assert status.main(["--out", str(out), "--json"]) == 0
        (seen,) = json.loads(capsys.readouterr().out)
        assert "running" in {run["state"] for run in seen["runs"]}
        second = study_run(study, *OFTEN, "--out", out)
        status_first, _, errors = first.end()
    assert (status_first, second.returncode) == (0, 0), errors + second.stderr
    assert len(rows(out)) == 6
    assert {run_id: starts(out, run_id) for run_id in rows(out)} == {
        run_id: [0] for run_id in rows(out)
    }
    assert not list((out / "leases").glob("*.json"))
    known = rows(undisturbed)
    assert {run_id: row for run_id, row in rows(out).items() if run_id in known} == known


@pytest.mark.slow
def test_a_run_that_another_command_trains_is_waited_for_and_taken_over(tmp_path: Path) -> None:
    study, out = write_study(tmp_path), tmp_path / "out"
    one_run = ("--profile", "smoke", "--seeds", "1", "--only", "lr=1e-3", "--out", out)
    one_run = (*one_run, "--set", "iterations=6000", "--set", "eval_every=2000")
    with running(study, *one_run) as first:
        first.wait_until(lambda: list((out / "leases").glob("*.json")), "a run at work")
        with running(study, *one_run) as second:
            second.wait_until(
                lambda: "waiting for disturbed on" in second.output(), "the second one wait"
            )
            first.send(signal.SIGINT)
            assert first.end()[0] == 130
            status_second, output, errors = second.end()
    assert status_second == 0, errors
    assert "left to disturbed on" in output
    (run_id,) = rows(out)
    first_start, second_start = starts(out, run_id)
    assert first_start == 0
    assert second_start > 0
