"""Paired rates against published examples, statsmodels, scipy and simulated coverage."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, permutation_test
from statsmodels.stats import contingency_tables

from results.errors import ConfigError
from results.statistics.methods.exact_paired import exact_paired_p
from results.statistics.methods.paired import (
    paired_minimum_p,
    seeds_needed,
    sign_flip_p,
)
from results.statistics.methods.score_statistic import score_variance
from tests.results.statistics.methods.tango import tango_interval

tables = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40)).filter(sum)
"""Pairs with the event in the cell alone, in the other alone, in both or neither."""


@given(tables)
def test_flipping_seeds_with_one_pair_each_is_mcnemar(table: tuple[int, int, int]) -> None:
    b, c, rest = table
    theirs = vars(contingency_tables.mcnemar([[rest, b], [c, 0]], exact=True))["pvalue"]
    assert sign_flip_p([1] * b + [-1] * c + [0] * rest) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("differences", [[3, 2, 1, -1, 0, 2], [1, 1, 1], [-2, -3, -1, -1, -2, -2]])
def test_flipping_seeds_is_the_permutation_test_of_scipy(differences: list[int]) -> None:
    theirs = permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=2 ** len(differences)
    ).pvalue
    assert sign_flip_p(differences) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("alpha", "seeds"), [(0.05, 6), (0.0625, 6), (0.01, 8), (0.5, 3)])
def test_with_fewer_seeds_the_minimum_attainable_p_is_too_large(alpha: float, seeds: int) -> None:
    assert seeds_needed(alpha) == seeds
    assert paired_minimum_p(seeds) < alpha <= paired_minimum_p(seeds - 1)
    for n in (0, 1, seeds - 1, seeds):
        assert paired_minimum_p(n) == pytest.approx(sign_flip_p([1] * n), abs=1e-12)
        assert paired_minimum_p(n) == pytest.approx(exact_paired_p(n, 0, n), abs=1e-9)


@pytest.mark.parametrize(
    ("only_cell", "only_against", "pairs", "confidence", "interval", "decimals"),
    [
        # Tango 1998, section 6.1: soft contact lenses, lower limit of 90%
        (0, 1, 44, 0.90, (-0.096, None), 3),
        # Fagerland, Lydersen & Laake 2017, chapter 8: Cavo et al., Bentur et al.
        (6, 16, 161, 0.95, (-0.1240, -0.0054), 4),
        (1, 7, 21, 0.95, (-0.517, -0.026), 3),
        # scoreci.mp of the R package PropCIs
        (28, 25, 618, 0.90, (-0.0148, 0.0247), 4),
        (20, 60, 1000, 0.95, (-0.0584, -0.0231), 4),
    ],
)
def test_tango_gives_the_published_intervals(
    only_cell: int,
    only_against: int,
    pairs: int,
    confidence: float,
    interval: tuple[float, float | None],
    decimals: int,
) -> None:
    found = tango_interval(only_cell, only_against, pairs, confidence)
    for ours, theirs in zip(found, interval, strict=True):
        assert theirs is None or round(ours, decimals) == theirs


@pytest.mark.parametrize("pairs", [1, 3, 10, 2.5, 40])
def test_where_all_pairs_differ_one_way_the_other_end_has_a_closed_form(pairs: float) -> None:
    square = norm.isf(0.025) ** 2
    low, high = tango_interval(pairs, 0, pairs)
    assert (low, high) == (pytest.approx((pairs - square) / (pairs + square)), 1.0)
    assert tango_interval(0, pairs, pairs) == pytest.approx((-1.0, -low))


def test_tango_gives_the_published_statistic() -> None:
    statistic = (0 - 1 + 44 * 0.1) / math.sqrt(score_variance(0, 1, 44, -0.1))
    assert round(statistic, 3) == 1.709


@given(tables, st.floats(0.5, 0.999))
def test_the_ends_solve_the_score_equation(table: tuple[int, int, int], confidence: float) -> None:
    b, c, rest = table
    pairs = b + c + rest
    quantile = norm.isf((1 - confidence) / 2)
    for end in tango_interval(b, c, pairs, confidence):
        if abs(end) < 1:
            distance = (b - c - pairs * end) ** 2
            variance = score_variance(b, c, pairs, end)
            assert distance == pytest.approx(quantile**2 * variance, rel=1e-6, abs=1e-6)


@given(tables)
def test_swapping_the_sides_negates_the_difference(table: tuple[int, int, int]) -> None:
    b, c, rest = table
    low, high = tango_interval(b, c, b + c + rest)
    assert tango_interval(c, b, b + c + rest) == pytest.approx((-high, -low), abs=1e-12)
    assert -1 <= low <= (b - c) / (b + c + rest) <= high <= 1


@pytest.mark.parametrize("seeds", [10, 20, 40])
def test_simulated_coverage_of_the_difference(seeds: int) -> None:
    """Rates of 0.2 to 0.6, independent within a pair or leaning on each other. The interval is an
    approximation: on average over the rates it covers what it says, and each rate nearly so."""
    rng, simulations, cache = np.random.default_rng(2), 1000, {}
    coverages = []
    for p, q, shared in product((0.2, 0.6), (0.2, 0.4), (0.0, 0.6)):
        chance = rng.random((2, simulations, seeds))
        other = np.where(rng.random(chance.shape[1:]) < shared, chance[0], chance[1])
        mine, theirs = chance[0] < p, other < q
        b, c = (mine & ~theirs).sum(axis=1), (theirs & ~mine).sum(axis=1)
        covered = 0
        for key in zip(b.tolist(), c.tolist(), strict=True):
            if key not in cache:
                cache[key] = tango_interval(*key, seeds)
            low, high = cache[key]
            covered += low <= p - q <= high
        coverages.append(covered / simulations)
    standard_error = math.sqrt(0.95 * 0.05 / simulations)
    assert np.mean(coverages) > 0.95 - standard_error
    assert min(coverages) > 0.92 - 3 * standard_error


def test_nothing_compared_is_unknown_and_nonsense_is_named() -> None:
    assert all(map(math.isnan, tango_interval(0, 0, 0)))
    assert (sign_flip_p([]), sign_flip_p([0, 0])) == (1.0, 1.0)
    assert tango_interval(10, 0, 10)[1] == 1.0
    with pytest.raises(ConfigError, match="discordant"):
        tango_interval(6, 5, 10)
