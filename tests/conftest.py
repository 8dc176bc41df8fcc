"""Run-time shape checks of `core`, installed before it is imported, and tiny shared data."""

import os

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


@pytest.fixture(scope="session")
def volumes() -> Volumes:
    """A phantom of 64-pixel slices: 6 training, 1 validation, 3 testing. Not to be written to."""
    return PhantomSource(Phantom(training_slices=12, testing_slices=3, side=64, seed=3)).load()
