"""A study that nothing has disturbed, for those that something has."""

from pathlib import Path

import pytest

from tests.study.command import study_run
from tests.study.running import OFTEN, rows, write_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file of four runs, each longer than a command takes to stop."""
    return write_study(tmp_path_factory.mktemp("study"), iterations=400)


@pytest.fixture(scope="session")
def undisturbed(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its ledger. Not to be written to."""
    out = tmp_path_factory.mktemp("undisturbed")
    done = study_run(study, *OFTEN, "--out", out)
    assert done.returncode == 0, done.stderr
    assert len(rows(out)) == 4
    return out
