"""The exact unconditional test of two paired rates, and the interval that inverts it.

Of n pairs, b have the event in the cell alone and c in the other alone. For a supposed difference d
of the rates, tables are ordered by Tango's score statistic (Tango 1998), and the p-value is the
largest probability of a statistic at least as extreme, over what the hypothesis leaves open: the
share of pairs that differ at all. At d = 0 that is the test of Suissa & Shuster (1991, Biometrics
47:361). With this statistic the probability is largest at the boundary of "the rates differ by at
most d" (Hsueh, Liu & Chen 2001, Biometrics 57:478), so that each side is a test of its own, and two
sides are twice the smaller one.

Away from 0 the largest probability is often that of a share far from what the table shows, and
jumps from one d to the next. There the shares are left out that the number of discordant pairs
excludes, and the probability of excluding the true one is added (Berger & Boos 1994, JASA 89:1012).

The interval holds the differences that the test does not reject, so the two cannot contradict each
other. The sums are exact for any number of pairs: 5000 take a second.
"""

from functools import lru_cache

from results.errors import ConfigError
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    Interval,
    proportion_interval,
    require_confidence,
)
from results.statistics.methods.inversion import lower_end
from results.statistics.methods.nuisance import largest_probability
from results.statistics.methods.score_statistic import least_counts, score_statistic

IMPLAUSIBLE = 1e-6
"""The probability with which the true share of discordant pairs is left out."""


def exact_paired_p(only_cell: int, only_against: int, pairs: int) -> float:
    """Compute the two-sided p-value against no difference; 1 without pairs.

    Args:
        only_cell: pairs with the event in the cell alone.
        only_against: pairs with it in the other alone.
        pairs: all of them, which matter too: 5 of 20 that all differ one way are 0.041.

    Raises:
        ConfigError: more discordant pairs than pairs.
    """
    require_table(only_cell, only_against, pairs)
    fewer, more = sorted((only_cell, only_against))
    return min(1.0, 2 * more_p(more, fewer, pairs, 0.0)) if more > fewer else 1.0


def exact_paired_interval(
    only_cell: int, only_against: int, pairs: int, confidence: float = CONFIDENCE
) -> Interval:
    """Find the differences, cell less against, that neither side of the test rejects at
    (1 - confidence) / 2; NaN without pairs.

    It excludes 0 exactly where `exact_paired_p` is below 1 - confidence.

    Raises:
        ConfigError: more discordant pairs than pairs, or a confidence that is none.
    """
    require_confidence(confidence)
    require_table(only_cell, only_against, pairs)
    if not pairs:
        return UNKNOWN
    level = (1 - confidence) / 2
    low = _lower_end(only_cell, only_against, pairs, level)
    return low, 0.0 - _lower_end(only_against, only_cell, pairs, level)


@lru_cache(maxsize=65536)
def more_p(only_cell: int, only_against: int, pairs: int, difference: float) -> float:
    """Compute the p-value of "the rates differ by at most `difference`, cell less against": small
    where they seem to differ by more."""
    observed = float(score_statistic(only_cell, only_against, pairs, difference))
    least = least_counts(pairs, difference, observed)
    if difference == 0.0:
        return largest_probability(least, difference)
    shares = plausible_shares(only_cell + only_against, pairs)
    return min(1.0, largest_probability(least, difference, shares) + IMPLAUSIBLE)


@lru_cache(maxsize=1024)
def plausible_shares(discordant: int, pairs: int) -> Interval:
    """Find the shares of discordant pairs that their number does not exclude."""
    return proportion_interval(discordant, pairs, "clopper_pearson", 1 - IMPLAUSIBLE)


@lru_cache(maxsize=65536)
def _lower_end(only_cell: int, only_against: int, pairs: int, level: float) -> float:
    """Find the largest difference below which all are rejected in favour of a larger one."""
    return lower_end(
        lambda difference: more_p(only_cell, only_against, pairs, difference),
        (only_cell - only_against) / pairs,
        level,
    )


def require_table(only_cell: float, only_against: float, pairs: float) -> None:
    """Raise ConfigError unless the counts are those of a table; they need not be whole."""
    if min(only_cell, only_against) < 0 or only_cell + only_against > pairs * (1 + 1e-12):
        raise ConfigError(
            f"{only_cell} and {only_against} discordant pairs of {pairs}: must be at least 0 and "
            "no more than all"
        )
