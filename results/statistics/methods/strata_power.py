"""How probably a contrast over several strata is shown, by simulation."""

from functools import lru_cache

import numpy as np

from results.statistics.methods.main_effect_power import (
    MOST_EXACT,
    lowest_power,
    shown_exactly,
    shown_in_the_limit,
)
from results.statistics.methods.seed_sums import seed_sums_p

SIMULATIONS = 200
"""For each share of variance that is the seed's; the standard error at a power of 0.8 is 0.03."""
MOST_SUMS = 30
"""With more seeds the sign-flip test is taken, which finds a little less and is much faster."""


def strata_power(first: float, second: float, seeds: int, strata: int, alpha: float) -> float:
    """Estimate the lowest power of the test by whole seeds (`seed_sums_p`) over the shares of the
    variance that are the seed's (`main_effect_power.SHARES`). The same arguments give the same
    estimate.

    Args:
        first: rate of the one side in each stratum, between 0 and 1.
        second: rate of the other.
        seeds: of each cell, which all cells share.
        strata: pairs of cells.
        alpha: two-sided level.
    """
    shown = shown_exactly if seeds <= MOST_EXACT else shown_in_the_limit
    if seeds <= MOST_SUMS:
        shown = shown_by_sums
    return lowest_power(first, second, seeds, 2 * strata, alpha, SIMULATIONS, shown)


def shown_by_sums(sums: np.ndarray, alpha: float) -> np.ndarray:
    """Return where the test by whole seeds rejects."""
    return np.array([_p(tuple(sorted(each))) < alpha for each in sums.tolist()])


@lru_cache(maxsize=8192)
def _p(sums: tuple[int, ...]) -> float:
    return seed_sums_p(sums)
