"""The test of no difference by whole seeds, each with the sum of its differences.

Under the hypothesis a seed's sum is as likely as its negative. Given how far each seed's sum lies
from 0 that is the sign-flip test, which sees only the seeds that differ: five of five seeds saved
and five of twenty are the same to it. Here, as in the exact paired test (Suissa & Shuster 1991,
`exact_paired`), the seeds that differ are a number that chance has drawn from all seeds, at the
worst share; that finds more.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import binom

from results.statistics.methods.exact_paired import exact_paired_p
from results.statistics.methods.paired import sign_flip_p, sums_by_chance
from results.statistics.methods.score_statistic import TIE

MOST_SEEDS = 100
"""With more seeds the sign-flip test differs little and is much faster."""
SHARES = np.sin(np.linspace(0, np.pi / 2, 401)[1:]) ** 2
"""Shares of seeds that differ: steps of a tenth of a standard deviation at most."""


def seed_sums_p(sums: Sequence[int]) -> float:
    """Compute the two-sided p-value against no difference; 1 where no seed differs.

    Seeds that differ, m of them, have the sizes of those which do here, stretched to m; the
    statistic is Sum d / sqrt(Sum d^2). Where all sizes are equal that is the exact paired test of
    as many pairs as there are seeds.

    Args:
        sums: for each seed, pairs with the event in the cell alone less pairs with it in the other
            alone.
    """
    found = np.array(sums, dtype=int)
    sizes = np.sort(np.abs(found[found != 0]))
    if not len(sizes):
        return 1.0
    if sizes[0] == sizes[-1]:
        return exact_paired_p(int((found > 0).sum()), int((found < 0).sum()), len(found))
    if len(found) > MOST_SEEDS:
        return sign_flip_p(sums)
    statistic = abs(int(found.sum())) / np.sqrt(np.square(sizes).sum())
    beyond = [0.0] + [tail(stretched(sizes, m), statistic) for m in range(1, len(found) + 1)]
    return min(1.0, float(np.max(chances(len(found)) @ beyond)))


def stretched(sizes: Int[np.ndarray, " differing"], number: int) -> Int[np.ndarray, " number"]:
    """Return so many sizes, distributed as the given ones are."""
    places = (np.arange(number) + 0.5) * len(sizes) / number
    return sizes[places.astype(int)]


def tail(sizes: Int[np.ndarray, " differing"], statistic: float) -> float:
    """Compute the probability of as large a statistic if each sign is a coin's."""
    sums, chance = sums_by_chance(sizes.tolist())
    least = statistic * np.sqrt(np.square(sizes).sum())
    return float(chance[np.abs(sums) >= least - TIE * len(sizes)].sum())


@lru_cache(maxsize=64)
def chances(seeds: int) -> Float[np.ndarray, "shares number"]:
    """Compute the probability that so many of the seeds differ, at each share."""
    return binom.pmf(np.arange(seeds + 1), seeds, SHARES[:, None])
