"""Ctrl-C and SIGTERM lose nothing: what continues is bit-equal to what was never stopped."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from study import status
from tests.study.running import (
    OFTEN,
    age_of_checkpoints,
    checkpoints,
    require_completed_by_the_next_start,
    running,
    saved_since,
    starts,
)


@pytest.mark.parametrize("to", ["group", pytest.param("driver", marks=pytest.mark.slow)])
def test_stopped_twice_and_continued_is_never_stopped(
    to: str, study: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """A terminal, `timeout`, systemd and job schedulers send a signal to every process, Ray's too:
    these must go on until the runs are saved."""
    interrupted: list[str] = []  # whatever goes on from there may be done before it hears a stop
    for stop in (signal.SIGINT, signal.SIGTERM):
        begun = time.time()
        with running(study, *OFTEN, "--out", tmp_path) as study_process:
            study_process.wait_until(
                partial(saved_since, tmp_path, begun, interrupted), "a checkpoint"
            )
            if to == "group":
                os.killpg(study_process.process.pid, stop)
            else:
                study_process.send(stop)
            status, _, errors = study_process.end()
            age = age_of_checkpoints(tmp_path)
        assert status == 130, errors
        assert errors.startswith("starting Ray ...\n")
        assert f"continue with: python -m study.run {study}" in errors
        interrupted = [path.stem for path in checkpoints(tmp_path)]
        assert interrupted
    require_completed_by_the_next_start(study, tmp_path, undisturbed, f"stopped {to}", age)
    assert all(starts(tmp_path, run_id)[-1] > 0 for run_id in interrupted)


def test_a_request_is_known_before_ray_is_started(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(study, *OFTEN, "--out", tmp_path) as begun:
        begun.wait_until(lambda: "starting Ray" in begun.errors(), "Ray being started")
        begun.send(signal.SIGINT)
        assert begun.end()[0] == 130
    assert status.main(["--out", str(tmp_path)]) == 0
    assert "4 runs, 4 missing" in capsys.readouterr().out
