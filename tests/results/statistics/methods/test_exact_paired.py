"""The exact paired test against published values, a naive oracle, and every table there is."""

import math
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import multinomial
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.methods.exact_paired import (
    exact_paired_interval,
    exact_paired_p,
    more_p,
)
from results.statistics.methods.paired import sign_flip_p
from results.statistics.methods.score_statistic import least_counts, score_statistic
from tests.results.statistics.methods.tango import tango_interval

tables = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 10)).filter(sum)
"""Pairs with the event in the cell alone, in the other alone, in both or neither."""


def every_table(pairs: int) -> list[tuple[int, int]]:
    return [(b, c) for b in range(pairs + 1) for c in range(pairs + 1 - b)]


@pytest.mark.parametrize(
    ("only_cell", "only_against", "pairs", "p_value", "decimals"),
    [
        # Fagerland, Lydersen & Laake 2013 (BMC Medical Research Methodology 13:91): Bentur et al.,
        # Cavo et al., without Berger & Boos' restriction
        (1, 7, 21, 0.0353, 4),
        (6, 16, 161, 0.0342, 4),
        # five of twenty and none the other way: McNemar's conditional test cannot reach 5%
        (5, 0, 20, 0.041, 3),
    ],
)
def test_published_p_values(
    only_cell: int, only_against: int, pairs: int, p_value: float, decimals: int
) -> None:
    assert round(exact_paired_p(only_cell, only_against, pairs), decimals) == p_value
    assert exact_paired_p(only_cell, only_against, pairs) < sign_flip_p(
        [1] * only_cell + [-1] * only_against
    )


@lru_cache
def naive_statistic(b: int, c: int, pairs: int, difference: float) -> float:
    """The score statistic with a restricted maximum that is searched for."""
    distance = b - c - pairs * difference
    if abs(distance) < 1e-9:
        return 0.0
    floor, ceiling = max(0.0, -difference), (1 - difference) / 2

    def unlikely(alone: float) -> float:
        shares = (alone + difference, alone, max(0.0, 1 - 2 * alone - difference))
        return -sum(xlogy(n, p) for n, p in zip((b, c, pairs - b - c), shares, strict=True))

    found: Any = minimize_scalar(unlikely, bounds=(floor, ceiling), options={"xatol": 1e-12})
    alone = min((floor, found.x, ceiling), key=unlikely)
    variance = pairs * (2 * alone + difference * (1 - difference))
    return math.copysign(math.inf, distance) if variance < 1e-9 else distance / variance**0.5


def naive_p(b: int, c: int, pairs: int, difference: float, spread: int = 801) -> float:
    """Every table's probability at every share of a fine grid that the table does not exclude."""
    observed = naive_statistic(b, c, pairs, difference)
    extreme = [
        (x, y, pairs - x - y)
        for x, y in every_table(pairs)
        if naive_statistic(x, y, pairs, difference) >= observed - 1e-6
    ]
    low, high, added = 0.0, 1.0, 0.0
    if difference:
        added = 1e-6
        low, high = np.asarray(proportion_confint(b + c, pairs, alpha=added, method="beta"))
    if high < abs(difference):
        return added
    shares = np.linspace(max(low, abs(difference)), high, spread)
    alone = np.maximum(0.0, np.stack([shares + difference, shares - difference], axis=1) / 2)
    whole = np.column_stack([alone, np.maximum(0.0, 1 - alone.sum(axis=1))])
    chances = multinomial.pmf(np.array(extreme)[None], pairs, whole[:, None])
    return float(np.asarray(chances).sum(axis=1).max()) + added


@pytest.mark.parametrize("pairs", [1, 2, 5, 9])
def test_the_statistic_is_that_of_a_search_for_the_restricted_maximum(pairs: int) -> None:
    for difference in (-1.0, -0.6, -0.1, 0.0, 0.3, 1.0):
        for b, c in every_table(pairs):
            ours = float(score_statistic(b, c, pairs, difference))
            theirs = naive_statistic(b, c, pairs, difference)
            assert ours == pytest.approx(theirs, abs=1e-5), (b, c, difference)


@pytest.mark.parametrize("pairs", [1, 3, 8])
def test_the_p_value_is_the_naive_one(pairs: int) -> None:
    for b, c in every_table(pairs):
        for difference in (-0.5, -0.05, 0.0, 0.2):
            found = more_p(b, c, pairs, difference)
            naive = naive_p(b, c, pairs, difference)
            assert naive - 2e-6 <= found <= naive + 2e-5, (b, c, difference)


@pytest.mark.parametrize("difference", [-0.3, 0.0, 0.1])
@pytest.mark.parametrize("pairs", [1, 6, 17])
def test_least_counts_are_those_of_a_search_through_all(pairs: int, difference: float) -> None:
    for bound in (-1.0, 0.0, 1.3, 2.5):
        for k, least in enumerate(least_counts(pairs, difference, bound).tolist()):
            statistics = score_statistic(np.arange(k + 1), k - np.arange(k + 1), pairs, difference)
            assert np.all(np.diff(statistics) > 0)
            assert least == k + 1 - np.sum(statistics >= bound)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("pairs", [1, 2, 6, 9, 12])
def test_test_and_interval_never_contradict_each_other(pairs: int, confidence: float) -> None:
    alpha = round(1 - confidence, 9)
    for b, c in every_table(pairs):
        low, high = exact_paired_interval(b, c, pairs, confidence)
        assert -1 <= low <= (b - c) / pairs <= high <= 1
        assert (exact_paired_p(b, c, pairs) < alpha) == (not low <= 0 <= high), (b, c)
        swapped = exact_paired_interval(c, b, pairs, confidence)
        assert swapped == pytest.approx((-high, -low), abs=1e-12)
        assert exact_paired_p(b, c, pairs) == exact_paired_p(c, b, pairs)


@settings(max_examples=25)
@given(tables)
def test_the_interval_holds_what_is_not_rejected(table: tuple[int, int, int]) -> None:
    b, c, rest = table
    pairs = b + c + rest
    low, high = exact_paired_interval(b, c, pairs)
    for difference in np.linspace(-1, 1, 41):
        rejected = min(more_p(b, c, pairs, difference), more_p(c, b, pairs, -difference)) < 0.025
        assert rejected == (not low <= difference <= high), difference


@settings(max_examples=25)
@given(tables)
def test_a_seed_that_changes_sides_moves_everything_one_way(table: tuple[int, int, int]) -> None:
    b, c, rest = table
    pairs = b + c + rest
    if c:
        low, high = exact_paired_interval(b, c, pairs)
        further = exact_paired_interval(b + 1, c - 1, pairs)
        assert further[0] >= low
        assert further[1] >= high
        if b >= c:
            assert exact_paired_p(b + 1, c - 1, pairs) <= exact_paired_p(b, c, pairs)


@pytest.mark.parametrize("pairs", [2, 6, 10, 20])
def test_coverage_is_at_least_what_it_says_for_all_rates(pairs: int) -> None:
    """By enumeration of all tables, over differences and shares of pairs that differ."""
    counts = np.array([(b, c, pairs - b - c) for b, c in every_table(pairs)])
    ends = np.array([exact_paired_interval(b, c, pairs) for b, c in every_table(pairs)])
    for difference in np.linspace(0, 0.98, 50):
        shares = np.linspace(difference, 1.0, 60)
        alone = np.stack([shares + difference, shares - difference], axis=1) / 2
        whole = np.column_stack([alone, np.maximum(0.0, 1 - alone.sum(axis=1))])
        chances = np.asarray(multinomial.pmf(counts[None], pairs, whole[:, None]))
        covered = chances @ ((ends[:, 0] <= difference) & (difference <= ends[:, 1]))
        assert covered.min() >= 0.95 - 1e-9


def test_many_pairs_are_the_same_test() -> None:
    """The ends are near Tango's approximation."""
    for b, c, pairs in ((60, 30, 1000), (2, 0, 200), (300, 200, 1000)):
        approximate = tango_interval(b, c, pairs)
        assert exact_paired_interval(b, c, pairs) == pytest.approx(approximate, abs=0.01)
        assert (exact_paired_p(b, c, pairs) < 0.05) == (approximate[0] > 0)


def test_nothing_compared_is_unknown_and_nonsense_is_named() -> None:
    assert all(map(math.isnan, exact_paired_interval(0, 0, 0)))
    assert [exact_paired_p(*table) for table in ((0, 0, 0), (0, 0, 9), (2, 2, 5))] == [1.0] * 3
    with pytest.raises(ConfigError, match="discordant"):
        exact_paired_p(6, 5, 10)
    with pytest.raises(ConfigError, match="discordant"):
        exact_paired_interval(-1, 5, 10)
    for b, c in product((0, 3), (0, 3)):
        low, high = exact_paired_interval(b, c, 6, 0.5)
        assert low < high
