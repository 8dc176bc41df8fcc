"""Two rates held against each other: their difference, its interval, and an exact p-value."""

from collections.abc import Sequence
from dataclasses import dataclass

from results.statistics.methods.clustered import Shares, shares_of
from results.statistics.methods.exact_paired import exact_paired_interval, exact_paired_p
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval
from results.statistics.methods.paired import paired_minimum_p, sign_flip_p, tango_interval
from results.statistics.methods.unpaired import (
    boschloo_p,
    newcombe_interval,
    seeds_permuted_p,
    unpaired_minimum_p,
)


@dataclass(frozen=True)
class PairCounts:
    """Pairs by the side on which the event happened."""

    both: int
    only_cell: int
    only_against: int
    neither: int
    discordant: int
    """Init seeds whose runs differ between the sides: discordant pairs where no seed repeats."""


@dataclass(frozen=True)
class RateDifference:
    """The rate of a cell less that of another one."""

    cell: Shares
    against: Shares
    clustered: bool
    """Whether several runs of a side share an init seed, which is the unit then."""
    interval: Interval = UNKNOWN
    """NaN where a side has no run."""
    p_value: float = float("nan")
    """Two-sided, exact; NaN where a side has no run."""
    minimum_p: float = float("nan")
    """The minimum attainable p with so many seeds."""
    pairs: PairCounts | None = None
    """None where the sides share no seeds."""

    @property
    def estimate(self) -> float:
        if not self.cell.total or not self.against.total:
            return float("nan")
        return self.cell.count / self.cell.total - self.against.count / self.against.total


def paired_difference(
    cell: Sequence[bool],
    against: Sequence[bool],
    init_seeds: Sequence[int],
    confidence: float = CONFIDENCE,
) -> RateDifference:
    """Compare two rates pair by pair: the exact unconditional test and the interval that inverts
    it (`exact_paired`), which therefore always agree.

    Where pairs share an init seed, the signs of whole seeds are flipped instead, and the interval
    is Tango's, which counts at most one observation for each seed.

    Args:
        cell: whether it happened to each run of the cell, shape (pairs,).
        against: the same of the other one, in the same order.
        init_seeds: the seed of each pair.
        confidence: the level of the interval, between 0 and 1.
    """
    sides = shares_of(cell, init_seeds), shares_of(against, init_seeds)
    differences = [a - b for a, b in zip(sides[0].happened, sides[1].happened, strict=True)]
    clustered = len(differences) < len(cell)
    pairs = list(zip(cell, against, strict=True))
    counts = PairCounts(
        both=pairs.count((True, True)),
        only_cell=pairs.count((True, False)),
        only_against=pairs.count((False, True)),
        neither=pairs.count((False, False)),
        discordant=sum(difference != 0 for difference in differences),
    )
    if not pairs:
        return RateDifference(*sides, clustered, pairs=counts)
    alone = counts.only_cell, counts.only_against
    if clustered:
        scale = sides[0].effective / sides[0].total
        scaled = alone[0] * scale, alone[1] * scale, len(pairs) * scale
        interval, p_value = tango_interval(*scaled, confidence), sign_flip_p(differences)
    else:
        interval = exact_paired_interval(*alone, len(pairs), confidence)
        p_value = exact_paired_p(*alone, len(pairs))
    return RateDifference(
        *sides,
        clustered,
        interval=interval,
        p_value=p_value,
        minimum_p=paired_minimum_p(len(differences)),
        pairs=counts,
    )


def unpaired_difference(
    cell: Shares, against: Shares, confidence: float = CONFIDENCE
) -> RateDifference:
    """Compare two rates of different seeds: Boschloo's exact test and Newcombe's interval.

    Where runs of a side share an init seed, whole seeds are permuted between the sides instead,
    and the interval counts at most one observation for each seed.
    """
    clustered = any(side.total > len(side.runs) for side in (cell, against))
    if not cell.total or not against.total:
        return RateDifference(cell, against, clustered)
    return RateDifference(
        cell,
        against,
        clustered,
        interval=newcombe_interval(
            cell.count * cell.effective / cell.total,
            cell.effective,
            against.count * against.effective / against.total,
            against.effective,
            confidence,
        ),
        p_value=seeds_permuted_p(cell, against)
        if clustered
        else boschloo_p(cell.count, cell.total, against.count, against.total),
        minimum_p=unpaired_minimum_p(cell, against, clustered=clustered),
    )
