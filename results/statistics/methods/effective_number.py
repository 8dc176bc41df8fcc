"""Wilson's interval where runs are not independent: an effective number of them, and a quantile
that allows for how little the variance is known."""

from collections.abc import Sequence

import numpy as np

from results.statistics.methods.intervals import Interval


def wilson_ends(rate: float, effective: float, quantile: float) -> Interval:
    """Compute Wilson's interval (1927) for any quantile, not the normal distribution's alone."""
    square = quantile**2 / effective
    centre = (rate + square / 2) / (1 + square)
    half = quantile / (1 + square) * np.sqrt(rate * (1 - rate) / effective + square / effective / 4)
    low, high = max(0.0, float(centre - half)), min(1.0, float(centre + half))
    return (low if rate > 0 else 0.0), (high if rate < 1 else 1.0)  # whatever rounding does


def mean_quantile(parts: Sequence[float], quantiles: Sequence[float]) -> float:
    """Average quantiles by the parts of the variance that each is for (Cochran 1964); the first
    one where all parts are 0."""
    if not sum(parts) > 0:
        return float(quantiles[0])
    return float(np.average(quantiles, weights=parts))
