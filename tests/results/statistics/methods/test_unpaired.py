"""Rates of cells without a seed in common."""

from itertools import combinations

import numpy as np
import pytest

from results.statistics.methods.exact_unpaired import exact_unpaired_p
from results.statistics.methods.seed_shares import Shares, shares_of
from results.statistics.methods.unpaired import (
    newcombe_interval,
    seeds_permuted_p,
    unpaired_minimum_p,
)


def test_newcombe_gives_the_published_interval() -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10, 56 of 70 and 48 of 80."""
    low, high = newcombe_interval(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


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
    assert seeds_permuted_p(*sides) == pytest.approx(expected)
    assert seeds_permuted_p(*sides[::-1]) == pytest.approx(expected)
    assert expected >= unpaired_minimum_p(*sides, clustered=True) - 1e-9
