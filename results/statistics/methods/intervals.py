"""Intervals of a proportion: how far a count of n independent seeds leaves its rate open."""

from numbers import Real
from typing import Literal, get_args

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError

Interval = tuple[float, float]
"""Low and high end."""
IntervalMethod = Literal["wilson", "clopper_pearson", "jeffreys"]
INTERVAL_METHODS: tuple[IntervalMethod, ...] = get_args(IntervalMethod)
UNKNOWN: Interval = (float("nan"), float("nan"))
CONFIDENCE = 0.95


def proportion_interval(
    count: float, total: float, method: IntervalMethod = "wilson", confidence: float = CONFIDENCE
) -> Interval:
    """Compute the two-sided interval of a rate, by statsmodels; NaN without runs.

    Args:
        count: how often it happened.
        total: among so many independent seeds; for Wilson it may be an effective number, not whole.
        method: Wilson's score interval (Wilson 1927), the exact one of Clopper & Pearson (1934),
            which never covers less than it says, or equal-tailed Jeffreys (Brown, Cai & DasGupta
            2001, section 4.1.2).
        confidence: between 0 and 1.

    Raises:
        ConfigError: a count outside 0 to total, another method, or a confidence that is none.
    """
    require_confidence(confidence)
    if method not in INTERVAL_METHODS:
        raise ConfigError(f"method '{method}': there are {', '.join(INTERVAL_METHODS)}")
    if not 0 <= count <= total:
        raise ConfigError(f"count {count} of {total}: must lie between 0 and the total")
    if method != "wilson" and not (float(count).is_integer() and float(total).is_integer()):
        raise ConfigError(f"{count} of {total}: {method} needs whole numbers; use wilson")
    if total == 0:
        return UNKNOWN
    name = "beta" if method == "clopper_pearson" else method
    low, high = np.asarray(
        proportion_confint(count, total, alpha=1 - confidence, method=name), dtype=float
    )
    # The interval holds its rate: neither rounding nor a tail of Jeffreys' posterior (Brown et al.
    # 2001) may put 0 of n or n of n outside.
    return (0.0 if count == 0 else float(low)), (1.0 if count == total else float(high))


def require_confidence(confidence: float) -> None:
    require_between("confidence", confidence, 1)


def require_between(name: str, value: float, most: float) -> None:
    """Raise ConfigError unless it lies strictly between 0 and the most."""
    if not (isinstance(value, Real) and 0 < value < most):
        raise ConfigError(f"{name} {value!r}: must lie between 0 and {most:g}")
