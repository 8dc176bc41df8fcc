"""Cochran's Q against statsmodels, and its permutation against every arrangement."""

import math
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chisquare
from statsmodels.stats.contingency_tables import cochrans_q

from results.statistics.methods.cochran_q import cochran_test
from results.statistics.methods.rearranged import (
    convolved,
    drawn_places,
    enumerated,
    number_of_shares,
    permuted,
    shares,
)
from results.statistics.methods.two_way_q import added, two_way_test

binary = arrays(float, st.tuples(st.integers(2, 4), st.integers(2, 3)), elements=st.integers(0, 1))
counts = arrays(
    float,
    st.tuples(st.just(2), st.integers(2, 4)),
    elements=st.sampled_from([0, 1, 2, math.nan]),
)


def naive(table: np.ndarray) -> tuple[float, float]:
    """Share of all orders of every row whose sums lie as far apart, and that of the farthest."""
    rows = [[value for value in row if not math.isnan(value)] for row in table]
    places = [[k for k, value in enumerate(row) if not math.isnan(value)] for row in table]

    def spread(chosen: tuple[tuple[float, ...], ...]) -> float:
        sums = np.zeros(table.shape[1])
        for place, row in zip(places, chosen, strict=True):
            sums[place] += np.array(row) - (sum(row) / len(row) if row else 0)
        return float((sums**2).sum())

    observed = spread(tuple(map(tuple, rows)))
    every = np.array([spread(chosen) for chosen in product(*map(permutations, rows))])
    return float(np.mean(every >= observed - 1e-9)), float(np.mean(every >= every.max() - 1e-9))


@settings(max_examples=40, deadline=None)
@given(binary)
@example(np.array([[1.0, 1, 0], [0, 0, 0], [0, 0, 1]]))  # equal sums, but for rounding
def test_of_zeros_and_ones_it_is_cochrans_q_and_every_arrangement(table: np.ndarray) -> None:
    found = cochran_test(table)
    if found.informative:
        assert found.q == pytest.approx(cochrans_q(table).statistic)
    assert found.exact
    assert (found.p_value, found.minimum_p) == pytest.approx(naive(table))


@settings(max_examples=20, deadline=None)
@given(counts)
def test_of_counts_with_missing_values_it_is_every_arrangement(table: np.ndarray) -> None:
    found = cochran_test(table)
    if np.count_nonzero((~np.isnan(table)).any(axis=0)) > 1:
        assert (found.p_value, found.minimum_p) == pytest.approx(naive(table))


def test_adding_row_by_row_enumerating_and_drawing_agree() -> None:
    rows = np.array([[0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 0]], dtype=float)
    added, looked = convolved(rows), enumerated(rows, 4096)
    assert added is not None
    assert looked is not None
    drawn = permuted(rows, 20_000, np.random.default_rng(0))
    for least in np.unique(looked.values.round(9)):
        assert added.tail(least) == pytest.approx(looked.tail(least))
        share = float(np.mean(drawn >= least - 1e-9))
        assert share == pytest.approx(looked.tail(least), abs=0.015)


def test_the_order_of_columns_and_rows_does_not_matter_where_it_is_exact() -> None:
    table = np.array([[0, 1, 1], [0, 0, 1], [1, 0, 1]], dtype=float)
    assert cochran_test(table[::-1, ::-1]).p_value == cochran_test(table).p_value


def test_many_rows_are_drawn_and_the_draws_are_always_the_same() -> None:
    table = (np.random.default_rng(0).random((60, 7)) < 0.3).astype(float)
    found = cochran_test(table)
    assert not found.exact
    assert found == cochran_test(table)
    assert found.p_value == pytest.approx(cochrans_q(table).pvalue, abs=0.05)
    assert 1 / 10_000 <= found.minimum_p <= found.p_value


def test_rows_without_a_difference_say_nothing() -> None:
    alike = cochran_test(np.array([[1, 1, 1], [0, 0, 0.0]]))
    assert math.isnan(alike.q)
    assert (alike.p_value, alike.minimum_p, alike.informative) == (1.0, 1.0, 0)


def test_with_two_kinds_of_seeds_a_whole_kind_is_permuted() -> None:
    """Data order decides: 20 x 3 runs, three units at best, so p cannot be below 2 / 2^3."""
    init, data = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    table = np.column_stack([np.ones(60), np.zeros(60)])
    by_init, by_data = two_way_test(table, init, data)
    assert by_init.p_value < 1e-5
    table[data == 2] = 1 - table[data == 2]
    assert cochran_test(added(table, init)).p_value < 1e-5
    assert two_way_test(table, init, data)[0].p_value > 0.1  # its variance is that of both kinds
    assert by_data.p_value == pytest.approx(2 / 2**3)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_ways_of_taking_from_piles_are_counted_as_many_as_there_are(
    piles: list[int], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, sum(piles)))
    ways = list(shares(number, piles))
    assert number_of_shares(number, piles) == len(ways) == len(set(ways))
    assert all(sum(taken) == number for taken in ways)


@pytest.mark.parametrize(("places", "few"), [(5, 2), (6, 3), (4, 1), (2, 1)])
def test_each_set_of_places_is_drawn_as_often_as_any_other(places: int, few: int) -> None:
    number = 20_000
    chosen = drawn_places(places, few, number, np.random.default_rng(0))
    assert chosen.shape == (number, places)
    assert (chosen.sum(axis=1) == few).all()
    _, counts = np.unique(chosen, axis=0, return_counts=True)
    assert len(counts) == math.comb(places, few)
    assert chisquare(counts).pvalue > 0.001


def test_equal_keys_are_drawn_again() -> None:
    """The keys have 24 bits: of 20,000 there are two alike nearly always."""
    chosen = drawn_places(20_000, 10_000, 40, np.random.default_rng(0))
    assert (chosen.sum(axis=1) == 10_000).all()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.8])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_simulated_size(rate: float, share: float) -> None:
    """Ten seeds in seven cells, without and with strong seed effects."""
    rng, simulations, level = np.random.default_rng(3), 200, 0.05
    latent = rng.normal(size=(simulations, 10, 1)) * np.sqrt(share)
    latent = latent + rng.normal(size=(simulations, 10, 7)) * np.sqrt(1 - share)
    tables = (latent < np.quantile(latent, rate)).astype(float)
    rejected = np.mean([cochran_test(table).p_value <= level for table in tables])
    assert rejected <= level + 2 * math.sqrt(level * (1 - level) / simulations)
    if share == 0:
        seeds = np.mean([cochran_test(table.T).p_value <= level for table in tables])
        assert seeds <= level + 2 * math.sqrt(level * (1 - level) / simulations)
