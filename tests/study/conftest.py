"""A study that nothing has disturbed, for those that something has."""

from pathlib import Path

import pytest
from filelock import FileLock

from tests.study.command import study_run
from tests.study.running import OFTEN, rows, write_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file of four runs, each longer than a command takes to stop."""
    return write_study(tmp_path_factory.mktemp("study"), iterations=400)


@pytest.fixture(scope="session")
def undisturbed(study: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Its ledger, which the tests' processes share: the first that asks trains it. Not to be
    written to."""
    own = tmp_path_factory.getbasetemp()
    out = (own if worker_id == "master" else own.parent) / "undisturbed"
    with FileLock(f"{out}.lock"):
        if not out.is_dir() or len(rows(out)) < 4:
            done = study_run(study, *OFTEN, "--out", out)
            assert done.returncode == 0, done.stderr
            assert len(rows(out)) == 4
    return out
