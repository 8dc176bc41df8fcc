"""The exact unconditional test of two independent rates, and the interval that inverts it.

x of m runs of a cell and y of n runs of another one had the event. For a supposed difference d of
the rates, tables are ordered by the score statistic with the restricted maximum-likelihood
estimates of both rates (Miettinen & Nurminen 1985, Statistics in Medicine 4:213), and the p-value
is the largest probability of a statistic at least as extreme over the rate that the hypothesis
leaves open. At d = 0 that is the test of Suissa & Shuster (1985, JRSS A 148:317), Barnard's with
the pooled variance; inverted it is the interval of Chan & Zhang (1999, Biometrics 55:1202). Away
from 0 the rates are left out that the other cell excludes, and the probability of excluding the
true one is added (Berger & Boos 1994, JASA 89:1012).

The interval reaches to the farthest differences that the test does not reject, so the two cannot
contradict each other. (The p-value need not rise all the way up to the estimate where one cell has
more runs than the other, so that is looked for on a grid.) Each side is a test of its own, and two
sides are twice the smaller one.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike
from scipy.stats import binom

from results.errors import ConfigError
from results.statistics.methods.exact_paired import IMPLAUSIBLE
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    Interval,
    proportion_interval,
    require_confidence,
)
from results.statistics.methods.inversion import largest_over, lower_end
from results.statistics.methods.score_statistic import TIE, fewest

STEPS = 32
"""Differences on the way to the estimate at which the p-value is looked at first."""
PER_DEVIATION = 4
"""Points of the grid in half a standard deviation of the larger number of runs."""


def exact_unpaired_p(count: int, total: int, other_count: int, other_total: int) -> float:
    """Compute the two-sided p-value against equal rates; 1 where a side has no run.

    Args:
        count: runs of the cell with the event.
        total: all of them.
        other_count: runs of the other one with it.
        other_total: all of these.

    Raises:
        ConfigError: more runs with the event than runs.
    """
    require_counts(count, total, other_count, other_total)
    if not total or not other_total:
        return 1.0
    sides = (count, total, other_count, other_total), (other_count, other_total, count, total)
    return min(1.0, 2 * min(larger_p(*side, 0.0) for side in sides))


def exact_unpaired_interval(
    count: int, total: int, other_count: int, other_total: int, confidence: float = CONFIDENCE
) -> Interval:
    """Find the differences, cell less other, that neither side of the test rejects at
    (1 - confidence) / 2; NaN where a side has no run.

    It excludes 0 exactly where `exact_unpaired_p` is below 1 - confidence.

    Raises:
        ConfigError: more runs with the event than runs, or a confidence that is none.
    """
    require_confidence(confidence)
    require_counts(count, total, other_count, other_total)
    if not total or not other_total:
        return UNKNOWN
    level = (1 - confidence) / 2
    low = _lower_end(count, total, other_count, other_total, level)
    return low, 0.0 - _lower_end(other_count, other_total, count, total, level)


@lru_cache(maxsize=65536)
def larger_p(
    count: int, total: int, other_count: int, other_total: int, difference: float
) -> float:
    """Compute the p-value of "the rates differ by at most `difference`, cell less other"."""
    observed = float(score(count, total, other_count, other_total, difference))
    least = least_counts(total, other_total, difference, observed)
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    if difference == 0.0:
        return largest(least, total, difference, low, high)
    plausible = proportion_interval(other_count, other_total, "clopper_pearson", 1 - IMPLAUSIBLE)
    low, high = max(low, plausible[0]), min(high, plausible[1])
    chance = largest(least, total, difference, low, high) if low <= high else 0.0
    return min(1.0, chance + IMPLAUSIBLE)


def score(
    count: ArrayLike, total: int, other_count: ArrayLike, other_total: int, difference: float
) -> Float[np.ndarray, "..."]:
    """Compute how far the difference of two rates lies from a supposed one, in standard errors at
    the likeliest rates that differ so; infinite where these have no variance."""
    x, y = np.asarray(count, dtype=float), np.asarray(other_count, dtype=float)
    distance = x / total - y / other_total - difference
    other_rate = restricted_rate(x, total, y, other_total, difference)
    rate = np.clip(other_rate + difference, 0.0, 1.0)
    variance = rate * (1 - rate) / total + other_rate * (1 - other_rate) / other_total
    near = np.abs(distance) < TIE
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(near, 0.0, distance / np.sqrt(variance))


def restricted_rate(
    x: np.ndarray, m: int, y: np.ndarray, n: int, d: float
) -> Float[np.ndarray, "..."]:
    """Find the other cell's likeliest rate if the cell's is larger by d: the root of a cubic in
    closed form (Miettinen & Nurminen 1985, appendix 1)."""
    if d == 0.0:
        return (x + y) / (m + n)
    a = float(m + n)
    b = (m + 2 * n) * d - (m + n) - (x + y)
    c = (n * d - (m + n) - 2 * y) * d + (x + y)
    e = y * d * (1 - d)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + e / (2 * a)
    size = np.sqrt(np.maximum(0.0, b**2 / (3 * a) ** 2 - c / (3 * a)))
    u = np.where(v >= 0, size, -size)
    cube = np.where(u == 0.0, 1.0, u**3)
    angle = (np.pi + np.arccos(np.clip(np.where(u == 0.0, 0.0, v / cube), -1.0, 1.0))) / 3
    return np.clip(2 * u * np.cos(angle) - b / (3 * a), max(0.0, -d), min(1.0, 1.0 - d))


def least_counts(
    total: int, other_total: int, difference: float, bound: float
) -> Int[np.ndarray, " other_count"]:
    """Find for each count of the other cell the fewest of the cell whose statistic is at least
    `bound`; one more than all where none is. The statistic rises with that count."""
    others = np.arange(other_total + 1)
    return fewest(
        np.full(other_total + 1, total),
        lambda counts: score(counts, total, others, other_total, difference) >= bound - TIE,
    )


def largest(
    least: Int[np.ndarray, " other_count"], total: int, difference: float, low: float, high: float
) -> float:
    """Find the largest probability of at least so many, over the other cell's rate from `low` to
    `high`."""

    def probability(angles: np.ndarray) -> np.ndarray:
        rates = np.sin(angles)[:, None] ** 2
        others = binom.pmf(np.arange(len(least)), len(least) - 1, rates)
        enough = binom.sf(least - 1, total, np.clip(rates + difference, 0.0, 1.0))
        return np.sum(others * enough, axis=1)

    return largest_over(probability, (low, high), PER_DEVIATION, max(total, len(least) - 1))


@lru_cache(maxsize=65536)
def _lower_end(count: int, total: int, other_count: int, other_total: int, level: float) -> float:
    """Find the largest difference below which all are rejected in favour of a larger one."""
    table = count, total, other_count, other_total
    return lower_end(
        lambda difference: larger_p(*table, difference),
        count / total - other_count / other_total,
        level,
        STEPS,
    )


def require_counts(count: int, total: int, other_count: int, other_total: int) -> None:
    """Raise ConfigError unless each count is one of its total."""
    for part, whole in ((count, total), (other_count, other_total)):
        if not 0 <= part <= whole:
            raise ConfigError(f"{part} of {whole}: must be at least 0 and no more than all")
