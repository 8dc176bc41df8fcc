"""The posterior predictive p-value of a count that somebody else has seen."""

import numpy as np
from scipy.stats import betabinom

from results.errors import ConfigError

JEFFREYS = 0.5
"""Both parameters of the prior of a rate."""
TIE = 1e-9
"""Relative difference below which two probabilities are the same one."""


def posterior_predictive_p(count: int, total: int, seen: int, trials: int) -> float:
    """Compute the probability of counts no more probable than the one seen (Box 1980; Gelman et al.
    2013, section 6.3).

    The rate has a Jeffreys prior; given `count` of `total`, another count is beta-binomial. All
    counts that are no more probable than `seen` are as extreme, so the value is two-sided.

    Args:
        count: how often it happened here.
        total: among so many independent seeds; runs that share a seed must not be counted apart.
        seen: how often it happened there.
        trials: among so many trials.

    Returns:
        Between 0 and 1; NaN where a side has no trial.

    Raises:
        ConfigError: a count outside 0 to its total.
    """
    for value, of in ((count, total), (seen, trials)):
        if not 0 <= value <= of:
            raise ConfigError(f"count {value} of {of}: must lie between 0 and the total")
    if not total or not trials:
        return float("nan")
    chances = betabinom.pmf(
        np.arange(trials + 1), trials, JEFFREYS + count, JEFFREYS + total - count
    )
    extreme = chances <= chances[seen] * (1 + TIE)
    return min(1.0, float(chances[extreme].sum()))


def predictive_log_chance(count: int, total: int, seen: int, trials: int) -> float:
    """Compute the log of the probability that `seen` of `trials` has there; arguments as above."""
    return float(betabinom.logpmf(seen, trials, JEFFREYS + count, JEFFREYS + total - count))
