"""A study that is planned, and hardly ever trained."""

from pathlib import Path

import pytest

from tests.study.running import write_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file of two cells and two seeds."""
    return write_study(tmp_path_factory.mktemp("planned"))
