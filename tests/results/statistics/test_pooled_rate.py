"""The rate over all cells: the seed is the unit, not the run."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.statistics.methods.intervals import proportion_interval as wilson
from results.statistics.rates import Rate, pooled_rate

tables = st.integers(10, 14).flatmap(
    lambda seeds: st.lists(
        st.lists(st.booleans(), min_size=seeds, max_size=seeds), min_size=1, max_size=3
    )
)


def pooled(cells: list[list[bool]]) -> Rate:
    """Of runs given as one list a cell, with one entry a seed."""
    seeds = [seed for cell in cells for seed in range(len(cell))]
    return pooled_rate(pd.Series(np.concatenate(cells)), pd.Series(seeds))


def interval_of(rate: Rate) -> tuple[float, float]:
    assert rate.interval is not None
    return rate.interval


MIXED = [[True, False] * 6, [True, True, False] * 4]


def test_below_ten_seeds_there_is_no_interval_however_many_runs() -> None:
    assert pooled([[True, False, False] * 3] * 5) == Rate(15, 45, None)


def test_seeds_that_agree_in_every_cell_are_counted_once_each() -> None:
    cell = [True] * 4 + [False] * 6
    assert pooled([cell] * 3) == Rate(12, 30, wilson(4, 10))


@pytest.mark.parametrize("fell", [False, True])
def test_unanimous_seeds_still_have_an_interval_with_a_width(fell: bool) -> None:
    low, high = interval_of(pooled([[fell] * 10] * 7))
    assert (low, high) == wilson(10 * fell, 10)
    assert high - low > 0.2


@settings(max_examples=15)
@given(tables)
def test_running_every_cell_twice_does_not_narrow_the_interval(cells: list[list[bool]]) -> None:
    once, twice = pooled(cells), pooled([*cells, *cells])
    assert (twice.count, twice.total) == (2 * once.count, 2 * once.total)
    assert twice.interval == once.interval


@settings(max_examples=15)
@given(tables)
def test_the_interval_holds_the_rate_and_lies_in_the_unit_interval(
    cells: list[list[bool]],
) -> None:
    rate = pooled(cells)
    low, high = interval_of(rate)
    rounding = 1e-12
    assert 0.0 <= low <= rate.count / rate.total + rounding
    assert rate.count / rate.total - rounding <= high <= 1.0


def test_the_same_runs_give_the_same_interval() -> None:
    assert pooled(MIXED) == pooled(MIXED)


@pytest.mark.parametrize("seeds", [10, 20, 40])
@pytest.mark.parametrize("dependence", [0.0, 0.5, 1.0])
def test_simulated_coverage_is_95_percent_whatever_the_seeds_share(
    seeds: int, dependence: float
) -> None:
    """Seven cells; with probability `dependence` a seed does the same in all of them."""
    rng, truth, simulations = np.random.default_rng(1), 0.4, 1000
    covered = 0
    for _ in range(simulations):
        own = rng.random((7, seeds)) < truth
        shared = np.where(rng.random(seeds) < dependence, own[0], own)
        low, high = interval_of(pooled(shared.tolist()))
        covered += low <= truth <= high
    standard_error = math.sqrt(0.95 * 0.05 / simulations)
    assert covered / simulations > 0.95 - 3 * standard_error


def test_one_fall_does_not_promise_less_than_none() -> None:
    none = interval_of(pooled([[False] * 10] * 2))
    one = interval_of(pooled([[False] * 10, [True] + [False] * 9]))
    assert one[1] >= none[1]


def test_the_index_of_the_series_does_not_matter() -> None:
    happened = pd.Series([True, False] * 6, index=range(100, 112))
    assert pooled_rate(happened, pd.Series(range(12))) == Rate(6, 12, wilson(6, 12))
