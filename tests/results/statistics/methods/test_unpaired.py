"""Rates of cells without a seed in common."""

import pytest

from results.statistics.methods.clustered import shares_of
from results.statistics.methods.unpaired import boschloo_p, newcombe_interval, unpaired_minimum_p


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
    assert smallest == pytest.approx(boschloo_p(seeds, seeds, 0, others), abs=1e-4)
