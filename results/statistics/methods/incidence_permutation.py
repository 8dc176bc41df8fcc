"""A permutation test of the area between two cumulative incidences."""

from dataclasses import dataclass

import numpy as np

from results.statistics.methods.arrangements import Arrangements
from results.statistics.methods.cumulative_incidence import EventCounts, aalen_johansen


@dataclass(frozen=True)
class AreaTest:
    """What the test found."""

    area: float
    """Mean of |F - F'| over the horizon, 0 to 1."""
    difference: float
    """Mean of F - F' over it."""
    p_value: float
    exact: bool
    """Whether every arrangement was looked at."""
    draws: int
    """Arrangements beside the observed one."""


def area_test(
    counts: EventCounts, others: EventCounts, times: np.ndarray, *, paired: bool, seed: int = 0
) -> AreaTest:
    """Test that two cells have the same cumulative incidence.

    p = (1 + hits) / (1 + draws) (Phipson and Smyth 2010), exact up to 4,096 arrangements.

    Args:
        counts: events of one cell.
        others: events of the other one.
        times: (evaluations,), of the counts. Each stands for the interval before it.
        paired: swap clusters between the cells one by one (both have the same ones, in the same
            order), else let whole clusters change cells.
        seed: the seed of the draws.
    """
    weights = np.diff(times, prepend=0) / times[-1]
    own, other = aalen_johansen(*counts.total), aalen_johansen(*others.total)
    first, second = sorted((counts, others), key=_canonical)
    sizes = len(first.event), len(second.event)
    units = _Units.swapped(first, second) if paired else _Units.moved(first, second)
    arrangements = Arrangements(sizes, paired)
    observed = float(np.abs(own - other) @ weights)
    hits = 0
    for chosen in arrangements.chosen(seed):
        areas = np.abs(np.subtract(*units.incidences(chosen))) @ weights
        hits += int(np.count_nonzero(areas >= observed - 1e-9))
    return AreaTest(
        area=observed,
        difference=float((own - other) @ weights),
        p_value=arrangements.p_value(hits),
        exact=arrangements.exact,
        draws=arrangements.draws,
    )


@dataclass(frozen=True)
class _Units:
    """What is rearranged: events, competing events and runs at risk, one after the other along the
    last axis. They are whole numbers, so sums are exact in any order, and in single precision."""

    added: np.ndarray
    """(units, 3 evaluations): what a chosen unit adds to the first cell's sums."""
    least: np.ndarray
    """(3 evaluations,): the first cell's sums if no unit is chosen."""
    all: np.ndarray
    """(3 evaluations,): the sums of both cells, which no arrangement changes."""

    @classmethod
    def swapped(cls, first: EventCounts, second: EventCounts) -> "_Units":
        """A chosen cluster stays in its cell; the others change places with their partners."""
        own, other = _beside(first), _beside(second)
        return cls(own - other, other.sum(axis=0), (own + other).sum(axis=0))

    @classmethod
    def moved(cls, first: EventCounts, second: EventCounts) -> "_Units":
        """Chosen clusters of either cell make up the first one."""
        every = np.concatenate([_beside(first), _beside(second)])
        return cls(every, np.zeros_like(every[0]), every.sum(axis=0))

    def incidences(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Estimate the incidence of either cell, each (arrangements, evaluations)."""
        sums = chosen.astype(np.float32) @ self.added.astype(np.float32) + self.least
        first, second = np.split(sums, 3, axis=1), np.split(self.all - sums, 3, axis=1)
        return aalen_johansen(*first), aalen_johansen(*second)


def _beside(counts: EventCounts) -> np.ndarray:
    """Put the counts of a cell beside each other, (units, 3 evaluations)."""
    return np.concatenate([counts.event, counts.other, counts.at_risk], axis=1)


def _canonical(counts: EventCounts) -> tuple[int, bytes]:
    """Give a key by which two cells are sorted that does not depend on which was named first."""
    arrays = (counts.event, counts.other, counts.at_risk)
    return len(counts.event), b"".join(array.tobytes() for array in arrays)
