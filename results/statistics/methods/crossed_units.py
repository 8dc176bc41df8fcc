"""The interval of a rate over runs that share several kinds of units: init seeds, data seeds,
teachers. A repetition of the experiment draws all of them anew, so none may be taken for fixed."""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.stats import t

from results.statistics.methods.effective_number import mean_quantile, wilson_ends
from results.statistics.methods.intervals import CONFIDENCE, Interval, require_confidence
from results.statistics.methods.seed_shares import shares_of

FEW_OTHERS = 5
"""With fewer data seeds (or teachers) the interval covers less than it says where they matter much:
so few say little of how they vary (`scripts.coverage`)."""


def crossed_interval(
    happened: Sequence[bool],
    seeds: Sequence[int],
    others: Sequence[Sequence[Hashable]],
    confidence: float = CONFIDENCE,
) -> Interval:
    """Compute Wilson's interval with the effective number of runs of a crossed design.

    p (1 - p) over the variance of the rate is the effective number, which is never above that of
    the seeds alone: more teachers make no more seeds. The quantile is the mean of Student's, one
    for each kind of units, weighted by what it adds to the variance (Cochran 1964): that covers
    more than Satterthwaite's degrees of freedom where there are two to four units of a kind.

    Args:
        happened: whether it happened to each run.
        seeds: the init seed of each run.
        others: the units of each further kind, of each run (its data seed, its teacher); None where
            it has none. Two or more distinct ones of each kind.
        confidence: between 0 and 1.
    """
    require_confidence(confidence)
    shares = shares_of(happened, seeds)
    rate, effective = shares.count / shares.total, shares.effective
    parts = [(0.0, len(shares.runs) - 1.0)]
    crossed = [row for row in zip(happened, seeds, *others, strict=True) if None not in row]
    among = sum(row[0] for row in crossed) / max(len(crossed), 1)
    if 0 < among < 1:
        flags, *units = map(list, zip(*crossed, strict=True))
        parts = variance_parts(flags, units)
        variance = sum(part for part, _ in parts)
        if variance > 0:
            effective = min(effective, among * (1 - among) / variance)
    quantiles = [float(t.ppf(0.5 + confidence / 2, max(freedom, 1.0))) for _, freedom in parts]
    return wilson_ends(rate, effective, mean_quantile([part for part, _ in parts], quantiles))


def variance_parts(
    happened: Sequence[bool], units: Sequence[Sequence[Hashable]]
) -> list[tuple[float, float]]:
    """Estimate what each kind of units adds to the variance of a rate, and its degrees of freedom.

    The first kind's part holds that of single runs; of the others that is subtracted, as far as
    anything is left. In a complete table of two kinds their sum is the analysis of variance's
    (MS_first + max(MS_second - MS_rest, 0)) / runs (Searle, Casella and McCulloch 1992, chapter 4).
    Of more kinds it is an upper bound: what two of them do together is counted with both.

    Args:
        happened: whether it happened to each run.
        units: for each kind, the unit of each run.
    """
    values = np.asarray(happened, dtype=float)
    places = [codes(labels) for labels in units]
    total = len(values)
    residuals = values - values.mean()
    rest, parts = variance_of_rest(values, places), []
    for place in places:
        sizes, sums = np.bincount(place), np.bincount(place, weights=residuals)
        number = total**2 / float(np.square(sizes).sum())  # of units of equal size (Kish 1965)
        found = float(np.square(sums).sum()) / total**2
        found *= number / (number - 1) if len(sizes) > 1 else 1.0
        parts.append((max(found - rest, 0.0) if parts else found, number - 1))
    return parts


def variance_of_rest(values: np.ndarray, places: Sequence[np.ndarray]) -> float:
    """Estimate what single runs add to the variance of the mean: the mean square that an additive
    model of the units leaves, over the number of runs.

    Runs of the same units (in several cells) are averaged; a table with holes is fitted by least
    squares.
    """
    pairs, place, runs = np.unique(
        np.stack(places, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    means = np.bincount(place.ravel(), weights=values) / runs
    levels = pairs.max(axis=0) + 1
    if len(means) == np.prod(levels):  # complete, and pairs are in their order
        table, axes = means.reshape(levels), range(len(levels))
        fitted = np.full(table.shape, (1 - len(levels)) * means.mean())
        for axis in axes:
            over = tuple(other for other in axes if other != axis)
            fitted = fitted + table.mean(axis=over, keepdims=True)
        residuals = (table - fitted).ravel()
    else:
        design = np.hstack([np.eye(n)[place] for n, place in zip(levels, pairs.T, strict=True)])
        residuals = means - design @ np.linalg.lstsq(design, means, rcond=None)[0]
    free = max(len(means) - int((levels - 1).sum()) - 1, 1)
    weight = float(np.square(runs).sum()) / len(values) ** 2
    return float(np.square(residuals).sum()) / free * weight


def codes(labels: Sequence[Hashable]) -> np.ndarray:
    """Number labels from 0 on, in the order of their first appearance."""
    known = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    return np.array([known[label] for label in labels])
