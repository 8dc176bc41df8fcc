"""Two cells with the same seeds, compared as often as one likes: e-values, and what they allow.

An e-value is what a gambler who began with 1 owns after betting on a difference. If there is none,
no way to bet is expected to win, and with probability 1 - alpha the gambler never owns 1 / alpha
(Ville 1939; Ramdas, Grünwald, Vovk and Shafer 2023): whenever one looks and stops, 1 / e is a
p-value.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from results.errors import ConfigError
from results.statistics.methods.intervals import Interval, require_between

PRIOR = 0.5
"""Both parameters of the beta distribution over the bets: Krichevsky and Trofimov's, by which e is
at least the likelihood ratio of the best bet in hindsight over about twice the root of the seeds
that differ. Seven seeds that differ in one direction reach p < 0.05; eight with the uniform 1,
which finds a difference of 50% and 20% one seed earlier, and that of 25% and none four later."""


def signs_of(differences: Iterable[int]) -> tuple[int, int]:
    """Count the seeds with more events in the cell, and those with fewer.

    Args:
        differences: for each seed, runs with the event in the cell less runs with it in the other,
            summed over strata, data seeds and teachers.
    """
    signs = [(difference > 0) - (difference < 0) for difference in differences]
    return signs.count(1), signs.count(-1)


def e_value(more: int, fewer: int) -> float:
    """Compute the e-value against the hypothesis that a seed which differs is as likely to differ
    in one direction as in the other, which the exact sign-flip test has too.

    The likelihood ratio of `more` and `fewer` against a fair coin's, averaged over a beta
    distribution (`PRIOR`) of the coin. It is 1 without seeds that differ.

    Args:
        more: seeds with more events in the cell.
        fewer: seeds with more events in the other.

    Raises:
        ConfigError: a number below 0.
    """
    if min(more, fewer) < 0:
        raise ConfigError(f"{more} and {fewer} seeds: must be at least 0")
    return math.exp(min(log_e_value(more, fewer), 700.0))


def log_e_value(more: Any, fewer: Any, lgamma: Callable[[Any], Any] = math.lgamma) -> Any:
    """Compute the logarithm of `e_value`; of arrays too, with a function that takes them."""
    log = lgamma(PRIOR + more) + lgamma(PRIOR + fewer) - 2 * lgamma(PRIOR)
    log += lgamma(2 * PRIOR) - lgamma(2 * PRIOR + more + fewer)
    return log + (more + fewer) * math.log(2)


def anytime_p(e: float) -> float:
    """Return the p-value that stays valid however often it is looked at: 1 / e, at most 1."""
    return min(1.0, 1.0 / e)


def difference_sequence(
    only_cell: int, only_against: int, pairs: int, alpha: float = 0.05
) -> Interval:
    """Return the differences of two paired rates, cell less against, that are not ruled out: with
    probability 1 - alpha all of these intervals, after any numbers of seeds, hold the difference.

    Those whose e-value is below 1 / alpha. Against the difference d, a seed with the difference x
    (1, 0 or -1) multiplies the bet theta by theta (1 + x) / (1 + d) + (1 - theta) (1 - x) / (1 - d)
    of mean 1 (betting on a bounded mean: Waudby-Smith and Ramdas 2024), averaged over theta as in
    `e_value`, which this is at d = 0: the interval holds 0 where p is at least alpha, never else.
    It is an interval, as a mean of products of 1 / (1 + d) and 1 / (1 - d) is log-convex in d, and
    holds the difference that was seen, where no bet wins.

    Args:
        only_cell: seeds with the event in the cell alone.
        only_against: seeds with it in the other alone.
        pairs: all seeds.
        alpha: probability that the interval is ever wrong, in (0, 1).

    Returns:
        Low and high end; (-1, 1) without seeds.

    Raises:
        ConfigError: more seeds that differ than seeds, or no such alpha.
    """
    if min(only_cell, only_against) < 0 or only_cell + only_against > pairs:
        raise ConfigError(
            f"{only_cell} and {only_against} seeds that differ of {pairs}: must be at least 0 and "
            "no more than all"
        )
    require_between("alpha", alpha, 1)
    low = -_upper_end(only_against, only_cell, pairs, alpha)
    return low, _upper_end(only_cell, only_against, pairs, alpha)


def _upper_end(only_cell: int, only_against: int, pairs: int, alpha: float) -> float:
    if only_cell == pairs:
        return 1.0
    nodes = pairs // 2 + 1
    angle = (np.arange(nodes) + 0.5) * (math.pi / nodes) / 2
    theta, rest = np.cos(angle) ** 2, np.sin(angle) ** 2
    alike = pairs - only_cell - only_against
    bets = only_cell * np.log(2 * theta) + only_against * np.log(2 * rest)

    def excess(difference: float) -> float:
        """Log of e times alpha. A polynomial of the degree `pairs` in theta, whose mean Chebyshev's
        nodes give exactly."""
        up, down = 1 + difference, 1 - difference
        logs = bets - only_cell * math.log(up) - only_against * math.log(down)
        logs += alike * np.log(theta / up + rest / down)
        most = float(logs.max())
        return most + math.log(float(np.exp(logs - most).mean())) + math.log(alpha)

    from scipy.optimize import brentq  # takes longer to import than --list to answer

    end = 1 - 1e-12
    estimate = max(-end, (only_cell - only_against) / pairs)
    if excess(end) <= 0:
        return 1.0
    return float(brentq(excess, estimate, end))  # pyright: ignore[reportArgumentType]
