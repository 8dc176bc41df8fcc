"""Rates of cells without a seed in common."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.statistics.methods.exact_unpaired import exact_unpaired_p
from results.statistics.methods.seed_shares import Shares, shares_of
from results.statistics.methods.unpaired import (
    seeds_permuted,
    turns,
    unpaired_minimum_p,
)


@pytest.mark.parametrize(("seeds", "others"), [(1, 1), (2, 3), (4, 4), (10, 5)])
def test_the_minimum_attainable_p_is_that_of_the_most_extreme_table(
    seeds: int, others: int
) -> None:
    sides = shares_of([True] * seeds, range(seeds)), shares_of([False] * others, range(others))
    smallest = unpaired_minimum_p(*sides, clustered=False)
    every = [
        exact_unpaired_p(a, seeds, b, others) for a in range(seeds + 1) for b in range(others + 1)
    ]
    assert smallest == pytest.approx(min(every))


@pytest.mark.parametrize(
    ("happened", "others"),
    [
        ((3,), (0, 1, 2, 0)),
        ((1,), (0, 1, 2, 3)),
        ((0,), (3,)),
        ((2, 3), (0, 1, 1)),
        ((0, 0), (3,)),
        ((0,), (3, 3, 3)),
    ],
)
def test_permuted_seeds_are_all_arrangements_even_of_a_single_seed(
    happened: tuple[int, ...], others: tuple[int, ...]
) -> None:
    sides = Shares(happened, (3,) * len(happened)), Shares(others, (3,) * len(others))
    counts, size = np.array([*happened, *others]), len(happened)
    every = [
        counts[list(chosen)].mean() - np.delete(counts, list(chosen)).mean()
        for chosen in combinations(range(len(counts)), size)
    ]
    observed = np.mean(happened) - np.mean(others)
    tails = np.mean(every <= observed + 1e-9), np.mean(every >= observed - 1e-9)
    expected = min(1.0, 2 * min(tails))
    assert seeds_permuted(sides[0], sides[1])[0] == pytest.approx(expected)
    assert seeds_permuted(sides[1], sides[0])[0] == pytest.approx(expected)
    assert expected >= unpaired_minimum_p(*sides, clustered=True) - 1e-9


def shares_of_seeds(most: int) -> st.SearchStrategy[Shares]:
    """Several seeds of three runs each."""
    counts = st.lists(st.integers(0, 3), min_size=1, max_size=most)
    return counts.map(lambda happened: Shares(tuple(happened), (3,) * len(happened)))


@settings(max_examples=40, deadline=None)
# With a guarding seed a side these are 3,432 arrangements at the most: all are looked at. Of more a
# sample is drawn, whose mirror image is another sample.
@given(shares_of_seeds(6), shares_of_seeds(6), st.sampled_from([0.8, 0.95]))
def test_the_interval_of_permuted_seeds_excludes_0_exactly_where_the_test_rejects_it(
    cell: Shares, against: Shares, confidence: float
) -> None:
    p_value, (low, high) = seeds_permuted(cell, against, confidence)
    assert (low <= 0.0 <= high) == (p_value >= round(1 - confidence, 12))
    estimate = cell.count / cell.total - against.count / against.total
    assert -1.0 <= low <= estimate + 1e-9
    assert estimate - 1e-9 <= high <= 1.0
    mirrored, (other_low, other_high) = seeds_permuted(against, cell, confidence)
    assert (mirrored, -other_high, -other_low) == pytest.approx((p_value, low, high))


@settings(max_examples=25, deadline=None)
@given(shares_of_seeds(6), shares_of_seeds(5), st.integers(-97, 97))
def test_a_difference_is_tested_by_taking_it_from_the_shares_first(
    cell: Shares, against: Shares, hundredths: int
) -> None:
    own, others = (np.array(side.happened) / 3 for side in (cell, against))
    difference = hundredths / 100
    p_value = turns(own, others).p_value(difference)
    every = np.concatenate([own - difference, others])
    observed = every[: len(own)].mean() - others.mean()
    found = []
    for chosen in combinations(range(len(every)), len(own)):
        rest = np.delete(every, list(chosen))
        found.append(every[list(chosen)].mean() - rest.mean())
    tails = np.mean(np.array(found) <= observed + 1e-9), np.mean(np.array(found) >= observed - 1e-9)
    assert p_value == pytest.approx(min(1.0, 2 * min(tails)))
    low, high = turns(own, others).interval(0.05)
    assert (low <= difference <= high) == (p_value >= 0.05)


def test_seeds_that_all_do_the_same_leave_an_interval_as_wide_as_so_many_runs_would() -> None:
    never = Shares((0,) * 10, (3,) * 10)
    _, (low, high) = seeds_permuted(never, never)
    assert -0.45 < low < -0.2
    assert 0.2 < high < 0.45
    always = Shares((3,) * 10, (3,) * 10)
    p_value, (low, high) = seeds_permuted(always, never)
    assert p_value < 0.001
    assert 0.4 < low < 0.85
    assert high == 1.0
