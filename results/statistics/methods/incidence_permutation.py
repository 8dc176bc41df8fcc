"""A permutation test of the area between two cumulative incidences."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from results.statistics.methods.cumulative_incidence import EventCounts, aalen_johansen

MOST_ENUMERATED = 2**12
"""Up to so many arrangements each one is looked at; of more, a sample is."""
DRAWS = 9999
AT_ONCE = 1024
"""Arrangements in memory at a time."""


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
    units = _stacked([first, second])
    sizes = len(first.event), len(second.event)
    total = 2 ** sizes[0] if paired else math.comb(sum(sizes), sizes[0])
    exact = total <= MOST_ENUMERATED
    observed = float(np.abs(own - other) @ weights)
    hits = 0
    for chosen in _enumerated(sizes, paired) if exact else _drawn(sizes, paired, seed):
        areas = np.abs(np.subtract(*_incidences(units, chosen))) @ weights
        hits += int(np.count_nonzero(areas >= observed - 1e-9))
    return AreaTest(
        area=observed,
        difference=float((own - other) @ weights),
        p_value=hits / total if exact else (1 + hits) / (1 + DRAWS),
        exact=exact,
        draws=total - 1 if exact else DRAWS,
    )


def _stacked(counts: list[EventCounts]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stack events, competing events and runs at risk, each (units, evaluations), cell by cell."""
    return (
        np.concatenate([side.event for side in counts]),
        np.concatenate([side.other for side in counts]),
        np.concatenate([side.at_risk for side in counts]),
    )


def _canonical(counts: EventCounts) -> tuple[int, bytes]:
    """Give a key by which two cells are sorted that does not depend on which was named first."""
    return len(counts.event), b"".join(array.tobytes() for array in _stacked([counts]))


def _incidences(
    units: tuple[np.ndarray, np.ndarray, np.ndarray], chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate the incidence of the chosen units and of the others, (arrangements, evaluations)."""
    picked = chosen.astype(float)
    return (
        aalen_johansen(*(picked @ counts for counts in units)),
        aalen_johansen(*((1.0 - picked) @ counts for counts in units)),
    )


def _enumerated(sizes: tuple[int, int], paired: bool) -> Iterator[np.ndarray]:
    """Yield every arrangement once, the observed one too: which units are the first cell's."""
    if paired:
        number = sizes[0]
        kept = (np.arange(2**number)[:, None] >> np.arange(number)) & 1
        yield np.concatenate([kept, 1 - kept], axis=1).astype(bool)
        return
    members = np.array(list(combinations(range(sum(sizes)), sizes[0])))
    chosen = np.zeros((len(members), sum(sizes)), dtype=bool)
    np.put_along_axis(chosen, members, True, axis=1)
    yield chosen


def _drawn(sizes: tuple[int, int], paired: bool, seed: int) -> Iterator[np.ndarray]:
    """Yield `DRAWS` random arrangements, some at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, DRAWS, AT_ONCE):
        number = min(AT_ONCE, DRAWS - start)
        if paired:
            kept = rng.random((number, sizes[0])) < 0.5
            yield np.concatenate([kept, ~kept], axis=1)
        else:
            observed = np.arange(sum(sizes)) < sizes[0]
            yield rng.permuted(np.tile(observed, (number, 1)), axis=1)
