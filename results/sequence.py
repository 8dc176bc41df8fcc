"""An interval that stays valid however often it was looked at."""

import math
from collections.abc import Callable

from scipy.optimize import root_scalar
from scipy.special import betaln, xlog1py, xlogy


def confidence_sequence(count: int, total: int, alpha: float) -> tuple[float, float]:
    """Beta-binomial prior-posterior-ratio confidence sequence with a uniform prior (Waudby-Smith &
    Ramdas 2020, Neurips, section 2): the rates whose posterior density exceeds alpha. It holds the
    rate at every number of seeds at once with probability 1 - alpha."""
    mode = count / total if total else 0.5
    normaliser = betaln(count + 1, total - count + 1) + math.log(alpha)

    def excess(rate: float) -> float:
        return float(xlogy(count, rate) + xlog1py(total - count, -rate) - normaliser)

    return _crossing(excess, 0.0, mode), _crossing(excess, 1.0, mode)


def _crossing(excess: Callable[[float], float], end: float, mode: float) -> float:
    """Where the density falls to alpha between the mode and an end; the end if it never does."""
    if end == mode or excess(end) > 0:
        return end
    return float(root_scalar(excess, bracket=(end, mode), xtol=1e-14).root)
