"""Two cells with the same seeds, several pairs of which share a seed: signs of whole seeds, and
Tango's interval, which takes effective numbers of pairs.

Where each pair has a seed of its own, the test is that of `exact_paired`."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import root_scalar
from scipy.stats import norm

from results.statistics.methods.exact_paired import require_table
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval, require_confidence
from results.statistics.methods.score_statistic import score_variance


def paired_minimum_p(seeds: int) -> float:
    """Return the minimum attainable two-sided p of so many paired seeds: 2^(1 - n), where all of
    them differ in the same direction; 1 without any."""
    return min(1.0, 2.0 ** (1 - seeds))


def seeds_needed(alpha: float = 0.05) -> int:
    """Count the fewest paired seeds whose minimum attainable p is below alpha, 6 for 0.05."""
    return math.floor(1 - math.log2(alpha)) + 1


def sign_flip_p(differences: Sequence[int]) -> float:
    """Compute the two-sided p-value where several pairs share a seed: under the hypothesis each
    seed's difference, as a whole, is as likely as its negative. Where each seed has one pair that
    is McNemar's exact test (McNemar 1947).

    Exact: the distribution of the sum of all differences, by convolution over the seeds.

    Args:
        differences: for each init seed, pairs with the event in the cell alone less pairs with it
            in the other alone.
    """
    sums, chance = sums_by_chance([abs(difference) for difference in differences])
    return min(1.0, float(chance[np.abs(sums) >= abs(sum(differences))].sum()))


def sums_by_chance(sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums that numbers of these sizes can have, and the probability of each if every
    sign is a coin's."""
    chance = np.ones(1)
    for size in sizes:
        wider = np.zeros(len(chance) + 2 * size)
        wider[: len(chance)] += chance / 2
        wider[2 * size :] += chance / 2
        chance = wider
    return np.arange(-sum(sizes), sum(sizes) + 1), chance


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
