"""Tango's score statistic of two paired rates (Tango 1998, Statistics in Medicine 17:891): how far
their difference lies from a supposed one, in standard errors."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

TIE = 1e-9
"""Statistics that differ by less are equal: rounding makes no table more extreme than another."""


def score_variance(
    only_cell: ArrayLike, only_against: ArrayLike, pairs: float, difference: float
) -> Float[np.ndarray, "..."]:
    """Compute the variance of only_cell - only_against if the rates differ by `difference`
    (equation 24), with the restricted maximum-likelihood estimate of the share of pairs with the
    event in the other cell alone (equation 25)."""
    more, fewer = np.asarray(only_cell, dtype=float), np.asarray(only_against, dtype=float)
    linear = (2 * pairs - more + fewer) * difference - more - fewer
    constant = -fewer * difference * (1 - difference)
    root = np.sqrt(np.maximum(0.0, linear**2 - 8 * pairs * constant))
    total = np.where(linear > 0, root + linear, 1.0)
    # Two forms of the same root: each loses no digits on its side.
    alone = np.where(linear > 0, -2 * constant / total, (root - linear) / (4 * pairs))
    return np.maximum(0.0, pairs * (2 * alone + difference * (1 - difference)))


def score_statistic(
    only_cell: ArrayLike, only_against: ArrayLike, pairs: float, difference: float
) -> Float[np.ndarray, "..."]:
    """Compute the statistic, cell less against: 0 where the difference is the supposed one, and
    infinite where it has no variance."""
    distance = np.subtract(only_cell, only_against, dtype=float) - pairs * difference
    variance = score_variance(only_cell, only_against, pairs, difference)
    near = np.abs(distance) < TIE * pairs
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(near, 0.0, distance / np.sqrt(variance))


def least_counts(pairs: int, difference: float, bound: float) -> Int[np.ndarray, " discordant"]:
    """Find for each number k of discordant pairs the fewest of them with the event in the cell
    alone whose statistic is at least `bound`; k + 1 where none is.

    The statistic rises with that count.
    """
    discordant = np.arange(pairs + 1)
    return fewest(
        discordant,
        lambda alone: score_statistic(alone, discordant - alone, pairs, difference) >= bound - TIE,
    )


def fewest(
    most: Int[np.ndarray, " tables"],
    suffice: Callable[[Int[np.ndarray, " tables"]], Bool[np.ndarray, " tables"]],
) -> Int[np.ndarray, " tables"]:
    """Find by halving the fewest of each table, from 0 to `most`, that suffice, as all above them
    do; one more where none does."""
    few, many = np.full(len(most), -1), most + 1
    while np.any(many - few > 1):
        middle = np.clip((few + many) // 2, 0, most)
        enough, unsure = suffice(middle), many - few > 1
        many = np.where(unsure & enough, middle, many)
        few = np.where(unsure & ~enough, middle, few)
    return many
