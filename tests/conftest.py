"""Run-time shape checks of `core`, installed before it is imported, and tiny shared data."""

import os
from typing import Any

import jaxtyping
import pytest
import torch

import core.config  # noqa: F401  before the hook: it reports wrong types itself, as ConfigError

# Ray's workers would wait for every other process of the machine, the other tests among them.
os.environ.setdefault("RAY_worker_niceness", "0")
jaxtyping.install_import_hook("core", "beartype.beartype")
torch.set_num_threads(1)

from core.data.phantom import Phantom  # noqa: E402
from core.data.sources import PhantomSource, Volumes  # noqa: E402
from tests.scheduling import RayTogether, cluster_of  # noqa: E402


@pytest.fixture(scope="session")
def volumes() -> Volumes:
    """A phantom of 64-pixel slices: 6 training, 1 validation, 3 testing. Not to be written to."""
    return PhantomSource(Phantom(training_slices=12, testing_slices=3, side=64, seed=3)).load()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: not cluster_of(item.nodeid.partition("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> RayTogether:
    return RayTogether(config, log)
