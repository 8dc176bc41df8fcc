"""Pairs that share seeds: one test, the interval that inverts it, and their size and coverage."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from results.statistics.methods.clustered_pairs import (
    CLOSE,
    Pairs,
    clustered_interval,
    clustered_minimum_p,
    clustered_p,
)
from results.statistics.methods.exact_paired import exact_paired_interval
from results.statistics.methods.paired import sign_flip_p
from results.statistics.methods.seed_sums import seed_sums_p


def over(cell: np.ndarray, against: np.ndarray) -> Pairs:
    """Outcomes by init seed, data seed and stratum; a stratum of the other side may be shared."""
    shape = cell.shape
    places = list(product(*map(range, shape)))
    shared = against.shape[2] == 1 < shape[2]
    other = np.broadcast_to(against, shape)
    return Pairs(
        cell=cell.ravel().tolist(),
        against=other.ravel().tolist(),
        runs=(places, [(i, j, 0 if shared else k) for i, j, k in places]),
        kinds={
            "init_seed": [i for i, _, _ in places],
            "data_seed": [i if shape[1] == 1 else j for i, j, _ in places],
        },
    )


def swapped(pairs: Pairs) -> Pairs:
    return Pairs(pairs.against, pairs.cell, (pairs.runs[1], pairs.runs[0]), pairs.kinds)


@st.composite
def pairs_of(draw: st.DrawFn) -> Pairs:
    """Some seeds in some strata, crossed with data seeds or not, with holes."""
    inits, datas, strata = draw(st.integers(1, 9)), draw(st.integers(1, 6)), draw(st.integers(1, 3))
    flags = st.tuples(st.booleans(), st.booleans(), st.integers(0, 9))
    places = list(product(range(inits), range(datas), range(strata)))
    drawn = draw(st.lists(flags, min_size=len(places), max_size=len(places)))
    kept = [(place, one) for place, one in zip(places, drawn, strict=True) if one[2]]
    kept = kept or [(places[0], drawn[0])]
    return Pairs(
        cell=[one[0] for _, one in kept],
        against=[one[1] for _, one in kept],
        runs=([place for place, _ in kept], [place for place, _ in kept]),
        kinds={
            "init_seed": [i for (i, _, _), _ in kept],
            "data_seed": [i if datas == 1 else j for (i, j, _), _ in kept],
        },
    )


@settings(max_examples=80)
@given(pairs_of(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_excludes_0_exactly_where_p_is_below_alpha(
    pairs: Pairs, confidence: float
) -> None:
    p_value, (low, high) = clustered_p(pairs), clustered_interval(pairs, confidence)
    assert (p_value < round(1 - confidence, 12)) == (not low <= 0 <= high)
    assert -1 <= low <= pairs.differences.mean() <= high <= 1
    assert low < high
    assert p_value >= clustered_minimum_p(pairs) - 1e-12


@settings(max_examples=40)
@given(pairs_of())
def test_swapping_the_sides_negates_the_interval_and_keeps_p(pairs: Pairs) -> None:
    back = swapped(pairs)
    assert clustered_p(back) == pytest.approx(clustered_p(pairs), nan_ok=True)
    low, high = clustered_interval(pairs)
    assert clustered_interval(back) == pytest.approx((-high, -low), abs=3 * CLOSE, nan_ok=True)


@pytest.mark.parametrize("seeds", [1, 2, 5, 6, 10, 40])
def test_seeds_that_all_agree_exclude_what_as_many_single_pairs_exclude(seeds: int) -> None:
    none, all_ = np.zeros((seeds, 1, 4), bool), np.ones((seeds, 1, 4), bool)
    saved = over(none, all_)
    assert clustered_p(saved) == min(1, 2 * 0.5**seeds)
    exact = exact_paired_interval(0, seeds, seeds)
    assert clustered_interval(saved) == pytest.approx(exact, abs=3 * CLOSE)
    assert clustered_interval(over(none, none)) == exact_paired_interval(0, 0, seeds)


def test_crossed_units_that_all_agree_are_twice_as_many_pairs() -> None:
    """Each data seed then decides two outcomes, one a side."""
    none, all_ = np.zeros((20, 3, 1), bool), np.ones((20, 3, 1), bool)
    assert clustered_p(over(none, all_)) == 2 * 0.25**3
    but_one = all_.copy()
    but_one[3, 2] = False
    assert clustered_p(over(none, but_one)) >= clustered_p(over(none, all_))


def test_seeds_count_with_their_sums() -> None:
    rng = np.random.default_rng(4)
    cell, against = rng.random((2, 9, 1, 3)) < [[[[0.3]]], [[[0.7]]]]
    sums = (cell.astype(int) - against).sum(axis=(1, 2)).tolist()
    assert clustered_p(over(cell, against)) == seed_sums_p(sums)


def latent(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    shares: tuple[float, float],
    rate: float,
    seeds: np.ndarray | None = None,
) -> np.ndarray:
    """Whether a normal variable is below the rate's quantile: shares of its variance are the init
    seed's (the same in every stratum; given where cells share it) and the data seed's."""
    of_seeds = rng.normal(size=(shape[0], 1, 1)) if seeds is None else seeds
    of_data = rng.normal(size=(1, shape[1], 1))
    own = rng.normal(size=shape) * (1 - sum(shares)) ** 0.5
    drawn = of_seeds * shares[0] ** 0.5 + of_data * shares[1] ** 0.5 + own
    return drawn < norm.ppf(rate)


SIMULATED = 400
MOST = 0.05 + 2 * (0.05 * 0.95 / SIMULATED) ** 0.5


def rejected(found: Iterator[Pairs]) -> float:
    return float(np.mean([clustered_p(next(found)) < 0.05 for _ in range(SIMULATED)]))


@pytest.mark.parametrize("datas", [2, 3, 5])
@pytest.mark.parametrize("shares", [(0.0, 1.0), (0.4, 0.2), (0.4, 0.4)])
def test_crossed_seeds_keep_their_level_whichever_seed_decides(
    shares: tuple[float, float], datas: int
) -> None:
    """Flips of init seeds alone reject a true hypothesis in 15 to 75%."""
    rng = np.random.default_rng(7)

    def drawn() -> Iterator[Pairs]:
        while True:
            yield over(*(latent(rng, (20, datas, 1), shares, 0.5) for _ in range(2)))

    assert rejected(drawn()) <= MOST
    found = drawn()
    flips = [
        next(found).differences.reshape(20, datas).sum(axis=1).tolist() for _ in range(SIMULATED)
    ]
    assert np.mean([sign_flip_p(sums) < 0.05 for sums in flips]) > 0.1


def test_a_cell_that_stands_against_several_keeps_the_level() -> None:
    """The sum of a seed is lopsided then: flips reject in a tenth and more."""
    rng = np.random.default_rng(8)

    def drawn() -> Iterator[Pairs]:
        while True:
            yield over(
                latent(rng, (20, 1, 7), (0.0, 0.0), 0.1), latent(rng, (20, 1, 1), (0.0, 0.0), 0.1)
            )

    assert rejected(drawn()) <= MOST
    found = drawn()
    flips = [next(found).differences.reshape(20, 7).sum(axis=1).tolist() for _ in range(SIMULATED)]
    assert np.mean([sign_flip_p(sums) < 0.05 for sums in flips]) > 0.1


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
def test_the_interval_over_strata_holds_the_mean_difference(shared: float) -> None:
    """Of rates 0.1 and 0.5 in one of two strata, and no difference in the other."""
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(SIMULATED):
        seeds = rng.normal(size=(20, 1, 1))
        cell, one, other = (
            latent(rng, (20, 1, strata), (shared, 0.0), rate, seeds)
            for strata, rate in ((2, 0.1), (1, 0.5), (1, 0.1))
        )
        against = np.concatenate([one, other], axis=2)
        low, high = clustered_interval(over(cell, against))
        held += low <= -0.2 <= high
    assert held / SIMULATED >= 0.93
