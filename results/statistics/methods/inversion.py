"""Exact unconditional tests: the worst value of what a hypothesis leaves open, and the interval of
the differences that a test does not reject."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

PEAKS = 4
CLOSER = np.arange(-5, 6) / 5
CLOSE = 1e-6
"""How closely the ends of an interval are looked for."""


def largest_over(
    probability: Callable[[Float[np.ndarray, " angles"]], Float[np.ndarray, " angles"]],
    shares: tuple[float, float],
    per_deviation: int,
    number: int,
) -> float:
    """Find the largest probability over a share, sin(angle)^2: on a grid of angles, in whose scale
    a binomial's standard deviation is the same everywhere, and then closer around its highest
    peaks. Being a sum over a binomial, the probability has no finer structure than the grid.

    Args:
        probability: at each angle.
        shares: the smallest and the largest one.
        per_deviation: points of the grid in half a standard deviation.
        number: of the binomial.
    """
    low, high = (float(np.arcsin(np.sqrt(share))) for share in shares)
    steps = max(16, round((high - low) * 2 * per_deviation * np.sqrt(number)))
    angles = np.linspace(low, high, steps + 1)
    values = probability(angles)
    around = np.concatenate([[-1.0], values, [-1.0]])
    peaks = np.flatnonzero((values >= around[:-2]) & (values >= around[2:]))
    drops = np.abs(np.diff(values, prepend=values[0], append=values[-1]))
    # A parabola through a peak and its neighbours rises by at most an eighth of what it falls to
    # both. A peak that even eight times as much does not lift to the highest is not looked at.
    peaks = peaks[values[peaks] + drops[peaks] + drops[peaks + 1] >= values.max()]
    tops = angles[peaks[np.argsort(values[peaks])[-PEAKS:]]]
    step = (high - low) / steps
    for _ in range(3):
        closer = np.clip(tops[:, None] + step * CLOSER, low, high)
        values = probability(closer.ravel()).reshape(closer.shape)
        tops = closer[np.arange(len(tops)), values.argmax(axis=1)]
        step /= len(CLOSER) // 2
    return min(1.0, float(values.max()))


def lower_end(
    p_value: Callable[[float], float], estimate: float, level: float, steps: int = 1
) -> float:
    """Find the largest difference below which all are rejected in favour of a larger one.

    Args:
        p_value: against "the rates differ by at most so much".
        estimate: the difference that was seen.
        level: below which it rejects.
        steps: the p-value is looked at that often on the way to the estimate first, where it need
            not rise all the way.
    """
    rejected, kept = (0.0, estimate) if p_value(0.0) < level else (-1.0, min(estimate, 0.0))
    if kept <= -1.0:
        return -1.0
    for difference in np.linspace(rejected, kept, steps + 1)[1:-1].tolist():
        if p_value(difference) >= level:
            kept = difference
            break
        rejected = difference

    def excess(difference: float) -> float:
        """The search goes by the logarithm, which is nearly straight where p is small."""
        nonlocal rejected, kept
        found = p_value(difference)
        if found < level:
            rejected = max(rejected, difference)
        else:
            kept = min(kept, difference)
        return np.log(max(found, 1e-12) / level)

    if kept - rejected > CLOSE:
        brentq(excess, rejected, kept, xtol=CLOSE / 2)
    # An end is a difference that is rejected; but never 0, on which the test alone decides.
    return rejected if rejected != 0.0 else kept
