"""Two cells with the same seeds, several pairs of which share a seed: signs of whole seeds.

Where each pair has a seed of its own, the test is that of `exact_paired`."""

import math
from collections.abc import Sequence

import numpy as np


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
