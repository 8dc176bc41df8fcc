"""Two rates whose pairs of runs share seeds: over several strata, crossed seeds, several teachers.

The mean difference of the pairs is held against a supposed one by Tango's score statistic (Tango
1998) with the *effective number* of pairs: so many independent pairs would have a mean of the same
variance, which is estimated clustered by every kind of unit that pairs share (`methods.units`). Its
distribution is Student's, a mixture over the kinds by what each adds to the variance (Cochran 1964
mixes quantiles likewise). Where seeds are the only kind and no run stands in two pairs, "no
difference" has a test of its own, which decides there: under it each seed's sum, as a whole, is as
likely as its negative (`methods.seed_sums`).

A few units that all differ alike look as if nothing varied. So the test never excludes more than
independent pairs that all differ alike would: as many as the rarest kind has units, or twice as
many where kinds are crossed, as each unit then has to decide two outcomes, one a side.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import root_scalar
from scipy.stats import t

from results.statistics.methods.exact_paired import exact_paired_interval
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    Interval,
    require_confidence,
)
from results.statistics.methods.paired import paired_minimum_p
from results.statistics.methods.score_statistic import score_statistic
from results.statistics.methods.seed_sums import seed_sums_p
from results.statistics.methods.units import Units, clustering_units, number, variance_of_mean

CLOSE = 1e-6
"""How closely the ends of an interval are looked for, and how far one lies from a rejected 0."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of runs, one of a cell and one of another cell, that may share runs and seeds."""

    cell: Sequence[bool]
    """Whether it happened to the cell's run of each pair."""
    against: Sequence[bool]
    runs: tuple[Sequence[Hashable], Sequence[Hashable]]
    """The cell's run and the other one of each pair, which tells runs that stand in several."""
    kinds: Mapping[str, Sequence[int]]
    """By its kind, the unit of each pair, as its init seed."""

    @cached_property
    def differences(self) -> np.ndarray:
        """1 where it happened in the cell alone, -1 where in the other alone, else 0."""
        return np.subtract(self.cell, self.against, dtype=int)

    @cached_property
    def units(self) -> Units:
        """What the pairs are clustered by."""
        return clustering_units(self.kinds)

    @property
    def independent(self) -> bool:
        """Whether no two pairs share a unit."""
        return all(number(each) == len(self.cell) for each in self.units.values())

    @property
    def fewest(self) -> int:
        """Units of the rarest kind."""
        return min(map(number, self.units.values()))

    @property
    def alike(self) -> int:
        """So many independent pairs that all differ alike exclude what the test excludes at
        most."""
        return self.fewest * (1 if len(self.units) == 1 else 2)

    @property
    def symmetric(self) -> bool:
        """Whether the sum of a unit is as likely as its negative where cells do not differ: there
        is one kind, and no run stands in two pairs, which would make the sum lopsided."""
        return len(self.units) == 1 and all(len(set(side)) == len(side) for side in self.runs)


@dataclass(frozen=True)
class Score:
    """What the score statistic of clustered pairs is made of."""

    only_cell: float
    only_against: float
    pairs: float
    """Effective numbers."""
    parts: tuple[tuple[float, float], ...]
    """What each kind of units adds to the variance, and its degrees of freedom."""

    def __call__(self, difference: float) -> float:
        """Compute the statistic against a supposed difference."""
        return float(score_statistic(self.only_cell, self.only_against, self.pairs, difference))

    def p_value(self, statistic: float) -> float:
        """Compute the two-sided p-value of a statistic; 1 where a kind has a single unit."""
        weights, freedoms = map(np.array, zip(*self.parts, strict=True))
        if not freedoms.all():
            return 1.0
        weights = weights if weights.any() else freedoms == freedoms.min()
        return float(np.average(2 * t.sf(abs(statistic), freedoms), weights=weights))


def clustered_p(pairs: Pairs) -> float:
    """Compute the two-sided p-value against no difference; NaN without pairs."""
    if not len(pairs.cell):
        return float("nan")
    total = int(pairs.differences.sum())
    if not total:
        return 1.0
    least = clustered_minimum_p(pairs)
    if pairs.symmetric:
        (seeds,) = pairs.units.values()
        sums = np.bincount(seeds, weights=pairs.differences).astype(int)
        return max(least, seed_sums_p(sums.tolist()))
    if abs(total) == len(pairs.cell):
        return least
    score = score_of(pairs)
    return max(least, score.p_value(score(0.0)))


def clustered_minimum_p(pairs: Pairs) -> float:
    """Return the minimum attainable p with so many units: of two data seeds or teachers no p can be
    below 0.05, of three 0.031."""
    return paired_minimum_p(pairs.alike)


def clustered_interval(pairs: Pairs, confidence: float = CONFIDENCE) -> Interval:
    """Find the mean differences that the test does not reject; NaN without pairs.

    It excludes 0 exactly where `clustered_p` is below 1 - confidence.

    Args:
        pairs: of two cells.
        confidence: between 0 and 1.
    """
    require_confidence(confidence)
    if not len(pairs.cell):
        return UNKNOWN
    p_value = clustered_p(pairs)
    if not pairs.differences.any():
        return exact_paired_interval(0, 0, pairs.fewest, confidence)
    estimate = float(pairs.differences.mean())
    low, high = (estimate, estimate) if abs(estimate) == 1 else score_ends(pairs, confidence)
    alike, _ = exact_paired_interval(pairs.alike, 0, pairs.alike, confidence)
    low, high = min(low, alike), max(high, -alike)
    return agreeing((low, high), estimate, p_value, confidence)


def score_of(pairs: Pairs) -> Score:
    """Count effective pairs: at most as many as there would be if all runs were independent, which
    is fewer than pairs where a run stands in several."""
    differences, total = pairs.differences, len(pairs.cell)
    parts = tuple(variance_of_mean(differences.astype(float), pairs.units))
    variance = sum(part for part, _ in parts)
    uses = sum(times**2 for side in pairs.runs for times in Counter(side).values())
    effective = 2 * total**2 / uses
    if variance > 0:
        effective = min(effective, float(np.var(differences)) / variance)
    cell, against = (float((differences == sign).mean()) * effective for sign in (1, -1))
    return Score(cell, against, effective, parts)


def score_ends(pairs: Pairs, confidence: float) -> Interval:
    """Find where the p-value of the statistic reaches 1 - confidence, on both sides; a single unit
    excludes nothing."""
    if pairs.fewest < 2:
        return -1.0, 1.0
    score, estimate = score_of(pairs), float(pairs.differences.mean())
    alpha = 1 - confidence
    # The quantile is found once; it lies between those of the kinds, but for rounding.
    quantiles = [float(t.isf(alpha / 2, freedom)) for _, freedom in score.parts]
    found = root_scalar(
        lambda quantile: score.p_value(quantile) - alpha,
        bracket=(0.99 * min(quantiles), 1.01 * max(quantiles)),
        xtol=1e-12,
    )
    quantile = float(found.root)

    def end(limit: float) -> float:
        def excess(difference: float) -> float:
            return abs(score(difference)) - quantile

        if excess(limit) <= 0:
            return limit
        return float(root_scalar(excess, bracket=(estimate, limit), xtol=CLOSE).root)

    return end(-1.0), end(1.0)


def agreeing(ends: Interval, estimate: float, p_value: float, confidence: float) -> Interval:
    """Let the test of no difference decide on which side of 0 the interval ends: a rejected 0
    rejects what lies behind it, and one that is not is held, with what lies before it."""
    low, high = ends
    if p_value >= round(1 - confidence, 12):
        return min(low, 0.0), max(high, 0.0)
    return (max(low, CLOSE), high) if estimate > 0 else (low, min(high, -CLOSE))
