"""Class weights of soft labels, by the teacher's probability and by the annotation."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from core.config import RunConfig
from core.data.sources import Volumes
from core.networks import build_network
from core.objective import Objective
from core.training.trainer import Trainer
from results.outcomes import constant_detail, min_over_constants
from results.windows import Windows, constant_losses, reported_figures
from tests.core.builders import make_dead, tiny_config
from tests.core.test_objective import SOFT, random_masks, random_z, seeds

temperatures = st.sampled_from([1.0, 2.0, 5.0])
weights = st.sampled_from([0.25, 3.0, 16.0])


def by(name: str, temperature: float, weight: float) -> Objective:
    config = SOFT.replaced(temperature=temperature, class_weights=weight, class_weights_by=name)
    return Objective(config, weight)


@given(seeds, temperatures, weights)
@settings(deadline=None, max_examples=20)
def test_they_are_the_same_for_hard_labels(seed: int, temperature: float, weight: float) -> None:
    """A teacher that is as sure as the annotation is gives both the same loss."""
    z, masks = random_z(seed), random_masks(seed)
    sure = 2000.0 * (masks - 0.5)
    losses = [
        by(n, temperature, weight).terms(z, masks, sure).total for n in ("target", "annotation")
    ]
    torch.testing.assert_close(losses[0], losses[1])
    hard = RunConfig(class_weights=weight)
    assert hard.value("class_weights_by") is None
    torch.testing.assert_close(
        Objective(hard, weight).terms(z / temperature, masks).total, losses[0]
    )


@given(seeds, temperatures, weights)
@settings(deadline=None, max_examples=20)
def test_the_best_answer_of_a_pixel_moves_by_target_only(
    seed: int, temperature: float, weight: float
) -> None:
    """By annotation it is the teacher's own; by target it lies T ln w above it."""
    teacher_z, masks = random_z(seed), random_masks(seed)
    for name, shift in (("annotation", 0.0), ("target", temperature * math.log(weight))):
        z = (teacher_z + shift).requires_grad_()
        total = by(name, temperature, weight).terms(z, masks, teacher_z).total
        (gradient,) = torch.autograd.grad(total, z)
        assert float(gradient.abs().max()) < 1e-12
        elsewhere = by(name, temperature, weight).terms(z.detach() + 0.1, masks, teacher_z).total
        assert float(elsewhere) > float(total.detach())


@given(
    seeds,
    temperatures,
    weights,
    st.sampled_from(["soft", "mixed"]),
    st.sampled_from(["shares", "sum"]),
)
@settings(deadline=None, max_examples=25)
def test_the_best_constant_is_what_the_loss_itself_says(
    seed: int, temperature: float, weight: float, kind: str, mixture: str
) -> None:
    config = SOFT.replaced(
        temperature=temperature,
        class_weights=weight,
        class_weights_by="annotation",
        objective=kind,
        mixture=mixture,
    )
    objective, teacher_z, masks = Objective(config, weight), random_z(seed), random_masks(seed)
    terms = objective.terms(torch.zeros_like(teacher_z), masks, teacher_z)
    assert terms.soft_targets is not None
    assert terms.soft_weights is not None
    soft_weight = float(terms.soft_weights.mean())
    soft_mean = float((terms.soft_weights * terms.soft_targets).mean()) / soft_weight
    constants = objective.constant_terms(float(masks.mean()), soft_mean, soft_weight)
    for z in (-3.0, 0.0, 2.5):
        loss = objective.terms(torch.full_like(teacher_z, z), masks, teacher_z).total
        assert sum(term.loss(z) for term in constants) == pytest.approx(float(loss), rel=1e-9)

    def loss_of(z: float) -> float:
        return float(objective.terms(torch.full_like(teacher_z, z), masks, teacher_z).total)

    best = min(np.linspace(-60.0, 60.0, 121).tolist(), key=loss_of)
    bounds = (best - 1.0, best + 1.0)
    naive: Any = minimize_scalar(loss_of, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    assert min_over_constants(constants) == pytest.approx(naive.fun, rel=1e-9)


def test_a_plain_sum_is_twice_the_mixture_of_halves() -> None:
    z, teacher_z, masks = random_z(1), random_z(2), random_masks(1)
    halves = SOFT.replaced(objective="mixed", soft_weight=0.5)
    plain = halves.replaced(mixture="sum")
    losses = [Objective(c, 3.0).terms(z, masks, teacher_z).total for c in (halves, plain)]
    torch.testing.assert_close(2 * losses[0], losses[1])
    assert plain.value("soft_weight") is None
    assert plain.replaced(soft_weight=0.0).objective == "mixed"
    assert plain.replaced(soft_weight=0.25).identity() == plain.identity()


def test_a_dead_run_ends_at_the_best_constant_of_its_weighted_pixels(volumes: Volumes) -> None:
    teacher = tiny_config(volumes)
    config = tiny_config(
        volumes, width=1, objective="mixed", temperature=2.0, teacher=teacher, lr=0.1,
        class_weights="inverse_frequency", class_weights_by="annotation", elastic_sigma=0.0,
        iterations=250, eval_every=50,
    )  # fmt: skip
    trainer = Trainer(config, volumes, build_network(teacher))
    make_dead(trainer.network)
    list(trainer.evaluations())
    final = trainer.final_evaluation()
    assert final.logit_mean is not None
    assert constant_detail(final.logit_mean, trainer.constant_terms()) == "at_best_constant"
    point = trainer.curve[-1]
    assert len(point["soft_weights"]) == len(point["soft_targets"]) == 50
    figures = reported_figures(
        trainer.curve, Windows(20, 1), 2.0, trainer.objective.foreground_weight
    )
    assert figures["train_loss_soft_excess"] is not None


@given(st.lists(st.tuples(st.floats(0.01, 0.3), st.floats(1.0, 5.0)), min_size=5, max_size=30))
@settings(deadline=None, max_examples=25)
def test_the_constant_of_weighted_steps_is_what_a_grid_finds(
    steps: list[tuple[float, float]],
) -> None:
    targets, each = (np.array(column) for column in zip(*steps, strict=True))
    found = constant_losses(targets, weights=each.tolist())
    grid = np.linspace(0.001, 0.999, 2000)[:, None]
    losses = -2 * each * (targets * np.log(grid) + (1 - targets) * np.log1p(-grid))
    assert found.mean() == pytest.approx(losses.mean(axis=1).min(), rel=1e-4)
    assert found.mean() <= losses.mean(axis=1).min() + 1e-12
