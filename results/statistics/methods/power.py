"""How many seeds a question needs: to tell two rates apart, or to know one closely enough.

Power is exact, summed over every table that can come out, not a normal approximation: with a few
dozen seeds the two differ.
"""

from typing import Literal

import numpy as np
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.methods.levels import ALPHA, POWER
from results.statistics.methods.nuisance import at_least
from results.statistics.methods.rejection_regions import (
    barnard_reaches,
    barnard_rejects,
    fisher_rejects,
    paired_least,
)

MOST_SEEDS_SEARCHED = 1000
"""More seeds a cell are not looked for."""
Test = Literal["barnard", "fisher"]


def unpaired_power(
    first: float, second: float, seeds: int, *, alpha: float = ALPHA, test: Test = "barnard"
) -> float:
    """Compute the probability that two cells of `seeds` independent runs each are told apart.

    Args:
        first: rate in one cell.
        second: rate in the other.
        seeds: runs of each cell.
        alpha: two-sided level of the test.
        test: the exact unconditional one that comparisons use (`exact_unpaired_p`), or Fisher's,
            which needs more seeds.
    """
    require_rates(first, second)
    counts = np.arange(seeds + 1)
    rejected = {"barnard": barnard_rejects, "fisher": fisher_rejects}[test](seeds, alpha)
    return float(binom.pmf(counts, seeds, first) @ rejected @ binom.pmf(counts, seeds, second))


def paired_power(
    first: float, second: float, seeds: int, *, correlation: float = 0.0, alpha: float = ALPHA
) -> float:
    """Compute the probability that the exact paired test (`exact_paired_p`) tells cells apart that
    share seeds.

    Given D seeds with different outcomes, those that collapsed in the first cell only are binomial;
    D is binomial itself.

    Args:
        first: rate in one cell.
        second: rate in the other.
        seeds: runs of each cell.
        correlation: that of the two outcomes of a seed, see `greatest_correlation`.
        alpha: level of the test. Of m contrasts that Holm's correction is for, power is at least
            that at alpha / m.
    """
    only_first, only_second = discordant(first, second, correlation)
    different = only_first + only_second
    if different == 0.0:
        return 0.0
    totals, least = np.arange(seeds + 1), paired_least(seeds, alpha)
    share = only_first / different
    rejected = at_least(least, totals, share) + at_least(least, totals, 1.0 - share)
    return float(binom.pmf(totals, seeds, different) @ rejected)


def greatest_correlation(first: float, second: float) -> float:
    """Compute the correlation of two outcomes where the cell that collapses less often does so only
    with seeds that collapse in the other one, too."""
    require_rates(first, second)
    low, high = sorted((first, second))
    deviations = np.sqrt(low * (1 - low) * high * (1 - high))
    return float(low * (1 - high) / deviations) if deviations else 0.0


def discordant(first: float, second: float, correlation: float) -> tuple[float, float]:
    """Compute the probabilities that a seed collapses in the first cell only, and in the second.

    Raises:
        ConfigError: no two outcomes with these rates have that correlation.
    """
    require_rates(first, second)
    deviations = np.sqrt(first * (1 - first) * second * (1 - second))
    both = first * second + correlation * deviations
    least, most = max(0.0, first + second - 1.0), min(first, second)
    rounding = 1e-12
    if not least - rounding <= both <= most + rounding:
        bounds = [(value - first * second) / deviations for value in (least, most)]
        raise ConfigError(
            f"correlation={correlation}: with rates {first} and {second} it is from "
            f"{bounds[0]:.3f} to {bounds[1]:.3f}"
        )
    both = min(max(both, least), most)
    return float(first - both), float(second - both)


def seeds_to_tell_apart(
    first: float,
    second: float,
    *,
    paired: bool,
    power: float = POWER,
    correlation: float = 0.0,
    alpha: float = ALPHA,
    test: Test = "barnard",
) -> int | None:
    """Find the fewest seeds a cell with which two rates are told apart with that power.

    Exact power is no smooth function of the seeds: a few more may have a little less. Fewer seeds
    are looked for within 5% and five of where it is reached.

    Args:
        first: rate in one cell.
        second: rate in the other.
        paired: the cells share their seeds, else they have seeds of their own.
        power: wanted probability.
        correlation: that of a seed's outcomes, if paired.
        alpha: level of the test.
        test: if unpaired.

    Returns:
        Seeds of each cell; None if it takes more than `MOST_SEEDS_SEARCHED`.

    Raises:
        ConfigError: equal rates, or a rate, power or correlation that is none.
    """
    require_rates(first, second)
    if first == second:
        raise ConfigError(f"rates {first} and {second}: equal rates cannot be told apart")
    if not 0.0 < power < 1.0:
        raise ConfigError(f"power={power}: must be between 0 and 1")

    def reached(seeds: int) -> bool:
        if paired:
            found = paired_power(first, second, seeds, correlation=correlation, alpha=alpha)
        elif test == "barnard":
            return barnard_reaches(first, second, seeds, alpha, power)
        else:
            found = unpaired_power(first, second, seeds, alpha=alpha, test=test)
        return found >= power

    few, many = 0, 1  # seeds that do not suffice, and that do
    while not reached(many):
        if many == MOST_SEEDS_SEARCHED:
            return None
        few, many = many, min(MOST_SEEDS_SEARCHED, 2 * many)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if reached(middle) else (middle, many)
    ripple = 5 + many // 20
    return next(n for n in range(max(1, many - ripple), many + 1) if reached(n))


def seeds_for_width(width: float, *, rate: float = 0.5, confidence: float = 0.95) -> int:
    """Find the fewest seeds with which Wilson's interval is at most so wide where the share that
    collapsed is `rate`; 0.5 is the worst case.

    Raises:
        ConfigError: no such width or rate.
    """
    require_rates(rate, rate)
    if not 0.001 <= width < 1.0:
        raise ConfigError(f"width={width}: must be at least 0.001 and below 1")

    def is_wide(seeds: int) -> bool:
        low, high = proportion_confint(rate * seeds, seeds, alpha=1 - confidence, method="wilson")
        return bool(high - low > width)

    few, many = 0, 1  # few seeds are too few
    while is_wide(many):
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if is_wide(middle) else (few, middle)
    return many


def require_rates(*rates: float) -> None:
    for rate in rates:
        if not 0.0 <= rate <= 1.0:
            raise ConfigError(f"rate {rate}: must be from 0 to 1")
