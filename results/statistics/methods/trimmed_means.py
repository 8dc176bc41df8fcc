"""Trimmed means, and their interval over clusters of values."""

import warnings

import numpy as np
from scipy.stats import bootstrap

from results.statistics.methods.intervals import UNKNOWN, Interval

DRAWS = 1999


def trimmed_mean(values: np.ndarray, share: float, axis: int = -1) -> np.ndarray:
    """Average without a share of the values at either end; a share of 0.5 gives the median.

    NaN are no values. The mean of none is NaN.
    """
    if share == 0:  # which needs no order, and is what a bootstrap asks for thousands of times
        there = ~np.isnan(values)
        count, total = there.sum(axis=axis), np.sum(values, axis=axis, where=there)
        return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    ordered = np.moveaxis(np.sort(values, axis=axis), axis, -1)
    number = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    cut = np.minimum((share * number).astype(int), np.maximum(number - 1, 0) // 2)
    place = np.arange(ordered.shape[-1])
    kept = (place >= cut) & (place < number - cut)
    total = np.sum(ordered, axis=-1, where=kept)
    count = np.sum(kept, axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def bootstrap_interval(
    values: np.ndarray, clusters: np.ndarray, share: float, confidence: float, seed: int = 0
) -> Interval:
    """Compute a BCa interval (Efron 1987) of the trimmed mean, resampling whole clusters.

    Args:
        values: (runs,), finite.
        clusters: (runs,), the cluster (seed) of each; two or more distinct ones.
        share: how many of the values are left out at either end, as a share.
        confidence: the level of the interval, between 0 and 1.
        seed: the seed of the draws.

    Returns:
        Low and high end; NaN where the mean does not vary.
    """
    distinct, row = np.unique(clusters, return_inverse=True)
    if np.ptp(values) == 0:
        return UNKNOWN
    column = np.arange(len(row)) - np.searchsorted(np.sort(row), np.sort(row))
    order = np.argsort(row, kind="stable")
    table = np.full((len(distinct), int(column.max()) + 1), np.nan)
    table[row[order], column] = values[order]

    def of_clusters(drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        taken = table[np.moveaxis(drawn, axis, -1)]
        return trimmed_mean(taken.reshape(*taken.shape[:-2], -1), share)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of a bootstrap that does not vary: NaN says it
        found = bootstrap(
            (np.arange(len(distinct)),),
            of_clusters,
            vectorized=True,
            n_resamples=DRAWS,
            batch=DRAWS,
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    if not (np.isfinite(found.low) and np.isfinite(found.high)):
        return UNKNOWN
    return float(found.low), float(found.high)
