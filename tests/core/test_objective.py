"""The objective's terms, the mixture's constant, and a start from another run's weights."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import RunConfig
from core.data.sources import Volumes
from core.losses import hard_loss, soft_loss, soft_targets
from core.networks import build_network, weights_of
from core.objective import Objective
from core.training.trainer import Trainer
from results.errors import ConfigError
from results.ledger.digest import sha256_of
from results.outcomes import ConstantTerm, constant_detail, min_over_constants
from results.windows import Windows, constant_losses, reported_figures
from tests.core.builders import dead_network, make_dead, squares_volumes, tiny_config

TEACHER = RunConfig(width=4)
SOFT = RunConfig(objective="soft", teacher=TEACHER, temperature=5.0)
seeds = st.integers(0, 1000)


@pytest.fixture(scope="module")
def volumes() -> Volumes:
    return squares_volumes()


def random_z(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3.0 * torch.randn(1, 6, 7, generator=generator, dtype=torch.float64)


def random_masks(seed: int) -> torch.Tensor:
    return (random_z(seed + 5000) > 1.0).double()


@given(
    seed=seeds,
    temperature=st.sampled_from([0.5, 1.0, 5.0, 20.0]),
    weight=st.sampled_from([0.1, 1.0, 19.0]),
)
@settings(deadline=None, max_examples=25)
def test_kl_differs_from_cross_entropy_by_what_no_student_changes(
    seed: int, temperature: float, weight: float
) -> None:
    config = SOFT.replaced(temperature=temperature)
    z, teacher_z = random_z(seed).requires_grad_(), random_z(seed + 1)
    losses = {}
    for kind in ("cross_entropy", "kl"):
        objective = Objective(config.replaced(soft_loss=kind), weight)
        total = objective.terms(z, random_masks(seed), teacher_z).total
        losses[kind] = float(total.detach()), torch.autograd.grad(total, z)[0]
    assert torch.equal(losses["kl"][1], losses["cross_entropy"][1])
    if weight == 1.0:  # weighted, the teacher's answer is not the student's best
        assert losses["kl"][0] >= -1e-12
    itself = Objective(config.replaced(soft_loss="kl"), weight)
    assert float(itself.terms(teacher_z, random_masks(seed), teacher_z).total) == 0.0


@given(seed=seeds)
@settings(deadline=None, max_examples=10)
def test_kl_is_twice_the_divergence_of_two_bernoulli_variables(seed: int) -> None:
    z, teacher_z = random_z(seed), random_z(seed + 1)
    p, q = (torch.sigmoid(x / 5.0).numpy() for x in (z, teacher_z))
    naive = 2 * np.mean(q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p)))
    found = Objective(SOFT.replaced(soft_loss="kl"), 1.0).terms(z, random_masks(0), teacher_z)
    assert float(found.total) == pytest.approx(naive, rel=1e-9)


@given(seed=seeds, share=st.floats(0.01, 0.99), temperature=st.sampled_from([2.0, 5.0, 20.0]))
@settings(deadline=None, max_examples=25)
def test_a_mixture_adds_the_hard_term_and_t_squared_the_soft_one(
    seed: int, share: float, temperature: float
) -> None:
    config = SOFT.replaced(objective="mixed", soft_weight=share, temperature=temperature)
    z, teacher_z, masks = random_z(seed), random_z(seed + 1), random_masks(seed)
    terms = Objective(config, 3.0).terms(z, masks, teacher_z)
    hard = hard_loss(z, masks, 3.0)
    soft = temperature**2 * soft_loss(z, soft_targets(teacher_z, temperature), temperature, 3.0)
    assert terms.hard is not None
    assert terms.soft is not None
    torch.testing.assert_close(terms.hard, hard)
    torch.testing.assert_close(terms.soft, soft)
    torch.testing.assert_close(terms.total, (1 - share) * hard + share * soft)


@given(seed=seeds)
@settings(deadline=None, max_examples=10)
def test_the_soft_gradient_times_t_squared_tends_to_a_constant(seed: int) -> None:
    """Section 3.3: without T^2 it would vanish as 1/T^2."""
    z, teacher_z = random_z(seed).requires_grad_(), random_z(seed + 1)
    norms = []
    for temperature in (100.0, 200.0, 400.0):
        config = SOFT.replaced(objective="mixed", temperature=temperature)
        terms = Objective(config, 1.0).terms(z, random_masks(seed), teacher_z)
        assert terms.soft is not None
        norms.append(float(torch.autograd.grad(terms.soft, z)[0].norm()))
    assert norms[1] == pytest.approx(norms[0], rel=1e-2)
    assert norms[2] == pytest.approx(norms[1], rel=1e-2)
    assert norms[2] > 0.0


def test_class_weights_on_soft_targets_involve_no_annotation() -> None:
    """w q log p + (1 - q) log(1 - p), by hand: q = sigmoid(2/2), p = sigmoid(4/2), w = 3."""
    config = SOFT.replaced(temperature=2.0)
    z, teacher_z = torch.full((1, 1, 1), 4.0), torch.full((1, 1, 1), 2.0)
    q, p = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2))
    by_hand = -2 * (3 * q * math.log(p) + (1 - q) * math.log(1 - p))
    for mask in (0.0, 1.0):
        total = Objective(config, 3.0).terms(z, torch.full((1, 1, 1), mask), teacher_z).total
        assert float(total) == pytest.approx(by_hand, rel=1e-6)


@given(
    hard=st.floats(0.01, 0.5),
    soft=st.floats(0.01, 0.6),
    temperature=st.floats(1.0, 20.0),
    share=st.floats(0.05, 0.95),
    weight=st.floats(0.2, 20.0),
)
@settings(deadline=None, max_examples=30)
def test_the_best_constant_of_a_mixture_is_what_a_grid_finds(
    hard: float, soft: float, temperature: float, share: float, weight: float
) -> None:
    terms = [
        ConstantTerm(hard, 1.0, weight, 1.0 - share),
        ConstantTerm(soft, temperature, weight, share * temperature**2),
    ]
    grid = np.linspace(-150.0, 150.0, 6001)
    naive = min(sum(term.loss(float(z)) for term in terms) for z in grid)
    best = min_over_constants(terms)
    assert best <= naive + 1e-9
    closest = min(grid, key=lambda z: sum(term.loss(float(z)) for term in terms))
    assert best == pytest.approx(naive, rel=1e-3)
    assert constant_detail(float(closest), terms) == "at_best_constant"


def test_a_dead_mixture_ends_at_its_own_best_constant(volumes: Volumes) -> None:
    teacher = tiny_config(volumes, width=1)
    config = tiny_config(
        volumes, width=1, objective="mixed", temperature=5.0, teacher=teacher, lr=0.1,
        elastic_sigma=0.0, iterations=250, eval_every=50,
    )  # fmt: skip
    trainer = Trainer(config, volumes, dead_network(-6.0))
    make_dead(trainer.network)
    list(trainer.evaluations())
    final = trainer.final_evaluation()
    assert final.logit_mean is not None
    means = trainer.target_mean("hard"), trainer.target_mean("soft")
    assert means[1] == pytest.approx(1 / (1 + math.exp(6 / 5)), rel=1e-5)
    assert constant_detail(final.logit_mean, trainer.objective.constant_terms(*means)) == (
        "at_best_constant"
    )
    figures = reported_figures(trainer.curve, Windows(20, 1), 5.0)
    # It answers its constant: less than the hard term's own best, but no window gains on it.
    assert figures["train_loss_hard_excess"] > 0.0
    assert figures["train_loss_soft_excess"] > 0.0
    assert figures["train_loss_hard"] is not None


@given(q=st.lists(st.floats(0.0, 0.3), min_size=30, max_size=60), seed=seeds)
@settings(deadline=None, max_examples=25)
def test_a_constant_has_no_excess_over_itself_in_any_window(q: list[float], seed: int) -> None:
    targets = np.asarray(q) + 0.01
    losses = constant_losses(targets)
    curve = [
        {
            "iteration": 0,
            "test_loss": 1.0,
            "train_losses": [],
            "hard_losses": losses.tolist(),
            "hard_targets": targets.tolist(),
        }
    ]
    figures = reported_figures(curve, Windows(5, 1))
    assert figures["train_loss_hard_excess"] == pytest.approx(0.0, abs=1e-12)
    assert figures["train_loss_hard"] <= float(losses.mean()) + 1e-12


def test_a_run_starts_from_the_weights_of_another(volumes: Volumes) -> None:
    parent = Trainer(tiny_config(volumes), volumes)
    list(parent.evaluations())
    weights = weights_of(parent.network)
    config = tiny_config(volumes, start_from=parent.config)
    child = Trainer(config, volumes, start=weights)
    assert child.initial_weights_sha256 == sha256_of(weights)
    first = next(child.evaluations())
    assert first["test_loss"] == parent.curve[-1]["test_loss"]
    assert not child.optimizer.state_dict()["state"]


def test_a_start_without_weights_and_weights_without_a_start_are_refused(volumes: Volumes) -> None:
    config = tiny_config(volumes)
    weights = weights_of(build_network(config))
    with pytest.raises(ConfigError, match="start_from"):
        Trainer(config, volumes, start=weights)
    with pytest.raises(ConfigError, match="start_from"):
        Trainer(config.replaced(start_from=config), volumes)
    with pytest.raises(ConfigError, match="cannot be used"):
        Trainer(config.replaced(start_from=config), volumes, start=b"no weights")


def test_an_unpadded_run_trains_on_the_centre_of_its_tiles(volumes: Volumes) -> None:
    config = tiny_config(volumes, padding="valid", tile=204, iterations=2, eval_every=1)
    trainer = Trainer(config, volumes)
    batch = trainer.stream.batch(0)
    assert batch.images.shape[-2:] == (204, 204)
    assert batch.masks.shape[-2:] == (20, 20)
    list(trainer.evaluations())
    assert trainer.finished
    assert trainer.curve[-1]["train_loss"] > 0.0
