"""The largest probability that a test rejects, over the parameter that its hypothesis leaves open:
the share of pairs that differ at all (discordant pairs)."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betainc, gammaln, xlogy

from results.statistics.methods.inversion import largest_over

PER_DEVIATION = 2
"""Points of the grid in half a standard deviation of the number of discordant pairs."""
WINDOW = 7
"""Standard deviations beyond which numbers of discordant pairs are left out of sums."""


def largest_probability(
    least: Int[np.ndarray, " discordant"],
    difference: float,
    shares: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Find the largest probability, over the share of discordant pairs, of at least so many of
    them with the event in the cell alone.

    Args:
        least: so many, for each number of discordant pairs from 0 to all; one more than that number
            where none suffices.
        difference: of the two rates, cell less against.
        shares: the smallest and the largest share that is looked at; those below the size of the
            difference are none.

    Returns:
        0 where no share is left.
    """
    pairs, size = len(least) - 1, abs(difference)
    if max(shares[0], size) > shares[1]:
        return 0.0

    def probability(angles: np.ndarray) -> np.ndarray:
        return probabilities(least, np.maximum(np.sin(angles) ** 2, size), difference)

    return largest_over(probability, (max(shares[0], size), shares[1]), PER_DEVIATION, pairs)


def probabilities(
    least: Int[np.ndarray, " discordant"], shares: Float[np.ndarray, " shares"], difference: float
) -> Float[np.ndarray, " shares"]:
    """Compute the probability at each share of discordant pairs."""
    pairs = len(least) - 1
    spread = np.sqrt(pairs * np.max(shares * (1 - shares)))
    width = min(pairs + 1, 2 * int(WINDOW * (spread + 1)) + 1)
    first = np.clip(np.rint(pairs * shares).astype(int) - width // 2, 0, pairs + 1 - width)
    number, share = first[:, None] + np.arange(width), shares[:, None]
    chance = np.exp(
        log_choose(pairs)[number] + xlogy(number, share) + xlogy(pairs - number, 1 - share)
    )
    if difference == 0.0:  # a discordant pair is a fair coin, whatever their share
        tail = at_least(least, np.arange(pairs + 1), 0.5)[number]
    else:
        of_cell = np.clip(0.5 + difference / (2 * share), 0.0, 1.0)
        tail = at_least(least[number], number, of_cell)
    return np.sum(chance * tail, axis=1)


def at_least(
    least: np.ndarray, number: np.ndarray, share: Float[np.ndarray, "..."] | float
) -> np.ndarray:
    """Compute the probability that a binomial count of so many is at least `least`."""
    possible = (least > 0) & (least <= number)
    tail = betainc(np.where(possible, least, 1), np.where(possible, number - least + 1, 1), share)
    return np.where(possible, tail, least <= 0)


@lru_cache(maxsize=64)
def log_choose(pairs: int) -> Float[np.ndarray, " discordant"]:
    """Compute the logarithm of the ways to choose 0, 1, ... all of the pairs."""
    number = np.arange(pairs + 1)
    return gammaln(pairs + 1) - gammaln(number + 1) - gammaln(pairs - number + 1)
