"""The mean of seeds' effects, with the interval that inverts the sign-flip test."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import norm

from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval
from results.statistics.methods.paired import sign_flip_p

STEPS = 100
"""Ends are whole percentage points, rounded outwards."""
MOST_EXACT = 200
"""With more seeds the test's normal limit gives the ends: the exact one takes long."""

GUARDED_BELOW = 6
"""So few seeds that differ say little of how others might: no test of them alone reaches 5%."""


def sign_flip_interval(
    sums: Sequence[int], largest: int, p_value: float, confidence: float = CONFIDENCE
) -> Interval:
    """Compute an interval of the mean effect over seeds, as a difference of rates.

    It holds every shift of the effects that the two-sided sign-flip test (`sign_flip_p`) does not
    reject, and so 0 if, and only if, p is at least 1 - confidence.

    A guard where nearly all seeds have one effect, which would leave an interval without width:
    where fewer than `GUARDED_BELOW` differ from the commonest effect, one further seed is supposed
    that has the largest effect upwards (for the upper end) or downwards (for the lower). It is
    about as wide as an exact binomial interval then, and its end towards 0 still agrees with p.

    Args:
        sums: for each seed, events at the factor's high level less events at its low level.
        largest: the sum of a seed with the event in each run at the high level and in none at the
            low one; the effect of a seed is its sum over this.
        p_value: `sign_flip_p` of the sums.
        confidence: between 0 and 1.
    """
    if not len(sums):
        return UNKNOWN
    alpha = 1 - confidence
    mirrored = [-each for each in sums]
    low, high = -upper_end(mirrored, largest, alpha), upper_end(sums, largest, alpha)
    least = min(1 / STEPS, abs(sum(sums)) / (2 * len(sums) * largest))  # an end is no 0 by rounding
    if p_value >= alpha:
        low, high = min(low, 0.0), max(high, 0.0)
    elif sum(sums) > 0:
        low = max(low, least)
    else:
        high = min(high, -least)
    if len(sums) - max(Counter(sums).values()) < GUARDED_BELOW:
        further = -upper_end([*mirrored, largest], largest, alpha)
        low = min(low, further) if p_value >= alpha or further > 0 or sum(sums) < 0 else low
        further = upper_end([*sums, largest], largest, alpha)
        high = max(high, further) if p_value >= alpha or further < 0 or sum(sums) > 0 else high
    return low, high


def upper_end(sums: Sequence[int], largest: int, alpha: float) -> float:
    """Return the largest mean effect that the test of these sums does not reject, up to 1."""
    end = limit_end if len(sums) > MOST_EXACT else exact_end
    return min(1.0, end(np.asarray(sums), largest, alpha))


def exact_end(sums: np.ndarray, largest: int, alpha: float) -> float:
    """Return it to a step, rounded outwards, by bisection: p falls with the distance of the
    mean."""
    estimate = sums.mean() / largest
    low, high = math.floor(estimate * STEPS), STEPS  # in units of 1 / STEPS of an effect

    common = math.gcd(STEPS, largest)

    def kept(shift: int) -> bool:
        shifted = STEPS // common * sums - shift * (largest // common)
        return sign_flip_p(shifted.tolist()) >= alpha

    if kept(high):
        return 1.0
    return last(kept, low, high) / STEPS + 1 / STEPS


def last(kept: Callable[[int], bool], low: int, high: int) -> int:
    """Return the greatest number that is kept; `low` counts as kept, `high` is not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low


def limit_end(sums: np.ndarray, largest: int, alpha: float) -> float:
    """Return the end of the test's normal limit: (sum (d - x))^2 = z^2 sum (d - x)^2, in x."""
    effects, z2 = sums / largest, float(norm.isf(alpha / 2)) ** 2
    seeds = len(effects)
    spread = float(((effects - effects.mean()) ** 2).mean())
    return float(effects.mean()) + math.sqrt(z2 * spread / (seeds - z2))
