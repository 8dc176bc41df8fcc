"""Two cells without a seed in common, of several runs a seed: whether they differ in how often
something happens, and by how much.

Whole seeds, each with its share, are permuted between the cells. Supposing that they differ by d,
d is taken from the shares of the one cell first. The two-sided p-value is twice the smaller of
both sides, and the interval holds the differences that it does not reject.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from results.statistics.methods.arrangements import Arrangements
from results.statistics.methods.clustered_pairs import agreeing
from results.statistics.methods.exact_unpaired import exact_unpaired_p
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval, require_confidence
from results.statistics.methods.seed_shares import Shares
from results.statistics.methods.sign_flip import GUARDED_BELOW

DECIMALS = 12
"""Differences that agree in so many are the same."""


@dataclass(frozen=True)
class Turns:
    """At which difference each arrangement of seeds turns as extreme as the observed one.

    The statistic of an arrangement falls with the supposed difference by less than the observed
    one's does, so that it is as large from one difference on, and as small up to it.
    """

    at: Float[np.ndarray, " arrangements"]
    """In order; without those that are the observed arrangement."""
    always: int
    """Arrangements that are as extreme whatever is supposed: the observed one."""
    arrangements: Arrangements

    def p_value(self, difference: float) -> float:
        """Compute the two-sided p-value against a supposed difference."""
        supposed = round(difference, DECIMALS)
        larger = int(np.searchsorted(self.at, supposed, side="right"))
        smaller = len(self.at) - int(np.searchsorted(self.at, supposed, side="left"))
        return min(1.0, 2 * self.arrangements.p_value(self.always + min(smaller, larger)))

    def interval(self, alpha: float) -> Interval:
        """Return the smallest and the largest difference that is not rejected; -1 or 1 where there
        is none."""
        number, p_value = len(self.at), self.arrangements.p_value
        level = round(alpha, DECIMALS) / 2
        needed = next(k for k in range(number + 1) if p_value(self.always + k) >= level)
        if needed == 0:
            return -1.0, 1.0
        low, high = float(self.at[needed - 1]), float(self.at[number - needed])
        return max(low, -1.0), min(high, 1.0)


def turns(cell: np.ndarray, against: np.ndarray, seed: int = 0) -> Turns:
    """Find where each arrangement turns.

    Args:
        cell: (seeds,), each seed's share of runs with the event.
        against: (seeds,), those of the other cell.
        seed: the seed of the draws, where not every arrangement is looked at.
    """
    sizes = len(cell), len(against)
    shares, own = np.concatenate([cell, against]), np.arange(sum(sizes)) < sizes[0]
    arrangements, found, always = Arrangements(sizes, paired=False), [], 0
    for chosen in arrangements.chosen(seed):
        sums, stayed = chosen @ shares, chosen @ own.astype(float)
        means = sums / sizes[0] - (shares.sum() - sums) / sizes[1]
        slopes = stayed / sizes[0] - (sizes[0] - stayed) / sizes[1]
        moved = stayed < sizes[0]
        always += int((~moved).sum())
        found.append((cell.mean() - against.mean() - means[moved]) / (1 - slopes[moved]))
    at = np.sort(np.round(np.concatenate(found), DECIMALS))
    return Turns(at, always, arrangements)


def seeds_permuted(
    cell: Shares, against: Shares, confidence: float = CONFIDENCE, *, seed: int = 0
) -> tuple[float, Interval]:
    """Compute the two-sided p-value against no difference, and the interval of the mean difference
    of the seeds' shares, which excludes 0 exactly where p is below 1 - confidence.

    A guard where nearly all seeds of the cells have one share, which would leave an interval
    without width: where fewer than `GUARDED_BELOW` seeds differ from the commonest share of their
    cell, a further seed of either cell is supposed, with the event in every run of the one cell and
    in none of the other's for the upper end, and the other way round for the lower.

    Args:
        cell: runs of each seed, and to how many it happened.
        against: those of the other cell.
        confidence: between 0 and 1.
        seed: the seed of the draws, where not every arrangement is looked at.

    Returns:
        1 and NaN where a side has no run.
    """
    require_confidence(confidence)
    if not cell.total or not against.total:
        return 1.0, UNKNOWN
    own, others = (np.array(side.happened) / np.array(side.runs) for side in (cell, against))
    found = turns(own, others, seed)
    p_value, alpha = found.p_value(0.0), 1 - confidence
    low, high = found.interval(alpha)
    apart = sum(len(side) - max(Counter(side.tolist()).values()) for side in (own, others))
    if apart < GUARDED_BELOW:
        low = min(low, turns(np.append(own, 0.0), np.append(others, 1.0), seed).interval(alpha)[0])
        high = max(
            high, turns(np.append(own, 1.0), np.append(others, 0.0), seed).interval(alpha)[1]
        )
    return p_value, agreeing((low, high), float(own.mean() - others.mean()), p_value, confidence)


def unpaired_minimum_p(cell: Shares, against: Shares, *, clustered: bool) -> float:
    """Return the minimum attainable two-sided p, where every run of one side and none of the other
    had the event: that of the exact test, or twice the chance of that permutation of seeds."""
    seeds, others = len(cell.runs), len(against.runs)
    if clustered:
        return min(1.0, 2 / math.comb(seeds + others, seeds))
    return exact_unpaired_p(seeds, seeds, 0, others)
