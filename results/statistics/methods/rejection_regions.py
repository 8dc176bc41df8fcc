"""Rejection regions of exact tests for two rates: which counts of two cells a test rejects."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln
from scipy.stats import binom

from results.statistics.methods.nuisance import largest_probability
from results.statistics.methods.score_statistic import least_counts

NULL_RATES = np.linspace(0.0, 0.5, 258)[1:]
"""Common rates at which the size of Boschloo's test is computed; those above 0.5 mirror them."""
HIGHEST_CRITICAL = 5.0
"""Fisher's one-sided p-values above so many levels are not looked at: a test that rejects there
would have less than its level only with a few seeds, where the test is a little conservative then.
"""
TIE = 1 + 1e-7
"""Tables whose probabilities differ by less are equally likely (as in `scipy.stats`)."""


@lru_cache(maxsize=512)
def boschloo_rejects(seeds: int, alpha: float) -> Bool[np.ndarray, "first second"]:
    """Tell which counts of two cells Boschloo's test rejects: Fisher's one-sided p-value is at most
    the largest value with which the size, at the worst common rate, is at most alpha / 2."""
    p_values = np.cumsum(hypergeometric(seeds), axis=1)
    p_values[hypergeometric(seeds) == 0.0] = np.inf
    attained = np.unique(p_values[p_values <= HIGHEST_CRITICAL * alpha])
    # The largest of each run of equal ones: rounding makes no table more extreme than its mirror.
    attained = attained[np.diff(attained, append=np.inf) > attained * (TIE - 1)] * TIE
    margins = binom.pmf(np.arange(2 * seeds + 1), 2 * seeds, NULL_RATES[:, None])

    def size(critical: float) -> float:
        """Given the margin, the test rejects with the largest p-value that is small enough."""
        return float(np.max(margins @ np.max(p_values, 1, initial=0.0, where=p_values <= critical)))

    few, many = -1, len(attained)  # the last index known to be of the level, the first not to be
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if size(attained[middle]) <= alpha / 2 else (few, middle)
    fewer_in_first = by_counts(p_values <= (attained[few] if few >= 0 else -1.0))
    return fewer_in_first | fewer_in_first.T


@lru_cache(maxsize=512)
def fisher_rejects(seeds: int, alpha: float) -> Bool[np.ndarray, "first second"]:
    """Tell which counts Fisher's exact test rejects; as extreme is what is as unlikely."""
    chances = hypergeometric(seeds)
    rejected = np.zeros(chances.shape, dtype=bool)
    for row, chosen in zip(chances, rejected, strict=True):
        ordered = np.sort(row)
        tails = np.cumsum(ordered)
        p_values = tails[np.searchsorted(ordered, row * TIE, side="right") - 1]
        chosen[:] = (row > 0.0) & (p_values <= alpha)
    return by_counts(rejected)


@lru_cache(maxsize=8)
def hypergeometric(seeds: int) -> Float[np.ndarray, "margin first"]:
    """Compute the probability of the first cell's count given how many of both cells' runs
    collapsed, with `seeds` runs each."""
    counts = np.arange(seeds + 1)
    ways = gammaln(seeds + 1) - gammaln(counts + 1) - gammaln(seeds - counts + 1)
    margins = np.arange(2 * seeds + 1)
    both = gammaln(2 * seeds + 1) - gammaln(margins + 1) - gammaln(2 * seeds - margins + 1)
    second = margins[:, None] - counts
    possible = (second >= 0) & (second <= seeds)
    log_chances = ways + ways[np.clip(second, 0, seeds)] - both[:, None]
    return np.where(possible, np.exp(log_chances), 0.0)


def by_counts(by_margin: Bool[np.ndarray, "margin first"]) -> Bool[np.ndarray, "first second"]:
    """Rearrange tables by the counts of both cells."""
    counts = np.arange(by_margin.shape[1])
    return by_margin[counts[:, None] + counts, counts[:, None]]


@lru_cache(maxsize=512)
def paired_least(seeds: int, alpha: float) -> Int[np.ndarray, " discordant"]:
    """Find for each number of seeds that differ how many of them must do so in one direction for
    the exact paired test (`exact_paired_p`) to reject; one more than there are where none suffice.

    The p-value depends on the statistic alone, so there is one smallest statistic that it rejects.
    """
    discordant = np.arange(1, seeds + 1)[:, None]
    more = np.arange(1, seeds + 1)
    possible = (2 * more > discordant) & (more <= discordant)
    attained = np.unique(((2 * more - discordant) / np.sqrt(discordant))[possible])
    few, many = -1, len(attained)  # the last index known not to be rejected, the first that is
    while many - few > 1:
        middle = (few + many) // 2
        p_value = 2 * largest_probability(least_counts(seeds, 0.0, attained[middle]), 0.0)
        few, many = (few, middle) if p_value < alpha else (middle, many)
    return least_counts(seeds, 0.0, attained[many] if many < len(attained) else np.inf)
