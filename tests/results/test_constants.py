"""Losses of constant predictions, and whether a constant run is at its objective's best."""

import math
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from results.outcomes import (
    ConstantTerm,
    best_constant,
    constant_detail,
    constant_loss,
    deviance_explained,
)

fractions = st.floats(min_value=0.01, max_value=0.99)
weights = st.floats(min_value=0.1, max_value=50.0)


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def objective(p: float, q: float, w: float) -> float:
    return 2.0 * (w * q * -math.log(p) + (1.0 - q) * -math.log(1.0 - p))


def test_the_barrier_of_5_31_percent_foreground() -> None:
    assert round(constant_loss(0.0531), 3) == 0.415


@given(st.floats(min_value=0.0, max_value=1.0))
def test_a_coin_flip_costs_twice_ln_two_whatever_the_fraction(fraction: float) -> None:
    assert constant_loss(fraction, 0.5) == pytest.approx(2.0 * math.log(2.0), rel=1e-12)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_certainty_that_is_right_costs_nothing(fraction: float) -> None:
    assert constant_loss(fraction) == 0.0


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_certainty_that_is_sometimes_wrong_costs_infinitely(probability: float) -> None:
    assert constant_loss(0.5, probability) == math.inf


@given(fractions, st.floats(min_value=0.001, max_value=0.999))
def test_no_other_constant_beats_the_fraction(fraction: float, probability: float) -> None:
    assert constant_loss(fraction) <= constant_loss(fraction, probability) * (1.0 + 1e-12)


def test_deviance_explained_of_perfect_constant_and_worse() -> None:
    assert [deviance_explained(loss, 0.4) for loss in (0.0, 0.4, 0.8)] == [1.0, 0.0, -1.0]


@given(fractions, weights)
def test_the_best_constant_is_what_a_minimiser_finds(q: float, w: float) -> None:
    found = cast(
        Any,
        minimize_scalar(
            objective, bounds=(0.0, 1.0), args=(q, w), method="bounded", options={"xatol": 1e-10}
        ),
    )
    # A minimiser sees an objective only to its rounding: x to about the root of that.
    assert best_constant(q, w) == pytest.approx(found.x, abs=1e-6)


@given(fractions)
def test_a_hard_run_is_at_its_best_at_the_logit_of_the_fraction(q: float) -> None:
    assert constant_detail(logit(q), [ConstantTerm(q)]) == "at_best_constant"


@given(fractions, weights)
def test_class_weights_move_the_best_logit_by_their_logarithm(q: float, w: float) -> None:
    best = logit(q) + math.log(w)
    detail = constant_detail(best, [ConstantTerm(q, foreground_weight=w)])
    assert detail == "at_best_constant"


@given(fractions, st.floats(min_value=0.5, max_value=20.0))
def test_soft_labels_have_their_best_logit_at_t_times_that_of_the_mean(q: float, t: float) -> None:
    detail = constant_detail(t * logit(q), [ConstantTerm(q, temperature=t)])
    assert detail == "at_best_constant"


def test_the_hard_best_is_elsewhere_for_the_weighted_objective() -> None:
    assert constant_detail(logit(0.05), [ConstantTerm(0.05)]) == "at_best_constant"
    weighted = constant_detail(logit(0.05), [ConstantTerm(0.05, foreground_weight=19.0)])
    assert weighted == "elsewhere"


def test_the_hard_best_is_elsewhere_for_the_soft_objective() -> None:
    soft = constant_detail(logit(0.3), [ConstantTerm(0.3, temperature=5.0)])
    assert soft == "elsewhere"


@pytest.mark.parametrize(("q", "w", "t"), [(0.05, 1.0, 1.0), (0.05, 19.0, 1.0), (0.3, 1.0, 5.0)])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_one_percent_of_excess_loss_is_the_boundary(
    q: float, w: float, t: float, side: float
) -> None:
    best = logit(w * q / (w * q + 1.0 - q))
    lowest = objective(1.0 / (1.0 + math.exp(-best)), q, w)

    def beyond(distance: float) -> float:
        return objective(1.0 / (1.0 + math.exp(-best - side * distance)), q, w) - 1.01 * lowest

    distance = cast(float, brentq(beyond, 0.0, 10.0))
    inside, outside = (t * (best + side * distance * share) for share in (0.999, 1.001))
    settings = {"target_mean": q, "temperature": t, "foreground_weight": w}
    assert constant_detail(inside, [ConstantTerm(**settings)]) == "at_best_constant"
    assert constant_detail(outside, [ConstantTerm(**settings)]) == "elsewhere"


@pytest.mark.parametrize("far", [-1e6, -710.0, 710.0, 1e6])
def test_a_logit_beyond_the_range_of_exp_is_elsewhere(far: float) -> None:
    assert constant_detail(far, [ConstantTerm(0.05)]) == "elsewhere"
