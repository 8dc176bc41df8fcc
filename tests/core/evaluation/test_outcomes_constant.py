"""Dead networks, trained: whether they end at the best constant of their own objective."""

import math
from typing import Any

import pytest
import torch

from core.config import RunConfig
from core.data.sources import Volumes
from core.networks import weights_of
from core.run_row import run_row
from core.training.trainer import Trainer
from core.unet import KUNet
from results.outcomes import best_constant, constant_loss
from results.windows import Windows
from tests.core.builders import (
    SQUARES_FRACTION,
    dead_network,
    make_dead,
    squares_volumes,
    tiny_config,
)

TEACHER_LOGIT = -6.0


def dead_row(
    volumes: Volumes, iterations: int, network: KUNet | None = None, **changes: Any
) -> dict[str, Any]:
    config: RunConfig = tiny_config(
        volumes,
        **({"width": 1, "elastic_sigma": 0.0, "lr": 0.1, "eval_every": 100} | changes),
        iterations=iterations,
    )
    trainer = Trainer(config, volumes, network)
    make_dead(trainer.network)
    list(trainer.evaluations())
    return run_row(trainer, Windows(5, 1), weights_of(trainer.network))


@pytest.fixture(scope="module")
def squares() -> Volumes:
    return squares_volumes()


def test_hard_labels_end_at_the_foreground_fraction(squares: Volumes) -> None:
    row = dead_row(squares, 200)
    assert row["outcome"] == "constant"
    assert row["outcome_detail"] == "at_best_constant"
    assert (row["fell"], row["learned"], row["segments"]) == (True, False, False)
    assert row["foreground_mean"] == pytest.approx(SQUARES_FRACTION, rel=0.05)
    assert row["test_loss_final"] == pytest.approx(row["barrier"], rel=1e-3)
    assert row["barrier"] == pytest.approx(constant_loss(SQUARES_FRACTION), rel=1e-12)
    assert row["logit_std"] == 0.0


@pytest.mark.parametrize("weights", [4.0, "inverse_frequency"])
def test_class_weights_end_at_their_own_constant(squares: Volumes, weights: Any) -> None:
    row = dead_row(squares, 200, class_weights=weights)
    weight = 15.0 if weights == "inverse_frequency" else weights
    assert row["outcome_detail"] == "at_best_constant"
    expected = best_constant(SQUARES_FRACTION, weight)
    assert row["foreground_mean"] == pytest.approx(expected, rel=0.05)
    assert row["test_loss_final"] > 1.1 * row["barrier"]
    assert row["fell"]


@pytest.mark.parametrize("temperature", [1.0, 5.0])
def test_soft_labels_end_at_the_teachers_mean_times_the_temperature(
    squares: Volumes, temperature: float
) -> None:
    parent = tiny_config(squares, width=1)
    row = dead_row(
        squares,
        400,
        dead_network(TEACHER_LOGIT),
        objective="soft",
        temperature=temperature,
        teacher=parent,
    )
    at_temperature = torch.sigmoid(torch.tensor(TEACHER_LOGIT / temperature))
    assert row["target_mean"] == pytest.approx(float(at_temperature), rel=1e-6)
    assert row["outcome"] == "constant"
    assert row["outcome_detail"] == "at_best_constant"
    assert row["logit_mean"] == pytest.approx(TEACHER_LOGIT, rel=0.1)


def test_weights_on_soft_labels_move_a_constant_far_and_it_is_one_still(squares: Volumes) -> None:
    """5 (-6 / 5 + ln 15) = 7.5: the loss there is above ten times that of the best constant."""
    row = dead_row(
        squares,
        400,
        dead_network(TEACHER_LOGIT),
        objective="soft",
        temperature=5.0,
        class_weights="inverse_frequency",
        teacher=tiny_config(squares, width=1),
    )
    assert row["logit_mean"] == pytest.approx(TEACHER_LOGIT + 5 * math.log(15), rel=0.1)
    assert row["test_loss_final"] > 10 * row["barrier"]
    assert (row["outcome"], row["outcome_half"]) == ("constant", "constant")
    assert row["outcome_detail"] == "at_best_constant"


@pytest.mark.parametrize(
    "changes", [{}, {"class_weights": 200.0}, {"class_weights": 0.05}], ids=str
)
def test_on_the_way_it_is_elsewhere(squares: Volumes, changes: dict[str, Any]) -> None:
    row = dead_row(squares, 2, **changes)
    assert row["outcome"] == "constant"
    assert row["outcome_detail"] == "elsewhere"
    assert row["fell"]
