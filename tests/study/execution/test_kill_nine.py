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

LONGEST_SECONDS = 4.0
OFTEN = ("--profile", "smoke", "--checkpoint-every", "1", "--set", "eval_every=150")
ONE_BY_ONE = (*OFTEN, "--engine", "torch", "--seeds", "12", "--set", "iterations=600")
PACKED = (*OFTEN, "--engine", "lanes", "--seeds", "100", "--set", "iterations=1200")


def trains(out: Path, since: float) -> bool:
    """Whether there is a checkpoint, and a run was begun or saved since then."""
    logs = (out / "logs").glob("*.log")
    return bool(checkpoints(out)) and any(path.stat().st_mtime > since for path in logs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("many", "kills_to_be", "runs"),
    [(ONE_BY_ONE, 20, 24), (PACKED, 2, 200)],
    ids=["torch", "lanes"],
)
def test_killed_at_random_moments(
    many: tuple[str, ...], kills_to_be: int, runs: int, study: Path, tmp_path: Path
) -> None:
    moments = random.Random(0)
    out, kills = tmp_path / "killed", 0
    while kills < kills_to_be:
        with running(study, *many, "--out", out) as process:
            process.wait_until(partial(trains, out, time.time()), "training after a checkpoint")
            time.sleep(moments.uniform(0.0, LONGEST_SECONDS))
            assert process.process.poll() is None, f"complete after {kills} kills"
            process.send(signal.SIGKILL)
            process.end()
            kills += 1
            print(f"kill {kills}: {len(rows(out))} runs finished")
    assert study_run(study, *many, "--out", out).returncode == 0
    undisturbed = tmp_path / "undisturbed"
    assert study_run(study, *many, "--out", undisturbed).returncode == 0
    assert len(rows(out)) == runs
    assert rows(out) == rows(undisturbed)
    pd.testing.assert_frame_equal(curves(out), curves(undisturbed), check_exact=True)
