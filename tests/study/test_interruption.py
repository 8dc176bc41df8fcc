"""Ctrl-C and SIGTERM lose nothing: what continues is bit-equal to what was never stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from results import load_curves, load_runs
from tests.study.command import REPOSITORY, SMOKE, study_run

LONG = (
    "--only",
    "temperature=5",
    "--seeds",
    "2",
    "--set",
    "iterations=400",
    "--set",
    "eval_every=100",
)
SAME = [
    "run_id",
    "outcome",
    "test_loss_final",
    "logit_std",
    "target_mean",
    "initial_weights_sha256",
    "first_tile_sha256",
    "weights_sha256",
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    assert study_run(*SMOKE, *LONG, "--out", out).returncode == 0
    return out


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_and_continued_is_never_stopped(
    stop: signal.Signals, undisturbed: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "study.run", *SMOKE, *LONG, "--out", str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    deadline = time.monotonic() + 400
    while len(list((tmp_path / "logs").glob("*.log"))) < 2:  # the teacher's and a student's
        assert time.monotonic() < deadline, "no student was started"
        assert process.poll() is None, "the study ended before it could be stopped"
        time.sleep(0.1)
    time.sleep(1.0)  # into the student's training
    process.send_signal(stop)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "continue with: python -m study.run temperature_seeds" in errors
    assert list((tmp_path / "checkpoints").rglob("*.safetensors"))
    assert study_run(*SMOKE, *LONG, "--out", tmp_path).returncode == 0
    expected, found = load_runs(str(undisturbed)), load_runs(str(tmp_path))
    by_id = [
        {row["run_id"]: [row[name] for name in SAME] for row in frame.to_dict("records")}
        for frame in (expected, found)
    ]
    assert len(by_id[0]) == 3
    assert by_id[0] == by_id[1]
    times = ["train_seconds", "evaluate_seconds"]
    whole, part = (load_curves(str(out)).drop(columns=times) for out in (undisturbed, tmp_path))
    pd.testing.assert_frame_equal(part, whole, check_exact=True)
