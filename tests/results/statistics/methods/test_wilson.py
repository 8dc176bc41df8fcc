"""Wilson's interval against the closed formula and published values; when a cell has one."""

import math
from statistics import NormalDist

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics.methods.clustered import effective_wilson
from results.statistics.methods.intervals import proportion_interval as wilson
from results.statistics.methods.seed_shares import shares_of
from results.statistics.rates import Rate, cell_rate

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def closed_formula(count: int, total: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    p = count / total
    middle = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return middle - half, middle + half


@given(counts)
def test_wilson_is_the_closed_formula(case: tuple[int, int]) -> None:
    assert wilson(*case) == pytest.approx(closed_formula(*case), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("count", "total", "interval"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_gives_the_values_of_newcombe_1998_table_1(
    count: int, total: int, interval: tuple[float, float]
) -> None:
    low, high = wilson(count, total)
    assert (round(low, 4), round(high, 4)) == interval


def test_none_of_nine_still_allows_thirty_percent() -> None:
    assert round(wilson(0, 9)[1], 2) == 0.30


def rate_of(fallen: int, seeds: list[int]) -> Rate:
    return cell_rate(pd.Series([k < fallen for k in range(len(seeds))]), pd.Series(seeds))


def test_ten_distinct_seeds_have_an_interval_and_nine_have_none() -> None:
    assert rate_of(3, list(range(10))) == Rate(3, 10, wilson(3, 10))
    assert rate_of(3, list(range(9))) == Rate(3, 9, None)


def test_crossed_seeds_have_no_wilson_interval_over_their_runs() -> None:
    seeds = [*range(10), 0]
    clustered = effective_wilson(shares_of([k < 3 for k in range(11)], seeds))
    assert rate_of(3, seeds) == Rate(3, 11, clustered.ends)
    low, high = wilson(3, 11)
    assert clustered.low < low < high < clustered.high


def test_a_rate_reads_as_a_count_with_whole_percents() -> None:
    assert str(Rate(3, 10, (0.1078, 0.6032))) == "3 of 10 (11-60%)"
    assert str(Rate(3, 9, None)) == "3 of 9"
