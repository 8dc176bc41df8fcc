"""The interval of a median, from the order of the values alone."""

from collections.abc import Sequence

from scipy.stats import binom

from results.statistics.methods.intervals import CONFIDENCE, Interval


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Return the k-th smallest and k-th largest value, k as large as the level allows (Conover
    1999, Practical Nonparametric Statistics, section 3.2).

    Args:
        values: independent of each other, in any order.
        confidence: between 0 and 1.

    Returns:
        None where even the smallest and largest value hold the median too seldom: below six values
        at 95%.
    """
    number = len(values)
    beyond = [
        k for k in range(1, number + 1) if 2 * binom.cdf(k - 1, number, 0.5) <= 1 - confidence
    ]
    if not beyond:
        return None
    ordered = sorted(values)
    return ordered[beyond[-1] - 1], ordered[-beyond[-1]]
