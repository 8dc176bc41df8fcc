"""How probably the main effect of a factor is shown, by simulation, and the seeds that it takes."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from results.errors import ConfigError
from results.statistics.methods.levels import POWER
from results.statistics.methods.paired import seeds_needed, sign_flip_p

SHARES = (0.0, 0.4, 0.8)
"""Parts of the variance of what decides that are the seed's: none, some, most of it."""
SIMULATIONS = 500
MOST_EXACT = 200
"""With more seeds the sign-flip test's normal limit is taken: the exact one takes long."""

Shown = Callable[[np.ndarray, float], np.ndarray]
"""Which simulations are shown at a level, by their seeds' sums, shape (simulations, seeds)."""


def main_effect_power(
    reference: float,
    level: float,
    seeds: int,
    cells: int,
    *,
    tests: int = 1,
    alpha: float = 0.05,
    simulations: int = SIMULATIONS,
) -> float:
    """Estimate the lowest power over `SHARES` of the sign-flip test of a main effect.

    A run has the event if a normal variable, the sum of the seed's and the run's own, is below the
    quantile of its level's rate. The power is that of the first step of Holm's correction, so it is
    higher where other effects are shown too. The same arguments give the same estimate.

    Args:
        reference: rate at the low level, in each of its cells.
        level: rate at the high level.
        seeds: of each cell.
        cells: of the design, half of them at each level.
        tests: how many Holm's correction is for.
        alpha: two-sided level of all of them together.
        simulations: for each share; the standard error at a power of 0.8 is 0.02 with 500.

    Raises:
        ConfigError: a rate that is none.
    """
    require_rates(reference, level)
    shown = shown_exactly if seeds <= MOST_EXACT else shown_in_the_limit
    return lowest_power(reference, level, seeds, cells, alpha / tests, simulations, shown)


def seeds_for_main_effect(
    reference: float,
    level: float,
    cells: int,
    most: int,
    *,
    tests: int = 1,
    power: float = POWER,
    alpha: float = 0.05,
) -> int | None:
    """Find about the fewest seeds with which `main_effect_power` is that large; None if it takes
    more than the most. Power is simulated, so a few seeds fewer may do. Other arguments are those
    of `main_effect_power`.

    Raises:
        ConfigError: a rate that is none, or equal rates.
    """
    require_rates(reference, level)
    if reference == level:
        raise ConfigError(f"rates {reference} and {level}: equal rates cannot be told apart")

    def reached_in_the_limit(seeds: int) -> bool:
        found = lowest_power(
            reference, level, seeds, cells, alpha / tests, SIMULATIONS, shown_in_the_limit
        )
        return found >= power

    few, many = seeds_needed(alpha / tests) - 1, most + 1
    while many - few > 1:  # the limit is quick, and near
        middle = (few + many) // 2
        few, many = (few, middle) if reached_in_the_limit(middle) else (middle, many)
    for seeds in range(many, most + 1):
        if main_effect_power(reference, level, seeds, cells, tests=tests, alpha=alpha) >= power:
            return seeds
    return None


def require_rates(reference: float, level: float) -> None:
    """Raise ConfigError unless both are above 0 and below 1."""
    if not (0 < reference < 1 and 0 < level < 1):
        raise ConfigError(f"rates {reference} and {level}: must be above 0 and below 1")


def lowest_power(
    reference: float,
    level: float,
    seeds: int,
    cells: int,
    alpha: float,
    simulations: int,
    shown: Shown,
) -> float:
    """Estimate the lowest power over `SHARES` of one test at this level."""
    found = []
    for share in SHARES:
        rng = np.random.default_rng(0)
        of_seed = share**0.5 * rng.normal(size=(simulations, seeds))
        sums = np.zeros((simulations, seeds), dtype=int)
        for sign, rate in ((1, level), (-1, reference)):
            chance = norm.cdf((norm.ppf(rate) - of_seed) / (1 - share) ** 0.5)
            sums += sign * rng.binomial(cells // 2, chance)
        found.append(float(np.mean(shown(sums, alpha))))
    return min(found)


def shown_exactly(sums: np.ndarray, alpha: float) -> np.ndarray:
    """Return where the sign-flip test rejects."""
    return np.array([sign_flip_p(each) < alpha for each in sums.tolist()])


def shown_in_the_limit(sums: np.ndarray, alpha: float) -> np.ndarray:
    """Return where its normal limit rejects: the sum of all, over the root of the squares' sum.
    Sums that signs can make are 2 apart, so half of that is the correction for continuity."""
    spread = np.sqrt((sums**2).sum(axis=1))
    return np.abs(sums.sum(axis=1)) - 1 > norm.isf(alpha / 2) * spread
