"""Two rates held against each other: their difference, its interval, and an exact p-value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from results.statistics.methods.clustered_pairs import (
    Pairs,
    clustered_interval,
    clustered_minimum_p,
    clustered_p,
)
from results.statistics.methods.exact_paired import exact_paired_interval, exact_paired_p
from results.statistics.methods.exact_unpaired import exact_unpaired_interval, exact_unpaired_p
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval
from results.statistics.methods.paired import paired_minimum_p
from results.statistics.methods.seed_shares import Shares, shares_of
from results.statistics.methods.units import number
from results.statistics.methods.unpaired import seeds_permuted, unpaired_minimum_p


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
    """Whether runs of a side share seeds: not the run is the unit then."""
    interval: Interval = UNKNOWN
    """NaN where a side has no run."""
    p_value: float = float("nan")
    """Two-sided; NaN where a side has no run, or units are too few."""
    minimum_p: float = float("nan")
    """The minimum attainable p with so many seeds."""
    pairs: PairCounts | None = None
    """None where the sides share no seeds."""
    units: Mapping[str, int] = field(default_factory=dict)
    """How many units there are of each kind that pairs are clustered by (`methods.units`)."""

    @property
    def estimate(self) -> float:
        if not self.cell.total or not self.against.total:
            return float("nan")
        return self.cell.count / self.cell.total - self.against.count / self.against.total


def paired_difference(pairs: Pairs, confidence: float = CONFIDENCE) -> RateDifference:
    """Compare two rates pair by pair: the exact unconditional test and the interval that inverts
    it (`exact_paired`), or where pairs share units those of `clustered_pairs`. Test and interval
    always agree.

    Args:
        pairs: of runs, with their init seeds as the first kind of units.
        confidence: the level of the interval, between 0 and 1.
    """
    init_seeds = list(next(iter(pairs.kinds.values())))
    sides = shares_of(pairs.cell, init_seeds), shares_of(pairs.against, init_seeds)
    differences = [a - b for a, b in zip(sides[0].happened, sides[1].happened, strict=True)]
    both = list(zip(pairs.cell, pairs.against, strict=True))
    clustered = not pairs.independent
    counts = PairCounts(
        both=both.count((True, True)),
        only_cell=both.count((True, False)),
        only_against=both.count((False, True)),
        neither=both.count((False, False)),
        discordant=sum(difference != 0 for difference in differences),
    )
    if not both:
        return RateDifference(*sides, clustered=False, pairs=counts)
    table = counts.only_cell, counts.only_against, len(both)
    return RateDifference(
        *sides,
        clustered=clustered,
        interval=clustered_interval(pairs, confidence)
        if clustered
        else exact_paired_interval(*table, confidence),
        p_value=clustered_p(pairs) if clustered else exact_paired_p(*table),
        minimum_p=clustered_minimum_p(pairs) if clustered else paired_minimum_p(len(both)),
        pairs=counts,
        units={kind: number(units) for kind, units in pairs.units.items()},
    )


def unpaired_difference(
    cell: Shares, against: Shares, confidence: float = CONFIDENCE
) -> RateDifference:
    """Compare two rates of different seeds: the exact unconditional test and the interval that
    inverts it (`exact_unpaired`), which therefore always agree.

    Where runs of a side share an init seed, whole seeds are permuted between the sides instead,
    and the interval inverts that (`unpaired.seeds_permuted`). Both hold for the data seeds and
    teachers that there are.
    """
    clustered = any(side.total > len(side.runs) for side in (cell, against))
    if not cell.total or not against.total:
        return RateDifference(cell, against, clustered)
    if clustered:
        p_value, interval = seeds_permuted(cell, against, confidence)
    else:
        table = cell.count, cell.total, against.count, against.total
        interval, p_value = exact_unpaired_interval(*table, confidence), exact_unpaired_p(*table)
    return RateDifference(
        cell,
        against,
        clustered,
        interval=interval,
        p_value=p_value,
        minimum_p=unpaired_minimum_p(cell, against, clustered=clustered),
    )
