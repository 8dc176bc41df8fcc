"""A ledger with one run, whose network several tests apply."""

from pathlib import Path

import pytest

from core.evaluation.picture import picture
from core.networks import weights_of
from core.run_row import run_row
from core.training.trainer import Trainer
from results.ledger.ledger import Ledger
from results.windows import Windows
from tests.core.builders import squares_volumes, tiny_config

VOLUMES = squares_volumes()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one run, as if it had learned."""
    return ledger_of("learned", tmp_path_factory.mktemp("predict") / "outputs")


def ledger_of(outcome: str, folder: Path) -> Path:
    """Write a ledger with one short run that is said to have ended so."""
    trainer = Trainer(tiny_config(VOLUMES, iterations=4), VOLUMES)
    list(trainer.evaluations())
    weights = weights_of(trainer.network)
    row = run_row(trainer, Windows(2, 2), weights) | {"outcome": outcome}
    shown = picture(trainer.network, VOLUMES)
    Ledger(str(folder)).put_run(row, trainer.curve, weights, shown)
    return folder
