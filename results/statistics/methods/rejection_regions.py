"""Rejection regions of exact tests for two rates: which counts of two cells a test rejects."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln
from scipy.stats import binom

from results.statistics.methods import exact_unpaired
from results.statistics.methods.nuisance import largest_probability
from results.statistics.methods.score_statistic import least_counts

TIE = 1 + 1e-7
"""Tables whose probabilities differ by less are equally likely (as in `scipy.stats`)."""


@lru_cache(maxsize=512)
def barnard_rejects(seeds: int, alpha: float) -> Bool[np.ndarray, "first second"]:
    """Tell for which counts of two cells `exact_unpaired_p` is below alpha."""
    statistics = barnard_statistics(seeds)
    attained = np.unique(statistics)
    few, many = 0, len(attained)  # the last index known not to be rejected, the first that is
    while many - few > 1:
        middle = (few + many) // 2
        is_rare = barnard_p(seeds, float(attained[middle])) < alpha
        few, many = (few, middle) if is_rare else (middle, many)
    critical = attained[many] if many < len(attained) else np.inf
    return statistics >= critical - exact_unpaired.TIE


def barnard_reaches(first: float, second: float, seeds: int, alpha: float, power: float) -> bool:
    """Tell whether two cells with these rates have counts that `barnard_rejects` with at least
    that probability, by one p-value: that of the largest statistic which, were it the critical one,
    would leave enough. The larger a statistic, the smaller is its p-value."""
    statistics = barnard_statistics(seeds).ravel()
    counts = np.arange(seeds + 1)
    chances = np.outer(binom.pmf(counts, seeds, first), binom.pmf(counts, seeds, second)).ravel()
    order = np.argsort(statistics)[::-1]
    last = np.searchsorted(np.cumsum(chances[order]), power)  # enough with this one, not before
    if last == len(order) or statistics[order[last]] < exact_unpaired.TIE:
        return False  # cells that are equal are never told apart
    return barnard_p(seeds, float(statistics[order[last]])) < alpha


def barnard_statistics(seeds: int) -> Float[np.ndarray, "first second"]:
    """Compute the size of the score statistic for each pair of counts."""
    counts = np.arange(seeds + 1)
    return np.abs(exact_unpaired.score(counts[:, None], seeds, counts, seeds, 0.0))


def barnard_p(seeds: int, statistic: float) -> float:
    """Compute the two-sided p-value of a statistic."""
    least = exact_unpaired.least_counts(seeds, seeds, 0.0, statistic)
    return 2 * exact_unpaired.largest(least, seeds, 0.0, 0.0, 1.0)


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
