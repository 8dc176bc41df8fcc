"""The main job on real electron microscopy, shortened to a minute or two."""

import os
from pathlib import Path

import pytest

from results import load_runs
from tests.study.command import SMOKE, study_run

EPFL = os.environ.get("STUDY_EPFL")


@pytest.mark.slow
@pytest.mark.skipif(EPFL is None, reason="STUDY_EPFL names no EPFL directory")
def test_the_study_runs_on_the_epfl_volumes(tmp_path: Path) -> None:
    run = study_run(
        *SMOKE, "--data", str(EPFL), "--only", "temperature=1", "--seeds", "1",
        "--set", "teacher.iterations=1000", "--set", "teacher.tile=128",
        "--set", "teacher.eval_every=500", "--out", tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    runs = load_runs(str(tmp_path))
    assert len(runs) == 2
    # The stack is every second slice: foreground 0.05376802, whose best constant scores 0.4189.
    assert runs["barrier"].round(4).tolist() == [0.4189, 0.4189]
