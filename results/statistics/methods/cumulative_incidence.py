"""Aalen and Johansen's cumulative incidence of an event that another one competes with.

F(t) = sum over t_i <= t of S(t_i-) d_i / n_i, with S the share that had neither event (Aalen and
Johansen 1978).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

DRAWS = 999


@dataclass(frozen=True)
class EventCounts:
    """Runs per cluster (seed) and evaluation, each of shape (clusters, evaluations)."""

    event: np.ndarray
    """Runs that had the event at it."""
    other: np.ndarray
    """Runs that had the competing event at it."""
    at_risk: np.ndarray
    """Runs that had neither before it, and were followed up to it."""

    @property
    def total(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Events, competing events and runs at risk over all clusters, each (evaluations,)."""
        return self.event.sum(axis=0), self.other.sum(axis=0), self.at_risk.sum(axis=0)


def counts_by_cluster(
    clusters: np.ndarray, times: np.ndarray, kinds: np.ndarray, grid: np.ndarray
) -> EventCounts:
    """Count events in the order of the clusters; runs that leave after the grid stay at risk.

    Args:
        clusters: (runs,), the seed of each run.
        times: (runs,), when its event was, or up to when there was none.
        kinds: (runs,), 1 for the event, 2 for the competing one, 0 for neither.
        grid: (evaluations,), times in order.
    """
    numbered, row = np.unique(clusters, return_inverse=True)
    counted = np.zeros((3, len(numbered), len(grid) + 1))
    np.add.at(counted, (kinds, row, np.searchsorted(grid, times)), 1.0)
    at_risk = counted.sum(axis=0)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return EventCounts(counted[1, :, :-1], counted[2, :, :-1], at_risk[:, :-1])


def aalen_johansen(event: np.ndarray, other: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Estimate the cumulative incidence along the last axis, from counts at each evaluation."""
    return np.cumsum(_share_before(event + other, at_risk) * _ratio(event, at_risk), axis=-1)


def _share_before(ended: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """The share S(t-) with neither event before each evaluation."""
    survivors = np.cumprod(1.0 - _ratio(ended, at_risk), axis=-1)
    return np.concatenate([np.ones_like(survivors[..., :1]), survivors[..., :-1]], axis=-1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def incidence_variance(event: np.ndarray, other: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Estimate the variance of `aalen_johansen` for independent runs (Dinse and Larson 1986).

    It is the sum of (F(t) - F_i)^2 d_i / (n_i (n_i - d_i)) + S_i^2 (n_i - e_i) e_i / n_i^3
    - 2 (F(t) - F_i) S_i e_i / n_i^2, with e_i events of this kind and d_i of both.
    """
    incidence = aalen_johansen(event, other, at_risk)
    before = _share_before(event + other, at_risk)
    ended = event + other
    greenwood = _ratio(ended, at_risk * (at_risk - ended))
    own = before**2 * _ratio((at_risk - event) * event, at_risk**3)
    cross = before * _ratio(event, at_risk**2)
    square = (
        incidence**2 * np.cumsum(greenwood)
        - 2 * incidence * np.cumsum(incidence * greenwood)
        + np.cumsum(incidence**2 * greenwood)
    )
    mixed = 2 * incidence * np.cumsum(cross) - 2 * np.cumsum(incidence * cross)
    return np.maximum(square + np.cumsum(own) - mixed, 0.0)


def pooled_incidence(counts: EventCounts) -> np.ndarray:
    """Estimate the incidence over all clusters, (evaluations,); exactly 1 where all had it."""
    incidence = aalen_johansen(*counts.total)
    return np.where(np.isclose(incidence, 1.0, rtol=0, atol=1e-12), 1.0, incidence)


def incidence_interval(
    counts: EventCounts, confidence: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute pointwise intervals on the complementary log-log scale.

    Where no cluster is repeated the variance is Dinse and Larson's (1986), which is p (1 - p) / n
    if nothing is censored. Where clusters are repeated it is that of a bootstrap of whole clusters,
    with Student's quantile. Where the estimate is 0 or 1, or the clusters do not differ, Clopper
    and Pearson's interval (1934) with one observation a cluster.

    Returns:
        Low and high, each of shape (evaluations,).
    """
    incidence, seeds = pooled_incidence(counts), len(counts.event)
    if (counts.at_risk[:, 0] > 1).any():
        deviation = bootstrap_deviation(counts, seed)
        quantile = float(t.ppf(0.5 + confidence / 2, seeds - 1))
    else:
        deviation = np.sqrt(incidence_variance(*counts.total))
        quantile = float(norm.ppf(0.5 + confidence / 2))
    known = seeds_known(counts)
    exact = np.asarray(
        proportion_confint(incidence * known, known, alpha=1 - confidence, method="beta")
    )
    inside = (incidence > 0) & (incidence < 1) & (deviation > 1e-9)
    share = np.where(inside, incidence, 0.5)
    log_rest = np.log1p(-share)
    factor = np.exp(quantile * deviation / ((1 - share) * -log_rest))
    low = np.where(inside, -np.expm1(log_rest / factor), exact[0])
    high = np.where(inside, -np.expm1(log_rest * factor), exact[1])
    return low, high


def seeds_known(counts: EventCounts) -> np.ndarray:
    """Count the clusters of which no run was lost sight of before each evaluation (at least 1)."""
    left = (counts.at_risk - counts.event - counts.other)[:, :-1] - counts.at_risk[:, 1:]
    lost = (np.cumsum(left, axis=1) > 0).sum(axis=0)
    return np.maximum(len(counts.event) - np.concatenate([[0], lost]), 1)


def bootstrap_deviation(counts: EventCounts, seed: int) -> np.ndarray:
    """Estimate the standard deviation of the incidence by resampling whole clusters."""
    seeds = len(counts.event)
    drawn = np.random.default_rng(seed).multinomial(seeds, [1 / seeds] * seeds, size=DRAWS)
    replicates = aalen_johansen(drawn @ counts.event, drawn @ counts.other, drawn @ counts.at_risk)
    return replicates.std(axis=0, ddof=1) * np.sqrt(seeds / (seeds - 1))
