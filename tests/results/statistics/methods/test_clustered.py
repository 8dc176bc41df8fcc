"""Intervals of runs that share seeds: by effective number and by bootstrap over seeds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.errors import ConfigError
from results.statistics.methods.clustered import (
    CLUSTER_METHODS,
    BootstrapKind,
    bootstrap_interval,
    clustered_interval,
    effective_wilson,
    resampled_ends,
)
from results.statistics.methods.design_effect import design_effect_wilson
from results.statistics.methods.intervals import proportion_interval
from results.statistics.methods.seed_shares import ClusterMethod, shares_of
from results.statistics.rates import pooled_rate

runs = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=40)
Runs = list[tuple[int, bool]]


def sides(table: Runs) -> tuple[list[bool], list[int]]:
    return [flag for _, flag in table], [seed for seed, _ in table]


def test_runs_are_counted_by_seed() -> None:
    shares = shares_of([True, False, True, False], [3, 1, 1, 3])
    assert (shares.happened, shares.runs) == ((1, 1), (2, 2))
    assert shares_of([True] * 4, [0, 0, 0, 1]).effective == 16 / 10


@settings(max_examples=15)
@given(runs, st.sampled_from(CLUSTER_METHODS), st.randoms())
def test_the_order_of_runs_does_not_matter(table: Runs, method: ClusterMethod, random) -> None:
    shuffled = list(table)
    random.shuffle(shuffled)
    found, other = (clustered_interval(shares_of(*sides(t)), method) for t in (table, shuffled))
    assert found == other


@settings(max_examples=15)
@given(runs, st.sampled_from(CLUSTER_METHODS))
def test_the_same_outcomes_in_more_cells_do_not_narrow_the_interval(
    table: Runs, method: ClusterMethod
) -> None:
    once, thrice = (clustered_interval(shares_of(*sides(t)), method) for t in (table, table * 3))
    assert thrice.method == once.method
    assert thrice.ends == pytest.approx(once.ends, abs=1e-12)


@settings(max_examples=15)
@given(runs, st.sampled_from(["percentile", "bca"]))
def test_seeds_that_agree_fall_back_to_the_effective_number(
    table: Runs, kind: BootstrapKind
) -> None:
    flags, seeds = [True] * len(table), [seed for seed, _ in table]
    for outcome in (flags, [not flag for flag in flags]):
        found = bootstrap_interval(shares_of(outcome, seeds), kind)
        assert found == effective_wilson(shares_of(outcome, seeds))
        assert found.high - found.low > 0.1


def test_seeds_that_all_fell_in_one_of_their_cells_fall_back_too() -> None:
    flags, seeds = [True, False, False] * 12, [seed for seed in range(12) for _ in range(3)]
    found = bootstrap_interval(shares_of(flags, seeds))
    assert found.method == "effective_wilson"
    assert found.ends == pytest.approx(proportion_interval(4, 12))


def test_the_percentile_ends_are_those_of_seeds_drawn_one_by_one() -> None:
    rng = np.random.default_rng(5)
    fell, total = rng.integers(0, 4, 20), rng.integers(4, 8, 20)
    drawn = rng.integers(0, 20, (20_000, 20))
    ratios = fell[drawn].sum(axis=1) / total[drawn].sum(axis=1)
    low, high = resampled_ends(fell, total, "percentile", 0.95, 20_000, 0)
    monte_carlo = 0.004
    assert (low, high) == pytest.approx(np.quantile(ratios, [0.025, 0.975]), abs=monte_carlo)


def test_all_are_selectable_and_the_default_is_the_design_effect() -> None:
    flags = [seed % 3 == 0 or cell == seed for seed in range(12) for cell in range(3)]
    seeds = [seed for seed in range(12) for _ in range(3)]
    shares = shares_of(flags, seeds)
    for seen in ("effective_wilson", "design_effect"):
        assert clustered_interval(shares, seen).method == seen
    assert pooled_rate(flags, seeds).interval == design_effect_wilson(shares).ends
    assert effective_wilson(shares).ends == clustered_interval(shares).ends
    for kind in ("percentile", "bca"):
        rate = pooled_rate(flags, seeds, method=kind, confidence=0.9)
        assert rate.interval == bootstrap_interval(shares, kind, 0.9).ends
        assert rate.method == kind
    with pytest.raises(ConfigError, match="method 'wald'"):
        pooled_rate(flags, seeds, method="wald")  # pyright: ignore[reportArgumentType]


def test_no_runs_and_one_seed_raise_nothing() -> None:
    for method in CLUSTER_METHODS:
        assert all(map(math.isnan, clustered_interval(shares_of([], []), method).ends))
        one = clustered_interval(shares_of([True, False], [0, 0]), method)
        assert one.ends == pytest.approx(effective_wilson(shares_of([True, False], [0, 0])).ends)
