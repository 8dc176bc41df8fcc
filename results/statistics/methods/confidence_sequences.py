"""A confidence sequence for a rate: an interval that stays valid however often it is looked at."""

import math
from functools import lru_cache

from results.errors import ConfigError


@lru_cache(maxsize=100_000)
def confidence_sequence(count: int, total: int, alpha: float) -> tuple[float, float]:
    """Return the rates that are not ruled out after `total` independent seeds.

    {p : posterior density at p >= alpha x prior density at p} with a uniform prior. For the true p
    prior over posterior is a non-negative martingale from 1, so with probability 1 - alpha the
    interval holds p at every total at once (Ville): seeds may be added one by one until it is
    narrow (Robbins 1970; prior-posterior ratio, Waudby-Smith and Ramdas 2020). It is the interval
    of this total, not the intersection with earlier ones, so the order of seeds does not matter.

    Args:
        count: seeds that collapsed.
        total: seeds with an outcome.
        alpha: probability that the interval is ever wrong, in (0, 1).

    Returns:
        Low and high end; they hold count / total. (0, 1) without seeds.

    Raises:
        ConfigError: no such count or alpha.
    """
    if not 0 <= count <= total:
        raise ConfigError(f"count={count}: must be from 0 to total={total}")
    if not 0.0 < alpha < 1.0:
        raise ConfigError(f"alpha={alpha}: must be between 0 and 1")
    if total == 0:
        return 0.0, 1.0
    rate = count / total
    low, high = lowest(count, total, alpha), 1.0 - lowest(total - count, total, alpha)
    return min(low, rate), max(high, rate)


def lowest(count: int, total: int, alpha: float) -> float:
    """Return the low end; the high end is that of the seeds that did not collapse."""
    if count == 0:
        return 0.0
    others = total - count
    threshold = math.log(alpha) - math.lgamma(total + 2)
    threshold += math.lgamma(count + 1) + math.lgamma(others + 1)

    def excess(p: float) -> float:
        """Log of the density over alpha: above 0 inside, rising up to count / total."""
        return count * math.log(p) + (others * math.log1p(-p) if others else 0.0) - threshold

    from scipy.optimize import brentq  # takes longer to import than --list to answer

    outside = math.exp(min(-1.0, (threshold - 1.0) / count))
    return float(brentq(excess, outside, count / total))  # pyright: ignore[reportArgumentType]


def expected_seeds(
    rate: float | None,
    width: float,
    alpha: float,
    max_seeds: int,
    *,
    first: int = 1,
    step: int = 1,
    seen: tuple[int, int] = (0, 0),
) -> float:
    """Compute how many seeds it takes on average until the sequence is narrow; exact.

    Args:
        rate: the supposed one; None for what `seen` says of it (uniform prior).
        width: the sequence has to be narrower than this.
        alpha: as for `confidence_sequence`.
        max_seeds: there it ends, however wide.
        first: seeds before the first look.
        step: seeds from one look to the next.
        seen: count and total so far, which are looked at at once.

    Returns:
        Mean total, those that are seen included.
    """
    count, total = seen
    chances = {count: 1.0}
    """Probability of each count where the sequence is still too wide."""
    expected = float(total)
    while True:
        due = total >= max_seeds or (total >= first and (total - first) % step == 0)
        if due or total == seen[1] > 0:
            chances = {k: c for k, c in chances.items() if not is_narrow(k, total, alpha, width)}
        if not chances or total >= max_seeds:
            return min(expected, float(total))  # a sum of chances may exceed 1 by rounding
        expected += sum(chances.values())
        further: dict[int, float] = {}
        for k, chance in chances.items():
            fall = (k + 1) / (total + 2) if rate is None else rate
            further[k] = further.get(k, 0.0) + chance * (1.0 - fall)
            further[k + 1] = further.get(k + 1, 0.0) + chance * fall
        chances = {k: chance for k, chance in further.items() if chance > 0.0}
        total += 1


def is_narrow(count: int, total: int, alpha: float, width: float) -> bool:
    """Tell whether the sequence is narrower than `width` there."""
    low, high = confidence_sequence(count, total, alpha)
    return high - low < width
