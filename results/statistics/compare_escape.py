"""Whether two cells escape alike: a permutation test of the area between their incidences."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import require_columns, selected
from results.statistics.escape import EVALUATIONS, OF_ESCAPES
from results.statistics.incidence import (
    Counts,
    aalen_johansen,
    counts_by_seed,
    evaluation_grid,
    event_times,
)

MOST_ENUMERATED = 2**12
"""Up to so many arrangements each one is looked at; of more, a sample is."""
DRAWS = 9999
AT_ONCE = 1024
"""Arrangements in memory at a time."""
Reason = Literal["", "no run known", "no common evaluation"]
"""What lacks: a run whose escape is known, or an evaluation that both cells were followed to."""


@dataclass(frozen=True)
class EscapeComparison:
    """Two cells' cumulative incidence of escape, held against each other."""

    cell: Mapping[str, Any]
    against: Mapping[str, Any]
    area: float
    """Mean over the common horizon of |F - F'|, 0 to 1; NaN where nothing can be compared. Each
    evaluation stands for the interval before it, in which its escapes happened."""
    difference: float
    """Mean over it of F - F': positive if `cell` escapes sooner or more often."""
    p_value: float
    paired: bool
    """Whether runs were swapped within seeds, else seeds between cells."""
    exact: bool
    """Whether every arrangement was looked at."""
    draws: int
    """Arrangements beside the observed one."""
    horizon: int
    """Iterations up to which both were followed."""
    seeds: tuple[int, int]
    """Distinct seeds of each that were compared."""
    seeds_left_out: int
    """Distinct seeds that only one cell has, in a paired comparison."""
    unknown: int
    """Runs of which nothing is known."""
    reason: Reason = ""
    """Why there is no p-value."""


def compare_escape(
    escapes: pd.DataFrame,
    cell: Mapping[str, Any],
    against: Mapping[str, Any],
    *,
    paired: bool | None = None,
    seed: int = 0,
) -> EscapeComparison:
    """Test that two cells have the same cumulative incidence of escape.

    The statistic is the area between the two curves of `cumulative_incidence`, divergence
    competing, up to the last evaluation that both were followed to. Under the hypothesis, runs of
    a seed that both cells have may be swapped: all runs of that init_seed at once. Without shared
    seeds, whole seeds change cells. p = (1 + hits) / (1 + draws) (Phipson and Smyth 2010), exact
    up to 4,096 arrangements.

    Args:
        escapes: of `escape_times`.
        cell: axis values, None where an axis cannot matter; several cells may have them.
        against: axis values of what it is compared with.
        paired: compare shared seeds only, or all as if they were independent; by default paired
            if two seeds or more are shared.
        seed: of the draws.

    Raises:
        ConfigError: a run is in both, or no such column.
    """
    require_columns(escapes, OF_ESCAPES, "escape_times")
    sides = [selected(escapes, values) for values in (cell, against)]
    if len(sides[0].index.intersection(sides[1].index)):
        raise ConfigError(
            f"cell {dict(cell)} and against {dict(against)} have runs in common; "
            "name two cells that differ"
        )
    known = [rows.loc[rows["event"].notna()] for rows in sides]
    unknown = sum(map(len, sides)) - sum(map(len, known))
    held = [set(rows["init_seed"]) for rows in known]
    shared = held[0] & held[1]
    paired = len(shared) >= 2 if paired is None else paired
    left_out = len(held[0] ^ held[1]) if paired else 0
    if paired:
        known = [rows.loc[rows["init_seed"].isin(list(shared))] for rows in known]
    seeds = (known[0]["init_seed"].nunique(), known[1]["init_seed"].nunique())

    def answer(**found: Any) -> EscapeComparison:
        nothing: dict[str, Any] = {"area": math.nan, "difference": math.nan, "p_value": math.nan}
        nothing |= {"exact": False, "draws": 0, "horizon": 0}
        return EscapeComparison(
            cell=dict(cell),
            against=dict(against),
            paired=paired,
            seeds=seeds,
            seeds_left_out=left_out,
            unknown=unknown,
            **(nothing | found),
        )

    if min(seeds) == 0:
        return answer(reason="no run known")
    horizon = min(known_to(rows) for rows in known)
    grid = evaluation_grid(pd.concat(known), escapes.attrs.get(EVALUATIONS))
    grid = grid[grid <= horizon]
    if len(grid) == 0:
        return answer(reason="no common evaluation")
    counts = [counts_by_seed(rows, grid) for rows in known]
    weights = np.diff(grid, prepend=0) / grid[-1]
    own, other = (aalen_johansen(*(x.sum(axis=0) for x in stacked([side]))) for side in counts)
    first, second = sorted(counts, key=_canonical)
    units = stacked([first, second])
    sizes = len(first.event), len(second.event)
    total = 2 ** sizes[0] if paired else math.comb(sum(sizes), sizes[0])
    exact = total <= MOST_ENUMERATED
    observed = float(np.abs(own - other) @ weights)
    hits = 0
    for chosen in _enumerated(sizes, paired) if exact else _drawn(sizes, paired, seed):
        areas = np.abs(np.subtract(*_incidences(units, chosen))) @ weights
        hits += int(np.count_nonzero(areas >= observed - 1e-9))
    return answer(
        area=observed,
        difference=float((own - other) @ weights),
        p_value=hits / total if exact else (1 + hits) / (1 + DRAWS),
        exact=exact,
        draws=total - 1 if exact else DRAWS,
        horizon=int(grid[-1]),
    )


def known_to(rows: pd.DataFrame) -> float:
    """Iterations up to which a cell's incidence is known: for ever once every run had an event."""
    times, censored = event_times(rows), (rows["event"] == "none").to_numpy(dtype=bool)
    at_risk = censored & (times == times.max())
    return float(times.max()) if at_risk.any() else math.inf


def stacked(counts: list[Counts]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events, competing events and runs at risk, each (units, evaluations), cell after cell."""
    return (
        np.concatenate([side.event for side in counts]),
        np.concatenate([side.other for side in counts]),
        np.concatenate([side.at_risk for side in counts]),
    )


def _canonical(counts: Counts) -> tuple[int, bytes]:
    """An order of two cells that does not depend on which was named first."""
    return len(counts.event), b"".join(array.tobytes() for array in stacked([counts]))


def _incidences(
    units: tuple[np.ndarray, np.ndarray, np.ndarray], chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of the units that are chosen and of the others, each (arrangements, evaluations)."""
    picked = chosen.astype(float)
    return (
        aalen_johansen(*(picked @ counts for counts in units)),
        aalen_johansen(*((1.0 - picked) @ counts for counts in units)),
    )


def _enumerated(sizes: tuple[int, int], paired: bool) -> Iterator[np.ndarray]:
    """Every arrangement once, the observed one too: which units are the first cell's."""
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
    """`DRAWS` random arrangements, some at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, DRAWS, AT_ONCE):
        number = min(AT_ONCE, DRAWS - start)
        if paired:
            kept = rng.random((number, sizes[0])) < 0.5
            yield np.concatenate([kept, ~kept], axis=1)
        else:
            observed = np.arange(sum(sizes)) < sizes[0]
            yield rng.permuted(np.tile(observed, (number, 1)), axis=1)
