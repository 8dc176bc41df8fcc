"""How many seeds a question needs: to tell two rates apart, or to know one closely enough.

Power is exact, summed over every table that can come out, not a normal approximation: with a few
dozen seeds the two differ.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import gammaln
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError

ALPHA = 0.05
POWER = 0.8
MOST_SEEDS_SEARCHED = 1000
"""More seeds a cell are not looked for."""
NULL_RATES = np.linspace(0.0, 0.5, 258)[1:]
"""Common rates at which the size of Boschloo's test is computed; those above 0.5 mirror them."""
HIGHEST_CRITICAL = 5.0
"""Fisher's one-sided p-values above so many levels are not looked at: a test that rejects there
would have less than its level only with a few seeds, where the test is a little conservative then.
"""
TIE = 1 + 1e-7
"""Tables whose probabilities differ by less are equally likely (as in `scipy.stats`)."""

Test = Literal["boschloo", "fisher"]


def unpaired_power(
    first: float, second: float, seeds: int, *, alpha: float = ALPHA, test: Test = "boschloo"
) -> float:
    """Compute the probability that two cells of `seeds` independent runs each are told apart.

    Args:
        first: rate in one cell.
        second: rate in the other.
        seeds: runs of each cell.
        alpha: two-sided level of the test.
        test: Boschloo's (1970), two-sided as twice the smaller side, or Fisher's exact test, which
            is never more powerful than needed for its level and needs more seeds.
    """
    require_rates(first, second)
    counts = np.arange(seeds + 1)
    rejected = {"boschloo": boschloo_rejects, "fisher": fisher_rejects}[test](seeds, alpha)
    return float(binom.pmf(counts, seeds, first) @ rejected @ binom.pmf(counts, seeds, second))


def paired_power(
    first: float, second: float, seeds: int, *, correlation: float = 0.0, alpha: float = ALPHA
) -> float:
    """Compute the probability that McNemar's exact test tells cells apart that share seeds.

    Given D seeds with different outcomes, those that collapsed in the first cell only are binomial;
    D is binomial itself (Connor 1987 approximates this sum).

    Args:
        first: rate in one cell.
        second: rate in the other.
        seeds: runs of each cell.
        correlation: that of the two outcomes of a seed, see `greatest_correlation`.
        alpha: level of the test, two-sided as twice the smaller side.
    """
    only_first, only_second = discordant(first, second, correlation)
    different = only_first + only_second
    if different == 0.0:
        return 0.0
    totals = np.arange(seeds + 1)
    critical = mcnemar_critical(seeds, alpha)
    share = only_first / different
    rejected = binom.cdf(critical, totals, share) + binom.cdf(critical, totals, 1.0 - share)
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
    test: Test = "boschloo",
) -> int | None:
    """Find the fewest seeds a cell with which two rates are told apart with that power.

    Exact power is no smooth function of the seeds: a few more may have a little less. Fewer seeds
    are looked for within 5% and five of where it is reached.

    Args:
        first: rate in one cell.
        second: rate in the other.
        paired: the cells share their seeds (McNemar), else they have seeds of their own.
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


@lru_cache(maxsize=512)
def boschloo_rejects(seeds: int, alpha: float) -> Bool[np.ndarray, "first second"]:
    """Tell which counts of two cells Boschloo's test rejects: Fisher's one-sided p-value is at most
    the largest value with which the size, at the worst common rate, is at most alpha / 2."""
    p_values = np.cumsum(hypergeometric(seeds), axis=1)
    p_values[hypergeometric(seeds) == 0.0] = np.inf
    attained = np.unique(p_values[p_values <= HIGHEST_CRITICAL * alpha])
    margins = binom.pmf(np.arange(2 * seeds + 1), 2 * seeds, NULL_RATES[:, None])

    def size(critical: float) -> float:
        """Given the margin, the test rejects with the largest p-value that is small enough."""
        return float(np.max(margins @ np.max(p_values, 1, initial=0.0, where=p_values <= critical)))

    few, many = -1, len(attained)  # the last index known to be of the level, the first not to be
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if size(attained[middle]) <= alpha / 2 else (few, middle)
    fewer_in_first = by_counts(p_values <= (attained[few] if few >= 0 else -1.0))
    return fewer_in_first | fewer_in_first.T


@lru_cache(maxsize=512)
def fisher_rejects(seeds: int, alpha: float) -> Bool[np.ndarray, "first second"]:
    """Tell which counts Fisher's exact test rejects; as extreme is what is as unlikely."""
    chances = hypergeometric(seeds)
    rejected = np.zeros(chances.shape, dtype=bool)
    for row, chosen in zip(chances, rejected, strict=True):
        ordered = np.sort(row)
        tails = np.cumsum(ordered)
        p_values = tails[np.searchsorted(ordered, row * TIE, side="right") - 1]
        chosen[:] = (row > 0.0) & (p_values <= alpha)
    return by_counts(rejected)


@lru_cache(maxsize=8)
def hypergeometric(seeds: int) -> Float[np.ndarray, "margin first"]:
    """Compute the probability of the first cell's count given how many of both cells' runs
    collapsed, with `seeds` runs each."""
    counts = np.arange(seeds + 1)
    ways = gammaln(seeds + 1) - gammaln(counts + 1) - gammaln(seeds - counts + 1)
    margins = np.arange(2 * seeds + 1)
    both = gammaln(2 * seeds + 1) - gammaln(margins + 1) - gammaln(2 * seeds - margins + 1)
    second = margins[:, None] - counts
    possible = (second >= 0) & (second <= seeds)
    log_chances = ways + ways[np.clip(second, 0, seeds)] - both[:, None]
    return np.where(possible, np.exp(log_chances), 0.0)


def by_counts(by_margin: Bool[np.ndarray, "margin first"]) -> Bool[np.ndarray, "first second"]:
    """Rearrange tables by the counts of both cells."""
    counts = np.arange(by_margin.shape[1])
    return by_margin[counts[:, None] + counts, counts[:, None]]


@lru_cache(maxsize=512)
def mcnemar_critical(seeds: int, alpha: float) -> Float[np.ndarray, " different"]:
    """Find for each number of seeds that differ the largest rejected smaller count, or -1."""
    totals = np.arange(seeds + 1)
    critical = binom.ppf(alpha / 2, totals, 0.5)
    return np.where(binom.cdf(critical, totals, 0.5) <= alpha / 2, critical, critical - 1)


def require_rates(*rates: float) -> None:
    for rate in rates:
        if not 0.0 <= rate <= 1.0:
            raise ConfigError(f"rate {rate}: must be from 0 to 1")
