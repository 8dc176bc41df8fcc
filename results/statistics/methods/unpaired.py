"""Two cells without a seed in common: whether they differ in how often something happens."""

import math

import numpy as np
from scipy.stats import permutation_test
from statsmodels.stats.proportion import confint_proportions_2indep

from results.statistics.methods.exact_unpaired import exact_unpaired_p
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval, require_confidence
from results.statistics.methods.seed_shares import Shares

PERMUTATIONS = 9999


def seeds_permuted_p(cell: Shares, against: Shares, *, seed: int = 0) -> float:
    """Compute the two-sided p-value where several runs share a seed: seeds, each with its share,
    are permuted between the sides, by scipy (all ways where they are few, else 9,999 drawn); 1
    where a side has no run, or all seeds have the same share."""
    sides = [np.array(side.happened) / np.array(side.runs) for side in (cell, against)]
    if not all(side.size for side in sides) or np.ptp(np.concatenate(sides)) == 0:
        return 1.0
    for side in sides:
        if side.size == 1:  # which scipy refuses; the order of arrangements is that of this seed
            every = np.concatenate(sides)
            return min(1.0, 2.0 * float(min(np.mean(every <= side), np.mean(every >= side))))
    return float(
        permutation_test(
            sides,
            lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
            vectorized=True,
            n_resamples=PERMUTATIONS,
            rng=np.random.default_rng(seed),
        ).pvalue
    )


def unpaired_minimum_p(cell: Shares, against: Shares, *, clustered: bool) -> float:
    """Return the minimum attainable two-sided p, where every run of one side and none of the other
    had the event: that of the exact test, or twice the chance of that permutation of seeds."""
    seeds, others = len(cell.runs), len(against.runs)
    if clustered:
        return min(1.0, 2 / math.comb(seeds + others, seeds))
    return exact_unpaired_p(seeds, seeds, 0, others)


def newcombe_interval(
    count: float,
    total: float,
    other_count: float,
    other_total: float,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Compute the interval of the difference of two independent rates, from both Wilson intervals
    (Newcombe 1998, Statistics in Medicine 17:873, method 10), by statsmodels; NaN where a side has
    no run.

    Args:
        count: how often it happened in the cell.
        total: among so many seeds; effective numbers need not be whole.
        other_count: how often in the other.
        other_total: among so many.
        confidence: between 0 and 1.
    """
    require_confidence(confidence)
    if not total or not other_total:
        return UNKNOWN
    low, high = confint_proportions_2indep(
        count, total, other_count, other_total, method="newcomb", alpha=1 - confidence
    )
    return float(low), float(high)
