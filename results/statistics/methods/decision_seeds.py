"""How many paired seeds it takes until an e-value shows a difference."""

import numpy as np
from scipy.special import gammaln

from results.statistics.methods.e_values import log_e_value

MOST_COMPUTED = 500
"""Seeds after which a study is taken to go on as far as it may."""


def decision_seeds(
    first_rate: float,
    second_rate: float,
    alpha: float,
    max_seeds: int,
    *,
    first: int = 1,
    step: int = 1,
) -> tuple[float, float]:
    """Compute how many seeds it takes on average until p is below alpha, and how probable that is
    with at most `max_seeds`; exact, for runs of a seed that are independent of each other.

    Args:
        first_rate: of the one side.
        second_rate: of the other.
        alpha: level of the contrast.
        max_seeds: there it ends.
        first: seeds before the first look.
        step: seeds from one look to the next.

    Returns:
        Mean seeds, and the power. Of more than `MOST_COMPUTED` seeds the power is that with so
        many, which is less than with all.
    """
    most = min(max_seeds, MOST_COMPUTED)
    more = np.arange(most + 1)[:, None]
    decided = log_e_value(more, more.T, gammaln) > -np.log(alpha)
    up, down = first_rate * (1 - second_rate), second_rate * (1 - first_rate)
    chances = np.zeros((most + 1, most + 1))
    chances[0, 0] = 1.0
    seeds = power = 0.0
    for total in range(1, most + 1):
        size = total + 1
        seeds += float(chances[:size, :size].sum())
        further = chances[:size, :size] * (1 - up - down)
        further[1:] += chances[: size - 1, :size] * up
        further[:, 1:] += chances[:size, : size - 1] * down
        if total == max_seeds or (total >= first and (total - first) % step == 0):
            reached = decided[:size, :size]
            power += float(further[reached].sum())
            further[reached] = 0.0
        chances[:size, :size] = further
    return seeds + float(chances.sum()) * (max_seeds - most), power
