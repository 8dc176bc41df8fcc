"""Intervals that allow for the looks which are taken: their coverage by simulation and by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from results.errors import ConfigError
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.planned_looks import (
    PlannedLooks,
    calibrated_level,
    coverage,
    lowest_coverage,
)

CASES = [(0.4, 5, 5, 100, 7), (0.4, 5, 5, 30, 7), (0.5, 2, 5, 60, 2), (0.3, 10, 5, 43, 1)]
"""Width, first look, step, last look, cells; the last look ends many cells that are still wide."""


def calibrated(width: float, first: int, step: int, most: int, cells: int) -> PlannedLooks:
    level = calibrated_level(width, first, step, most, 0.05 / cells)
    return PlannedLooks(width, first, step, most, level)


@pytest.mark.parametrize("case", CASES)
def test_whatever_the_rate_all_cells_hold_theirs_with_95_percent(
    case: tuple[float, int, int, int, int],
) -> None:
    plan, alpha = calibrated(*case), 0.05 / case[-1]
    held, _ = coverage(plan, np.linspace(0, 1, 3001))
    assert held.min() >= 1 - alpha
    assert held.min() < 1 - alpha / 2
    assert lowest_coverage(plan) <= held.min() + 1e-9
    assert plan.level > 3 * alpha


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.409, 0.5])
@pytest.mark.parametrize("case", CASES[1:])
def test_the_programme_counts_what_happens_in_simulated_studies(
    case: tuple[float, int, int, int, int], rate: float
) -> None:
    plan, studies = calibrated(*case), 5000
    counts = np.cumsum(np.random.default_rng(5).random((studies, plan.most)) < rate, axis=1)
    held, seeds = [], []
    for path in counts:
        total = next(n for n in plan.totals if plan.stops(int(path[n - 1]), n))
        low, high = plan.interval(int(path[total - 1]), total)
        held.append(low <= rate <= high)
        seeds.append(total)
    exact_held, exact_seeds = coverage(plan, np.array([rate]))
    deviation = math.sqrt(exact_held[0] * (1 - exact_held[0]) / studies)
    assert abs(np.mean(held) - exact_held[0]) <= 4 * deviation + 1e-12
    assert abs(np.mean(seeds) - exact_seeds[0]) <= 4 * np.std(seeds) / math.sqrt(studies) + 0.02


def test_seven_cells_of_a_rate_of_a_half_take_a_third_less() -> None:
    plan = calibrated(*CASES[0])
    half = np.array([0.5])
    assert coverage(plan, half)[1][0] == pytest.approx(53, abs=1)
    assert coverage(replace(plan, level=0.05 / 7), half)[1][0] == pytest.approx(80, abs=1)


def test_a_single_look_is_a_fixed_sample() -> None:
    plan = PlannedLooks(0.4, 10, 5, 10, 0.2)
    rates = np.array([0.0, 0.13, 0.5, 0.77])
    ends = [confidence_sequence(k, 10, 0.2) for k in range(11)]
    expected = [
        sum(binom.pmf(k, 10, p) for k, (low, high) in enumerate(ends) if low <= p <= high)
        for p in rates
    ]
    held, seeds = coverage(plan, rates)
    assert held == pytest.approx(expected)
    assert seeds == pytest.approx(10)


def test_it_stops_at_looks_alone() -> None:
    plan = PlannedLooks(0.2, 5, 5, 43, 0.3)
    assert plan.totals[-2:] == (40, 43)
    assert plan.stops(0, 25)
    assert not plan.stops(0, 26)
    assert not plan.stops(20, 40)
    assert plan.stops(21, 43)
    assert PlannedLooks(0.4, 9, 5, 4, 0.3).totals == (4,)


def test_where_it_may_take_many_seeds_it_is_the_confidence_sequence() -> None:
    assert calibrated_level(0.05, 5, 5, 10_000, 0.01) == 0.01
    assert calibrated_level(0.4, 5, 5, 10_000, 0.05 / 7) == calibrated_level(
        0.4, 5, 5, 200, 0.05 / 7
    )


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"alpha": 1.0}, {"first": 0}, {"step": 0}])
def test_no_looks_are_an_error(wrong: dict[str, float]) -> None:
    given = {"width": 0.4, "first": 5, "step": 5, "most": 100, "alpha": 0.05} | wrong
    with pytest.raises(ConfigError, match="no such looks"):
        calibrated_level(**given)  # pyright: ignore[reportArgumentType]
