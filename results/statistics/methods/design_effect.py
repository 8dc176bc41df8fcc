"""The interval of a rate over cells with the same seeds, by how much the seeds' runs depend on each
other: from as many independent runs as there are seeds (wholly) to as many as there are runs."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from results.statistics.methods.effective_number import mean_quantile, wilson_ends
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    proportion_interval,
    require_confidence,
)
from results.statistics.methods.seed_shares import ClusteredInterval, Shares

PRIOR_SEEDS = 4
"""The largest design effect counts as much as so many seeds that vary. With fewer the interval
covers down to 80% where some seeds do the same in all of 20 cells and the others do not."""


@dataclass(frozen=True)
class DesignEffect:
    """By how much sharing seeds raises the variance of a rate, against independent runs."""

    largest: float
    """If each seed does the same in all of its runs."""
    estimated: float
    """From how seeds differ; not above the largest."""
    informative: int
    """Seeds that the estimate rests on: to which it happened, or did not, whichever are fewer."""

    @property
    def weight(self) -> float:
        """How much the largest counts in `used`; 1 where the estimate reaches it."""
        if self.estimated >= self.largest:
            return 1.0
        return PRIOR_SEEDS / (PRIOR_SEEDS + self.informative)

    @property
    def used(self) -> float:
        """Between the estimate and the largest: few seeds with an event say little of either."""
        return self.weight * self.largest + (1 - self.weight) * self.estimated


def design_effect(shares: Shares) -> DesignEffect:
    """Estimate the design effect of runs counted by seed (Rao and Scott 1992: the variance of a
    ratio of sums over seeds, over that of independent runs).

    Raises:
        ZeroDivisionError: there are no runs.
    """
    counts, runs = np.array(shares.happened, dtype=float), np.array(shares.runs, dtype=float)
    total, seeds = shares.total, len(runs)
    largest, rate = total / shares.effective, shares.count / shares.total
    informative = int(min((counts > 0).sum(), (counts < runs).sum()))
    if seeds < 2 or not 0 < rate < 1:
        return DesignEffect(largest, largest, informative)
    variance = np.square(counts - rate * runs).sum() / total**2 * seeds / (seeds - 1)
    estimated = float(variance) * total / (rate * (1 - rate))
    return DesignEffect(largest, min(estimated, largest), informative)


def design_effect_wilson(shares: Shares, confidence: float = CONFIDENCE) -> ClusteredInterval:
    """Compute Wilson's interval for the runs over the design effect.

    Its quantile is Student's for what is estimated and the normal distribution's for the bound.
    Where each seed does the same in all of its runs it is Wilson's for the seeds.
    """
    require_confidence(confidence)
    if not shares.total:
        return ClusteredInterval(*UNKNOWN, "design_effect")
    found, level = design_effect(shares), 0.5 + confidence / 2
    if found.weight == 1:
        count = min(shares.count / found.largest, shares.effective)
        ends = proportion_interval(count, shares.effective, "wilson", confidence)
        return ClusteredInterval(*ends, "design_effect")
    parts = found.weight * found.largest, (1 - found.weight) * found.estimated
    freedom = max(len(shares.runs) - 1, 1)
    quantile = mean_quantile(parts, (float(norm.ppf(level)), float(t.ppf(level, freedom))))
    rate, effective = shares.count / shares.total, shares.total / found.used
    return ClusteredInterval(*wilson_ends(rate, effective, quantile), "design_effect")
