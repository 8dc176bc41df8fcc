"""Tango's interval of the difference of two paired rates, in closed form but for a root: near the
exact one where there are many pairs, and what clustered pairs are held against."""

from scipy.optimize import root_scalar
from scipy.stats import norm

from results.statistics.methods.exact_paired import require_table
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval, require_confidence
from results.statistics.methods.score_statistic import score_variance


def tango_interval(
    only_cell: float, only_against: float, pairs: float, confidence: float = CONFIDENCE
) -> Interval:
    """Compute the score interval of the difference of two paired rates, cell less against (Tango
    1998, equations 24-26); NaN without pairs.

    Args:
        only_cell: pairs with the event in the cell alone.
        only_against: pairs with it in the other alone.
        pairs: all of them; counts may be effective numbers, not whole.
        confidence: between 0 and 1.

    Raises:
        ConfigError: more discordant pairs than pairs, or a confidence that is none.
    """
    require_confidence(confidence)
    require_table(only_cell, only_against, pairs)
    if not pairs:
        return UNKNOWN
    quantile = float(norm.isf((1 - confidence) / 2))
    if not only_cell and not only_against:
        bound = quantile**2 / (pairs + quantile**2)
        return -bound, bound
    low = -_upper_end(only_against, only_cell, pairs, quantile)
    return low, _upper_end(only_cell, only_against, pairs, quantile)


def _upper_end(only_cell: float, only_against: float, pairs: float, quantile: float) -> float:
    estimate = (only_cell - only_against) / pairs
    if estimate >= 1:
        return 1.0
    if estimate <= -1:  # the equation's other root, as the estimate is one
        return (quantile**2 - pairs) / (quantile**2 + pairs)

    def excess(difference: float) -> float:
        """How far the squared difference lies above the squared quantile times its variance."""
        variance = float(score_variance(only_cell, only_against, pairs, difference))
        return (pairs * (estimate - difference)) ** 2 - quantile**2 * variance

    return float(root_scalar(excess, bracket=(estimate, 1.0), xtol=1e-14).root)
