"""An interval for a rate that allows for the looks which are taken, and for no others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import gammaln
from scipy.stats import binom

from results.errors import ConfigError
from results.statistics.methods.confidence_sequences import confidence_sequence, is_narrow

MOST_CALIBRATED = 400
"""Where it may take more seeds than this the calibration takes long, and gains less."""
STEPS = 12
"""Halvings of the range in which the level is looked for."""
GRID = 1001
"""Rates at which the coverage is computed, beside both sides of every end of an interval."""


@dataclass(frozen=True)
class PlannedLooks:
    """Seeds are added until the interval is narrow, which is looked at after fixed numbers."""

    width: float
    """Seeds are added until the interval is narrower than this."""
    first: int
    """Seeds before the first look."""
    step: int
    """Seeds from one look to the next."""
    most: int
    """The last look, however wide the interval is."""
    level: float
    """Of the interval: rates whose posterior density is at least this share of their prior's, as in
    `confidence_sequence`, where the level is the error over all looks that there could be."""

    @property
    def totals(self) -> tuple[int, ...]:
        """Seeds at each look."""
        return (*range(min(self.first, self.most), self.most, self.step), self.most)

    def stops(self, count: int, total: int) -> bool:
        """Tell whether seeds are no longer added there."""
        narrow = is_narrow(count, total, self.level, self.width)
        return total == self.most or (total in self.totals and narrow)

    def interval(self, count: int, total: int) -> tuple[float, float]:
        """Return the interval where seeds are no longer added."""
        return confidence_sequence(count, total, self.level)


@dataclass(frozen=True)
class _Look:
    """What may be seen at one look."""

    total: int
    added: int
    """Seeds since the look before."""
    counts: np.ndarray
    """With which no seeds are added any more."""
    low: np.ndarray
    high: np.ndarray
    """Ends of the intervals of these counts."""


@lru_cache(maxsize=100)
def calibrated_level(width: float, first: int, step: int, most: int, alpha: float) -> float:
    """Return the largest level found at which the interval, where adding ends, fails to hold the
    rate with a probability of at most alpha, whatever the rate is.

    The coverage is exact: a programme over the looks gives the probability of each count at which
    adding ends (Jennison and Turnbull 2000, chapter 4, for designs with fixed looks). `alpha` where
    that could take more than `MOST_CALIBRATED` seeds: then it is the confidence sequence.

    Args:
        width: seeds are added until the interval is narrower than this.
        first: seeds before the first look.
        step: seeds from one look to the next.
        most: seeds at the last look.
        alpha: the largest error.

    Raises:
        ConfigError: no such alpha, or no seeds.
    """
    if not (0.0 < alpha < 1.0 and min(first, step, most) >= 1):
        raise ConfigError(f"alpha={alpha}, looks {first}, {step}, {most}: no such looks")
    plan = PlannedLooks(width, first, step, most, alpha)
    if most > MOST_CALIBRATED and not _ends_by(plan, MOST_CALIBRATED):
        return alpha
    low, high = np.log(alpha), np.log(min(0.9, 30 * alpha))
    for _ in range(STEPS):
        middle = (low + high) / 2
        if lowest_coverage(replace(plan, level=float(np.exp(middle)))) >= 1 - alpha:
            low = middle
        else:
            high = middle
    return float(np.exp(low))


def lowest_coverage(plan: PlannedLooks) -> float:
    """Compute the least probability, over all rates, that the interval holds the rate.

    It can only be least beside an end of an interval, where it jumps, or between two of them, for
    which there is a grid. Rates above a half mirror those below.
    """
    looks = list(_looks(plan))
    ends = np.concatenate([np.concatenate([look.low, look.high]) for look in looks])
    ends = np.unique(np.minimum(ends, 1 - ends))
    rates = np.concatenate([ends - 1e-9, ends + 1e-9, np.linspace(0, 0.5, GRID // 2 + 1)])
    return float(_coverage(looks, rates[(rates >= 0) & (rates <= 0.5)])[0].min())


def coverage(plan: PlannedLooks, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the probability that the interval holds each rate, and the mean number of seeds.

    Args:
        plan: when it is looked at, and the level.
        rates: of shape (n,), between 0 and 1.

    Returns:
        Two arrays of shape (n,).
    """
    return _coverage(list(_looks(plan)), rates)


def _coverage(looks: list[_Look], rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chances = np.ones((len(rates), 1))
    """Of each count with which seeds are still added, by rate."""
    held, seeds = np.zeros(len(rates)), np.zeros(len(rates))
    for look in looks:
        further = np.zeros((len(rates), look.total + 1))
        for more in range(look.added + 1):
            chance = binom.pmf(more, look.added, rates)[:, None]
            further[:, more : more + chances.shape[1]] += chances * chance
        ending = further[:, look.counts]
        holds = (look.low <= rates[:, None]) & (rates[:, None] <= look.high)
        held += (ending * holds).sum(axis=1)
        seeds += look.total * ending.sum(axis=1)
        further[:, look.counts] = 0.0
        chances = further
    return held, seeds


def _looks(plan: PlannedLooks) -> Iterator[_Look]:
    going_on, before = np.ones(1, dtype=bool), 0
    for total in plan.totals:
        added = total - before
        possible = np.convolve(going_on, np.ones(added + 1)) > 0
        low, high = _intervals(total, plan.level)
        ends = possible & ((high - low < plan.width) | (total == plan.most))
        yield _Look(total, added, np.flatnonzero(ends), low[ends], high[ends])
        going_on, before = possible & ~ends, total
        if not going_on.any():
            return


def _ends_by(plan: PlannedLooks, seeds: int) -> bool:
    """Whether the interval is narrow by then, whatever the count."""
    last = max((total for total in plan.totals if total <= seeds), default=0)
    low, high = _intervals(last, plan.level)
    return bool((high - low < plan.width).all())


@lru_cache(maxsize=10_000)
def _intervals(total: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The intervals of all counts at once, as `confidence_sequence` has them one by one."""
    counts = np.arange(total + 1)
    threshold = np.log(level) - gammaln(total + 2) + gammaln(counts + 1)
    threshold += gammaln(total - counts + 1)
    below, inside = np.zeros(total + 1), counts / max(total, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(60):
            middle = (below + inside) / 2
            log = np.where(counts > 0, counts * np.log(middle), 0.0)
            log += np.where(counts < total, (total - counts) * np.log1p(-middle), 0.0)
            out = log < threshold
            below, inside = np.where(out, middle, below), np.where(out, inside, middle)
    low = np.where(counts == 0, 0.0, below)
    return low, 1.0 - low[::-1]
