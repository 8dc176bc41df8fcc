"""How probably the main effect of a factor is shown, by simulation."""

import numpy as np
from scipy.stats import norm

from results.errors import ConfigError
from results.statistics.methods.paired import sign_flip_p

SHARES = (0.0, 0.4, 0.8)
"""Parts of the variance of what decides that are the seed's: none, some, most of it."""
SIMULATIONS = 500


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
    if not (0 < reference < 1 and 0 < level < 1):
        raise ConfigError(f"rates {reference} and {level}: must be above 0 and below 1")
    found = []
    for share in SHARES:
        rng = np.random.default_rng(0)
        of_seed = share**0.5 * rng.normal(size=(simulations, seeds))
        sums = np.zeros((simulations, seeds), dtype=int)
        for sign, rate in ((1, level), (-1, reference)):
            chance = norm.cdf((norm.ppf(rate) - of_seed) / (1 - share) ** 0.5)
            sums += sign * rng.binomial(cells // 2, chance)
        shown = [sign_flip_p(each) < alpha / tests for each in sums.tolist()]
        found.append(float(np.mean(shown)))
    return min(found)
