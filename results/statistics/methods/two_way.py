"""The interval of a rate over runs that share two kinds of units: seeds, and teachers (or orders of
the data). A repetition of the experiment draws both anew, so neither may be taken for fixed."""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.stats import t

from results.statistics.methods.clustered import shares_of
from results.statistics.methods.intervals import CONFIDENCE, Interval, require_confidence

FEW_OTHERS = 5
"""With fewer teachers (or orders) the interval covers less than it says where they matter much: so
few say little of how they vary (`scripts.coverage`)."""


def two_way_interval(
    happened: Sequence[bool],
    seeds: Sequence[int],
    others: Sequence[Hashable],
    confidence: float = CONFIDENCE,
) -> Interval:
    """Compute Wilson's interval with the effective number of runs of a crossed design.

    p (1 - p) over the variance of the rate is the effective number, which is never above that of
    the seeds alone: more teachers make no more seeds. The quantile is Student's.

    Args:
        happened: whether it happened to each run.
        seeds: the seed of each run.
        others: the other unit of each run, as its teacher; None where it has none. Two or more
            distinct ones.
        confidence: between 0 and 1.
    """
    require_confidence(confidence)
    shares = shares_of(happened, seeds)
    rate, effective, freedom = shares.count / shares.total, shares.effective, len(shares.runs) - 1.0
    crossed = [row for row in zip(happened, seeds, others, strict=True) if row[2] is not None]
    among = sum(flag for flag, _, _ in crossed) / len(crossed)
    if 0 < among < 1:
        variance, freedom = variance_of_rate(*map(list, zip(*crossed, strict=True)))
        if variance > 0:
            effective = min(effective, among * (1 - among) / variance)
    quantile = float(t.ppf(0.5 + confidence / 2, max(freedom, 1.0)))
    return wilson_ends(rate, effective, quantile)


def variance_of_rate(
    happened: Sequence[bool], seeds: Sequence[Hashable], others: Sequence[Hashable]
) -> tuple[float, float]:
    """Estimate the variance of a rate over a crossed table, and its degrees of freedom.

    Of S seeds and K others it is (MS_seeds + max(MS_others - MS_rest, 0)) / (S K), with the mean
    squares of the analysis of variance (Searle, Casella and McCulloch 1992, chapter 4), degrees of
    freedom by Satterthwaite (1946). A table with holes has its residual from least squares.

    Args:
        happened: whether it happened to each run; runs of one pair of units are averaged.
        seeds: the seed of each run.
        others: the other unit of each run.
    """
    pairs, place = np.unique(
        np.stack([codes(seeds), codes(others)], axis=1), axis=0, return_inverse=True
    )
    runs = np.bincount(place.ravel())
    values = np.bincount(place.ravel(), weights=np.asarray(happened, dtype=float)) / runs
    first, second = pairs.T
    rows, columns = first.max() + 1, second.max() + 1
    if len(values) == rows * columns:
        table = values.reshape(rows, columns)  # pairs are in their order
        fitted = (table.mean(1, keepdims=True) + table.mean(0) - table.mean()).ravel()
    else:
        design = np.hstack([np.eye(rows)[first], np.eye(columns)[second]])
        fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    free = max(len(values) - rows - columns + 1, 1)
    rest = float(np.square(values - fitted).sum()) / free
    of_rows, of_columns = between(values, first), between(values, second)
    excess = max(of_columns - rest, 0.0)
    total = of_rows + excess
    if total <= 0:
        return 0.0, rows - 1.0
    freedom = total**2 / (of_rows**2 / max(rows - 1, 1) + excess**2 / max(columns - 1, 1))
    return total / len(values), freedom


def codes(labels: Sequence[Hashable]) -> np.ndarray:
    """Number labels from 0 on, in the order of their first appearance."""
    known = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    return np.array([known[label] for label in labels])


def between(values: np.ndarray, groups: np.ndarray) -> float:
    """Compute the mean square between groups."""
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=values) / sizes
    return float((sizes * np.square(means - values.mean())).sum()) / max(len(sizes) - 1, 1)


def wilson_ends(rate: float, effective: float, quantile: float) -> Interval:
    """Compute Wilson's interval (1927) for any quantile, not the normal distribution's alone."""
    square = quantile**2 / effective
    centre = (rate + square / 2) / (1 + square)
    half = quantile / (1 + square) * np.sqrt(rate * (1 - rate) / effective + square / effective / 4)
    low, high = max(0.0, float(centre - half)), min(1.0, float(centre + half))
    return (low if rate > 0 else 0.0), (high if rate < 1 else 1.0)  # whatever rounding does
