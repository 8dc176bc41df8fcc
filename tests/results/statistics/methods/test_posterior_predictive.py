"""The posterior predictive p-value against quadrature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from results.statistics.methods.posterior_predictive import posterior_predictive_p

counts = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
papers = st.integers(1, 15).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
ANGLES = (NODES + 1) * np.pi / 4


@given(counts, papers)
def test_the_probability_is_the_binomial_one_averaged_over_our_posterior(
    ours: tuple[int, int], paper: tuple[int, int]
) -> None:
    """By quadrature over the rate on the scale sin^2, where Jeffreys' prior is flat."""
    (count, total), (seen, trials) = ours, paper
    density = np.sin(ANGLES) ** (2 * count) * np.cos(ANGLES) ** (2 * (total - count)) * WEIGHTS
    counts_seen = np.arange(trials + 1)[:, None]
    given_rate = binom.pmf(counts_seen, trials, np.sin(ANGLES) ** 2)
    chances = (given_rate * density).sum(axis=1) / density.sum()
    extreme = chances[chances <= chances[seen] * (1 + 1e-7)].sum()
    assert posterior_predictive_p(*ours, *paper) == pytest.approx(extreme, abs=1e-6)


@given(counts, papers)
def test_counting_the_others_changes_nothing(ours: tuple[int, int], paper: tuple[int, int]) -> None:
    (count, total), (seen, trials) = ours, paper
    mirrored = posterior_predictive_p(total - count, total, trials - seen, trials)
    assert posterior_predictive_p(*ours, *paper) == pytest.approx(mirrored, abs=1e-9)
    assert 0 < mirrored <= 1
