"""The interval of a rate over cells that share seeds, by the design effect."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from results.statistics.methods.design_effect import (
    PRIOR_SEEDS,
    design_effect,
    design_effect_wilson,
)
from results.statistics.methods.effective_number import wilson_ends
from results.statistics.methods.seed_shares import Shares
from scripts.coverage.draws import fallen

tables = st.integers(2, 6).flatmap(
    lambda cells: st.lists(st.integers(0, cells), min_size=10, max_size=25).map(
        lambda counts: Shares(tuple(counts), (cells,) * len(counts))
    )
)


def test_it_is_the_variance_between_seeds_over_that_of_independent_runs() -> None:
    counts = np.array([0, 0, 1, 1, 2, 0, 3, 1, 0, 1])
    found = design_effect(Shares(tuple(counts.tolist()), (3,) * 10))
    rate = counts.sum() / 30
    of_mean = np.var(counts / 3, ddof=1) / 10
    assert found.estimated == pytest.approx(of_mean / (rate * (1 - rate) / 30))
    assert (found.largest, found.informative) == (3.0, 6)
    weight = PRIOR_SEEDS / (PRIOR_SEEDS + 6)
    assert found.used == pytest.approx(weight * 3 + (1 - weight) * found.estimated)


def test_the_quantile_allows_for_what_is_estimated_alone() -> None:
    shares = Shares((0, 0, 1, 1, 2, 0, 3, 1, 0, 1), (3,) * 10)
    found = design_effect(shares)
    bound, estimated = found.weight * 3, (1 - found.weight) * found.estimated
    quantile = (bound * norm.ppf(0.975) + estimated * t.ppf(0.975, 9)) / (bound + estimated)
    expected = wilson_ends(9 / 30, 30 / found.used, float(quantile))
    assert design_effect_wilson(shares).ends == pytest.approx(expected)


@pytest.mark.parametrize("fallen_seeds", [0, 1, 4, 12])
def test_seeds_that_do_the_same_everywhere_count_once(fallen_seeds: int) -> None:
    shares = Shares((7,) * fallen_seeds + (0,) * (12 - fallen_seeds), (7,) * 12)
    expected = proportion_confint(fallen_seeds, 12, method="wilson")
    assert design_effect_wilson(shares).ends == pytest.approx(expected, abs=1e-12)


def test_independent_cells_count_for_more_than_their_seeds() -> None:
    """Half the width that one run a seed would have, nearly, and never below a run a run."""
    rng = np.random.default_rng(0)
    widths = []
    for counts in fallen(40, 7, 0.3, 0.0, 100, rng).tolist():
        low, high = design_effect_wilson(Shares(tuple(counts), (7,) * 40)).ends
        seeds = proportion_confint(sum(counts) / 7, 40, method="wilson")
        widths.append((high - low) / (seeds[1] - seeds[0]))
    assert 1 / np.sqrt(7) < np.mean(widths) < 0.55


@given(tables, st.integers(2, 4))
@settings(max_examples=50, deadline=None)
def test_cells_that_repeat_others_add_nothing(shares: Shares, times: int) -> None:
    again = Shares(
        tuple(times * count for count in shares.happened), tuple(times * n for n in shares.runs)
    )
    assert design_effect_wilson(again).ends == pytest.approx(design_effect_wilson(shares).ends)


@given(tables)
@settings(max_examples=50, deadline=None)
def test_it_is_never_wider_than_with_one_run_a_seed_and_students_quantile(shares: Shares) -> None:
    low, high = design_effect_wilson(shares).ends
    rate, quantile = shares.count / shares.total, float(t.ppf(0.975, len(shares.runs) - 1))
    widest = wilson_ends(rate, shares.effective, quantile)
    assert widest[0] - 1e-12 <= low <= rate + 1e-12
    assert rate - 1e-12 <= high <= widest[1] + 1e-12


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("seeds", "cells"), [(20, 7), (40, 7), (40, 20)])
def test_the_truth_is_covered_however_much_seeds_share(
    seeds: int, cells: int, shared: float, rate: float
) -> None:
    """With the estimate alone, and Student's quantile, it would be 69% (40 seeds, 20 cells)."""
    rng, simulations = np.random.default_rng(1), 600
    covered = 0
    for counts in fallen(seeds, cells, rate, shared, simulations, rng).tolist():
        low, high = design_effect_wilson(Shares(tuple(counts), (cells,) * seeds)).ends
        covered += low <= rate <= high
    assert covered / simulations >= 0.93 - 2 * (0.93 * 0.07 / simulations) ** 0.5
