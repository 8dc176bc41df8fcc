"""Killed again and again, at any moment, a study still ends with the rows of an undisturbed one."""

import random
import signal
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from tests.study.command import study_run
from tests.study.running import checkpoints, curves, rows, running

KILLS = 20
LONGEST_SECONDS = 4.0
MANY = ("--profile", "smoke", "--seeds", "12", "--checkpoint-every", "1")
MANY = (*MANY, "--set", "iterations=600", "--set", "eval_every=150")


def trains(out: Path, since: float) -> bool:
    """Whether there is a checkpoint, and a run was begun or saved since then."""
    logs = (out / "logs").glob("*.log")
    return bool(checkpoints(out)) and any(path.stat().st_mtime > since for path in logs)


@pytest.mark.slow
def test_killed_at_random_moments(study: Path, tmp_path: Path) -> None:
    moments = random.Random(0)
    out, kills = tmp_path / "killed", 0
    while kills < KILLS:
        with running(study, *MANY, "--out", out) as process:
            process.wait_until(partial(trains, out, time.time()), "training after a checkpoint")
            time.sleep(moments.uniform(0.0, LONGEST_SECONDS))
            assert process.process.poll() is None, f"complete after {kills} kills"
            process.send(signal.SIGKILL)
            process.end()
            kills += 1
            print(f"kill {kills}: {len(rows(out))} runs finished")
    assert study_run(study, *MANY, "--out", out).returncode == 0
    undisturbed = tmp_path / "undisturbed"
    assert study_run(study, *MANY, "--out", undisturbed).returncode == 0
    assert len(rows(out)) == 24
    assert rows(out) == rows(undisturbed)
    pd.testing.assert_frame_equal(curves(out), curves(undisturbed), check_exact=True)
