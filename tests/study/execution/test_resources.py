"""Fractional devices, exercised through Ray's logical GPUs."""

import subprocess
import sys
from pathlib import Path

from results import load_runs
from tests.study.command import REPOSITORY

FOUR_AT_ONCE = """
import sys
import ray
from study.run import main

ray.init(num_cpus=2, num_gpus=1, log_to_driver=False, include_dashboard=False)
sys.exit(main([
    "temperature_seeds", "--profile", "smoke", "--only", "temperature=5", "--seeds", "4",
    "--cpus-per-trial", "0.25", "--gpus-per-trial", "0.25", "--set", "iterations=300",
    "--set", "eval_every=150", "--out", sys.argv[1],
]))
"""


def test_four_trials_share_one_logical_gpu(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FOUR_AT_ONCE, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    students = load_runs(str(tmp_path)).query("width == 2")
    assert len(students) == 4
    assert max(students["started_at"]) < min(students["finished_at"])
