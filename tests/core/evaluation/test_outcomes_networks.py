from typing import Any

import numpy as np
import pytest
import torch

from core.data.sources import Volumes
from core.networks import weights_of
from core.run_row import run_row
from core.training.trainer import Trainer
from results.errors import DataError
from results.windows import Windows
from tests.core.builders import squares_volumes, tiny_config


@pytest.fixture(scope="module")
def squares() -> Volumes:
    return squares_volumes()


@pytest.fixture(scope="module")
def noise() -> Volumes:
    return squares_volumes(contrast=0.0)


def row_of(trainer: Trainer) -> dict[str, Any]:
    list(trainer.evaluations())
    return run_row(trainer, Windows(5, 1), weights_of(trainer.network))


def flags(row: dict[str, Any]) -> tuple[str, bool, bool, bool, str | None]:
    names = ("outcome", "fell", "learned", "segments", "outcome_detail")
    outcome, fell, learned, segments, detail = (row[name] for name in names)
    return outcome, fell, learned, segments, detail


def untrained(volumes: Volumes, **changes: Any) -> Trainer:
    return Trainer(tiny_config(volumes, iterations=1, lr=1e-12, init_seed=1, **changes), volumes)


def test_a_trained_network_has_learned_and_segments(squares: Volumes) -> None:
    config = tiny_config(squares, iterations=150, eval_every=50, lr=1e-2, init_seed=1)
    trainer = Trainer(config, squares)
    row = row_of(trainer)
    assert flags(row) == ("learned", False, True, True, "below_grey")
    assert row["deviance_explained_calibrated"] > 0.3
    assert row["deviance_explained_grey"] > 0.9  # the squares are brighter than all noise
    assert row["iou_validation_threshold"] > 0.4
    assert row["first_escape"] in (50, 100, 150)
    assert row["test_loss_min"] == min(point["test_loss"] for point in trainer.curve[1:])
    assert row["iterations_done"] == 150


def test_random_answers_are_uninformative(noise: Volumes) -> None:
    row = row_of(untrained(noise))
    assert flags(row) == ("uninformative", False, False, False, None)
    assert row["logit_std"] >= 0.05
    assert row["first_escape"] is None


def test_nearly_equal_answers_are_flat(noise: Volumes) -> None:
    trainer = untrained(noise)
    with torch.no_grad():
        trainer.network.head.weight.mul_(1e-4)
    row = row_of(trainer)
    assert flags(row) == ("flat", True, False, False, None)
    assert 0.0 < row["logit_std"] < 0.05


def test_an_inverted_network_is_uninformative(squares: Volumes) -> None:
    config = tiny_config(squares, iterations=150, eval_every=150, lr=1e-2, init_seed=1)
    trainer = Trainer(config, squares)
    list(trainer.evaluations())
    with torch.no_grad():
        for parameter in trainer.network.head.parameters():
            parameter.copy_(parameter.flip(0).clone())
    row = run_row(trainer, Windows(5, 1), weights_of(trainer.network))
    assert flags(row) == ("uninformative", False, False, False, None)
    assert row["deviance_explained_calibrated"] == pytest.approx(0.0, abs=1e-6)


def test_a_huge_learning_rate_diverges(squares: Volumes) -> None:
    config = tiny_config(squares, optimizer="sgd", lr=1e4, iterations=40, eval_every=4)
    row = row_of(Trainer(config, squares))
    assert flags(row) == ("diverged", False, False, False, None)


def test_a_large_loss_of_a_constant_network_is_no_divergence(squares: Volumes) -> None:
    config = tiny_config(squares, optimizer="sgd", lr=10.0, iterations=40, eval_every=4)
    row = row_of(Trainer(config, squares))
    assert flags(row) == ("constant", True, False, False, "elsewhere")
    assert row["test_loss_final"] > 10 * row["barrier"]
    assert not row["born_dead"]


def test_an_untrained_network_has_not_diverged_where_foreground_is_rare() -> None:
    """p = 0.5 everywhere has a loss of more than ten barriers there."""
    volumes = squares_volumes(contrast=0.0)
    rng = np.random.default_rng(1)
    for stack in (volumes.training, volumes.validation, volumes.testing):
        stack.masks[:] = 0
        for mask in stack.masks:
            mask.flat[rng.choice(mask.size, 2, replace=False)] = 1
    row = row_of(untrained(volumes))
    assert row["test_loss_final"] > 10 * row["barrier"]
    assert row["outcome"] == "uninformative"


def test_a_weight_that_is_not_finite_diverges_and_ends_the_run(squares: Volumes) -> None:
    trainer = Trainer(tiny_config(squares, iterations=40), squares)
    with torch.no_grad():
        trainer.network.get_parameter("contracting.0.conv0.bias").fill_(float("nan"))
    row = row_of(trainer)
    assert flags(row) == ("diverged", False, False, False, None)
    assert row["iterations_done"] == 1
    assert row["test_loss_final"] is None
    assert row["test_loss_min"] is None


def test_a_network_broken_after_its_last_evaluation_has_diverged(squares: Volumes) -> None:
    trainer = untrained(squares, batch_norm="all")
    list(trainer.evaluations())
    with torch.no_grad():
        trainer.network.get_parameter("head.bias").fill_(float("inf"))
    assert trainer.outcome(trainer.final_evaluation()) == "diverged"


@pytest.mark.parametrize("part", ["validation", "testing"])
def test_curve_slices_of_one_class_are_refused(part: str) -> None:
    volumes = squares_volumes()
    masks = getattr(volumes, part).masks
    masks[: len(masks) - 1] = 0
    config = tiny_config(volumes, curve_slices=2, curve_validation_slices=1)
    with pytest.raises(DataError, match=f"{part}.*one class"):
        Trainer(config, volumes)
