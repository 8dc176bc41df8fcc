"""Contrasts whose runs share seeds with others: data seeds that are crossed with init seeds."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.statistics.comparing.comparisons import compare
from results.statistics.methods.exact_paired import exact_paired_interval
from results.statistics.methods.paired import sign_flip_p
from tests.results.statistics.contrasted import KEPT, NORM, crossed, only, same, two
from tests.results.statistics.methods.tango import tango_interval

flags = st.lists(st.booleans(), min_size=1, max_size=12)


def test_crossed_seeds_are_pairs_clustered_by_init_seed_and_by_data_seed() -> None:
    """Saved with three of five data seeds: every init seed says so, and data order may be all."""
    mine, theirs = [[False] * 3 + [True] * 2] * 12, [[True] * 5] * 12
    row = only(compare(two(crossed(mine), crossed(theirs)), [NORM]))
    assert (row["design"], row["seeds"], row["pairs"]) == ("paired, clustered", 12, 60)
    assert row["units"] == "12 seeds x 5 data seeds"
    assert sign_flip_p([-3] * 12) < 0.001
    assert row["p_value"] > 0.05
    assert row["low"] < row["difference"] < 0 <= row["high"]
    assert (row["verdict"], row["reason"]) == ("inconclusive", "")


def test_two_crossed_data_seeds_can_decide_nothing_and_three_hardly() -> None:
    def saved(datas: int) -> dict[str, Any]:
        sides = ([[fell] * datas] * 12 for fell in (False, True))
        return only(compare(two(*map(crossed, sides)), [NORM]))

    two_, three = saved(2), saved(3)
    assert (two_["difference"], two_["units"]) == (-1, "12 seeds x 2 data seeds")
    assert (two_["verdict"], two_["reason"], two_["minimum_p"]) == ("underpowered", "seeds", 2 / 16)
    assert two_["low"] < 0 < two_["high"]
    assert (three["verdict"], three["p_value"]) == ("different", 2 / 64)


def test_crossed_seeds_that_are_not_shared_are_permuted_as_a_whole() -> None:
    theirs = {(init + 10, data): True for init in range(2) for data in range(9)}
    row = only(compare(two(crossed([[False] * 9] * 2), theirs), [NORM]))
    assert row["design"] == "unpaired, clustered"
    assert row["p_value"] == pytest.approx(2 / 6)
    assert row["verdict"] == "underpowered"


@settings(max_examples=15)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=9), st.integers(1, 6))
def test_whole_seeds_of_each_side_and_their_interval_never_contradict(
    fell: list[int], cut: int
) -> None:
    """Three runs a seed, of which so many fell; the first seeds are one side's."""
    rows = [[k < number for k in range(3)] for number in fell]
    first = min(cut, len(rows) - 1)
    theirs = {(i + 50, j): one for (i, j), one in crossed(rows[first:]).items()}
    row = only(compare(two(crossed(rows[:first]), theirs), [NORM]))
    assert row["design"] == "unpaired, clustered"
    assert (row["p_value"] < 0.05) == (not row["low"] <= 0 <= row["high"])
    assert row["low"] <= row["difference"] <= row["high"]


def test_a_side_with_a_single_seed_of_several_runs_is_compared() -> None:
    theirs = {(init + 10, data): True for init in range(3) for data in range(2)}
    row = only(compare(two({(0, 0): False, (0, 1): False}, theirs), [NORM]))
    assert (row["design"], row["verdict"], row["reason"]) == (
        "unpaired, clustered",
        "underpowered",
        "seeds",
    )
    assert row["p_value"] == row["minimum_p"] == pytest.approx(2 / 4)


def test_init_seeds_shared_with_other_data_seeds_are_not_independent() -> None:
    theirs = {(seed, seed + 1): True for seed in range(10)}
    row = only(compare(two(same(KEPT), theirs), [NORM]))
    assert (row["design"], row["verdict"], row["reason"]) == ("none", "underpowered", "pairing")
    assert pd.isna(row["p_value"])


@settings(max_examples=8)
@given(flags, flags)
def test_repeating_every_run_with_other_data_seeds_does_not_narrow_the_interval(
    mine: list[bool], theirs: list[bool]
) -> None:
    seeds = min(len(mine), len(theirs))
    sides = [crossed([[one] * 5 for one in side[:seeds]]) for side in (mine, theirs)]
    row = only(compare(two(*sides), [NORM]))
    more, fewer = (row[name] // 5 for name in ("only_cell", "only_against"))
    low, high = tango_interval(more, fewer, seeds)
    if abs(more - fewer) == seeds > 1:  # each unit of the rarer kind decides two outcomes
        least = 2 * min(seeds, 5)
        low, high = exact_paired_interval(least * (more > 0), least * (fewer > 0), least)
    assert row["difference"] == pytest.approx((more - fewer) / seeds)
    if seeds > 1 and more + fewer:
        assert row["low"] <= low + 1e-5
        assert row["high"] >= high - 1e-5
