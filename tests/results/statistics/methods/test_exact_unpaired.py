"""The exact test of two independent rates, and that its interval never contradicts it."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from results.errors import ConfigError
from results.statistics.methods.exact_unpaired import (
    exact_unpaired_interval,
    exact_unpaired_p,
    larger_p,
    restricted_rate,
)

RATES = np.linspace(0.0, 1.0, 2001)


def naive_p(count: int, total: int, other_count: int, other_total: int) -> float:
    """Every table, every rate of a fine grid; equal rates; ties are as extreme."""

    def statistic(x: int, y: int) -> float:
        pooled = (x + y) / (total + other_total)
        variance = pooled * (1 - pooled) * (1 / total + 1 / other_total)
        return (x / total - y / other_total) / variance**0.5 if variance else 0.0

    observed = statistic(count, other_count)
    sides = []
    for sign in (1, -1):
        chance = np.zeros(len(RATES))
        for x, y in product(range(total + 1), range(other_total + 1)):
            if sign * statistic(x, y) >= sign * observed - 1e-9:
                chance += binom.pmf(x, total, RATES) * binom.pmf(y, other_total, RATES)
        sides.append(chance.max())
    return min(1.0, 2 * min(sides))


@pytest.mark.parametrize(("total", "other_total"), [(1, 1), (3, 3), (5, 2), (4, 9)])
def test_p_is_that_of_every_table_and_rate(total: int, other_total: int) -> None:
    for x, y in product(range(total + 1), range(other_total + 1)):
        expected = naive_p(x, total, y, other_total)
        assert exact_unpaired_p(x, total, y, other_total) == pytest.approx(expected, rel=1e-5)


def test_p_is_the_published_one() -> None:
    """7 of 15 against 12 of 15, one-sided 0.0341 with the pooled variance (Mehta and Senchaudhuri
    2003, Conditional versus unconditional exact tests for comparing two binomials)."""
    assert exact_unpaired_p(7, 15, 12, 15) == pytest.approx(2 * 0.0341, abs=1e-4)


@pytest.mark.parametrize(("total", "other_total"), [(1, 1), (2, 3), (6, 4)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_excludes_0_exactly_where_the_test_rejects(
    total: int, other_total: int, confidence: float
) -> None:
    for x, y in product(range(total + 1), range(other_total + 1)):
        low, high = exact_unpaired_interval(x, total, y, other_total, confidence)
        p_value = exact_unpaired_p(x, total, y, other_total)
        assert (p_value < 1 - confidence) == (low > 0 or high < 0), (x, y)
        assert low <= x / total - y / other_total <= high
        swapped = exact_unpaired_interval(y, other_total, x, total, confidence)
        assert swapped == pytest.approx((-high, -low), abs=2e-6)


@pytest.mark.parametrize(("total", "other_total"), [(4, 4), (6, 3)])
def test_it_covers_the_true_difference_as_often_as_it_says(total: int, other_total: int) -> None:
    tables = list(product(range(total + 1), range(other_total + 1)))
    ends = np.array([exact_unpaired_interval(x, total, y, other_total) for x, y in tables])
    rates = np.linspace(0.02, 0.98, 25)
    for rate, other_rate in product(rates, rates):
        counts, others = np.array(tables).T
        chances = binom.pmf(counts, total, rate) * binom.pmf(others, other_total, other_rate)
        difference = rate - other_rate
        covered = (ends[:, 0] <= difference) & (difference <= ends[:, 1])
        assert chances @ covered >= 0.95 - 1e-9, (rate, other_rate)


def test_the_restricted_rates_are_the_likeliest_that_differ_so() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        total, other_total = (int(n) for n in rng.integers(1, 30, 2))
        x, y = int(rng.integers(total + 1)), int(rng.integers(other_total + 1))
        difference = float(rng.uniform(-0.95, 0.95))
        low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
        grid = np.linspace(low + 1e-6, high - 1e-6, 3001)

        def likelihood(rate: np.ndarray, x=x, y=y, m=total, n=other_total, d=difference):
            return binom.logpmf(x, m, rate + d) + binom.logpmf(y, n, rate)

        found = restricted_rate(np.array(x), total, np.array(y), other_total, difference)
        found = np.clip(found, grid[0], grid[-1])
        assert likelihood(found) >= likelihood(grid).max() - 1e-3


@pytest.mark.parametrize("table", [(3, 10, 1, 10), (8, 12, 2, 7), (30, 60, 12, 50)])
def test_every_difference_beyond_an_end_is_rejected(table: tuple[int, int, int, int]) -> None:
    """Although p does not rise all the way where the cells have unlike numbers of runs."""
    low, _ = exact_unpaired_interval(*table)
    beyond = np.linspace(-0.99 if low < 0 else 0.01 * low, low - 1e-6, 150)
    assert all(larger_p(*table, float(d)) < 0.025 for d in beyond)
    assert larger_p(*table, low + 2e-6) >= 0.025


def test_wrong_counts_are_named() -> None:
    with pytest.raises(ConfigError, match="5 of 4: must be at least 0 and no more than all"):
        exact_unpaired_p(5, 4, 0, 4)
    assert exact_unpaired_p(0, 0, 1, 4) == 1.0
    assert all(map(np.isnan, exact_unpaired_interval(0, 0, 1, 4)))
