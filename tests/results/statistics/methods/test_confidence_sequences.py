"""The confidence sequence against a naive grid, and its coverage where every seed is looked at."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from results.errors import ConfigError
from results.statistics.methods.confidence_sequences import (
    confidence_sequence,
    expected_seeds,
    is_narrow,
)

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
alphas = st.floats(1e-4, 0.5)


def width_of(count: int, total: int, alpha: float) -> float:
    low, high = confidence_sequence(count, total, alpha)
    return high - low


def test_without_seeds_every_rate_is_possible() -> None:
    assert confidence_sequence(0, 0, 0.05) == (0.0, 1.0)


@pytest.mark.parametrize(("count", "total", "alpha"), [(3, 2, 0.05), (-1, 2, 0.05), (1, 2, 1.0)])
def test_what_is_no_count_or_alpha_is_an_error(count: int, total: int, alpha: float) -> None:
    with pytest.raises(ConfigError, match="must be"):
        confidence_sequence(count, total, alpha)


@pytest.mark.parametrize(("count", "total"), [(0, 7), (1, 1), (3, 10), (20, 40), (99, 100)])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 7, 0.3])
def test_it_is_where_the_posterior_has_alpha_times_the_prior(
    count: int, total: int, alpha: float
) -> None:
    """A uniform prior has density 1, its posterior is a beta distribution."""
    grid = np.linspace(0.0, 1.0, 200_001)
    inside = grid[beta.pdf(grid, 1 + count, 1 + total - count) >= alpha]
    low, high = confidence_sequence(count, total, alpha)
    step = grid[1]
    assert inside[0] - step <= low <= inside[0]
    assert inside[-1] <= high <= inside[-1] + step


@pytest.mark.parametrize(("total", "alpha"), [(1, 0.05), (20, 0.01), (10_000, 0.05)])
def test_without_a_fall_the_high_end_has_a_closed_form(total: int, alpha: float) -> None:
    """(n + 1) (1 - p)^n = alpha."""
    high = 1.0 - (alpha / (total + 1)) ** (1 / total)
    assert confidence_sequence(0, total, alpha) == pytest.approx((0.0, high), abs=1e-9)


@given(counts, alphas)
def test_it_holds_the_rate_and_mirrors_with_the_count(case: tuple[int, int], alpha: float) -> None:
    count, total = case
    low, high = confidence_sequence(count, total, alpha)
    assert 0.0 <= low <= count / total <= high <= 1.0
    mirrored = confidence_sequence(total - count, total, alpha)
    assert mirrored == pytest.approx((1.0 - high, 1.0 - low), abs=1e-12)


@given(counts, alphas, alphas)
def test_more_alpha_is_narrower(case: tuple[int, int], one: float, other: float) -> None:
    strict, loose = sorted((one, other))
    wide, narrow = confidence_sequence(*case, strict), confidence_sequence(*case, loose)
    assert wide[0] <= narrow[0] + 1e-9
    assert narrow[1] <= wide[1] + 1e-9


@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3, 0.5])
def test_looking_after_every_seed_it_is_wrong_in_at_most_alpha_of_the_studies(
    rate: float, alpha: float
) -> None:
    rng, studies, seeds = np.random.default_rng(1), 2000, 100
    counts = np.cumsum(rng.random((studies, seeds)) < rate, axis=1)
    wrong = np.zeros(studies, dtype=bool)
    for total in range(1, seeds + 1):
        intervals = np.array([confidence_sequence(k, total, alpha) for k in range(total + 1)])
        low, high = intervals[counts[:, total - 1]].T
        wrong |= (rate < low) | (high < rate)
    standard_error = math.sqrt(alpha * (1 - alpha) / studies)
    assert wrong.mean() <= alpha + 3 * standard_error
    assert wrong.any()


def simulated_seeds(
    rate: float, width: float, alpha: float, max_seeds: int, first: int, step: int
) -> tuple[float, float]:
    """Mean and its standard error over 4,000 studies."""
    rng = np.random.default_rng(2)
    totals = []
    for fell in rng.random((4000, max_seeds)) < rate:
        total = min(first, max_seeds)
        while total < max_seeds and not is_narrow(int(fell[:total].sum()), total, alpha, width):
            total = min(total + step, max_seeds)
        totals.append(total)
    return float(np.mean(totals)), float(np.std(totals) / math.sqrt(len(totals)))


@pytest.mark.parametrize(
    ("rate", "first", "step"), [(0.1, 1, 1), (0.1, 3, 5), (0.3, 5, 5), (0.5, 10, 7)]
)
def test_expected_seeds_are_those_of_simulated_studies(rate: float, first: int, step: int) -> None:
    mean, standard_error = simulated_seeds(rate, 0.5, 0.05, 60, first, step)
    exact = expected_seeds(rate, 0.5, 0.05, 60, first=first, step=step)
    assert abs(exact - mean) < 4 * standard_error


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_where_chance_plays_no_part_the_expected_seeds_are_those(rate: float) -> None:
    needed = next(n for n in range(1, 100) if width_of(0, n, 0.05) < 0.4)
    assert expected_seeds(rate, 0.4, 0.05, 100) == needed


def test_seeds_that_are_seen_count_and_say_the_rate() -> None:
    """Over the posterior: the mean over rates that are drawn from it."""
    exact = expected_seeds(None, 0.5, 0.05, 60, first=5, step=5, seen=(2, 5))
    rates = beta.ppf((np.arange(400) + 0.5) / 400, 1 + 2, 1 + 3)
    each = [expected_seeds(p, 0.5, 0.05, 60, first=5, step=5, seen=(2, 5)) for p in rates]
    assert exact == pytest.approx(np.mean(each), abs=0.05)


def test_a_sequence_that_is_narrow_already_needs_no_more() -> None:
    assert expected_seeds(0.5, 0.5, 0.05, 100, seen=(0, 40)) == 40


def test_it_ends_at_the_most_seeds() -> None:
    assert expected_seeds(0.5, 0.01, 0.05, 30) == 30
    assert expected_seeds(0.5, 0.01, 0.05, 30, first=20, step=7) == 30
