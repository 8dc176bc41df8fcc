"""Two cells with the same seeds: whether they differ in how often something happens, and by how
much."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import root_scalar
from scipy.stats import binomtest, norm

from results.errors import ConfigError
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval, require_confidence


def paired_minimum_p(discordant: int) -> float:
    """Return the minimum attainable two-sided p with so many discordant pairs (or seeds that
    differ): 2^(1 - k), where all of them differ in the same direction; 1 without any."""
    return min(1.0, 2.0 ** (1 - discordant))


def discordant_needed(alpha: float = 0.05) -> int:
    """Count the fewest discordant pairs whose minimum attainable p is below alpha, 6 for 0.05."""
    return math.floor(1 - math.log2(alpha)) + 1


def mcnemar_p(only_cell: int, only_against: int) -> float:
    """Compute the two-sided p-value of McNemar's exact test (McNemar 1947): a fair coin decides
    each discordant pair. It is 1 where there is none."""
    discordant = only_cell + only_against
    return float(binomtest(only_cell, discordant, 0.5).pvalue) if discordant else 1.0


def sign_flip_p(differences: Sequence[int]) -> float:
    """Compute the two-sided p-value where several pairs share a seed: under the hypothesis each
    seed's difference, as a whole, is as likely as its negative. It is McNemar's where each seed has
    one pair.

    Exact: the distribution of the sum of all differences, by convolution over the seeds.

    Args:
        differences: for each init seed, pairs with the event in the cell alone less pairs with it
            in the other alone.
    """
    sizes = [abs(difference) for difference in differences if difference]
    chance = np.ones(1)
    for size in sizes:
        wider = np.zeros(len(chance) + 2 * size)
        wider[: len(chance)] += chance / 2
        wider[2 * size :] += chance / 2
        chance = wider
    sums = np.arange(-sum(sizes), sum(sizes) + 1)
    return min(1.0, float(chance[np.abs(sums) >= abs(sum(differences))].sum()))


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
    if min(only_cell, only_against) < 0 or only_cell + only_against > pairs * (1 + 1e-12):
        raise ConfigError(
            f"{only_cell} and {only_against} discordant pairs of {pairs}: must be at least 0 and "
            "no more than all"
        )
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

    def excess(difference: float) -> float:
        """How far the squared difference lies above the squared quantile times its variance."""
        variance = score_variance(only_cell, only_against, pairs, difference)
        return (pairs * (estimate - difference)) ** 2 - quantile**2 * variance

    return float(root_scalar(excess, bracket=(estimate, 1.0), xtol=1e-14).root)


def score_variance(only_cell: float, only_against: float, pairs: float, difference: float) -> float:
    """Compute the variance of only_cell - only_against if the rates differ by `difference` (Tango
    1998, equation 24), with the restricted maximum-likelihood estimate of the share of pairs with
    the event in the other cell alone (equation 25)."""
    linear = (2 * pairs - only_cell + only_against) * difference - only_cell - only_against
    constant = -only_against * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear**2 - 8 * pairs * constant))
    alone = (root - linear) / (4 * pairs)
    return max(0.0, pairs * (2 * alone + difference * (1 - difference)))
