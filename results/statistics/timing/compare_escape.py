"""Whether two cells escape alike: a permutation test of the area between their incidences."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import require_columns, selected, without_attrs
from results.statistics.methods.incidence_permutation import area_test
from results.statistics.timing.escape import EVALUATIONS, OF_ESCAPES
from results.statistics.timing.incidence import counts_by_seed, evaluation_grid, event_times

EscapeReason = Literal["", "no run known", "no common evaluation"]
"""What lacks: a run whose escape is known, or an evaluation that both cells were followed to."""


@dataclass(frozen=True)
class EscapeComparison:
    """What a comparison of two cells' cumulative incidence of escape found."""

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
    reason: EscapeReason = ""
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
        escapes: a frame of `escape_times`.
        cell: axis values, None where an axis cannot matter; several cells may have them.
        against: axis values of what it is compared with.
        paired: compare shared seeds only, or all as if they were independent; by default paired
            if two seeds or more are shared.
        seed: the seed of the draws.

    Raises:
        ConfigError: a run is in both, or no such column.

    Example:
        >>> from results import escape_times
        >>> from results.examples import example_curves, example_study
        >>> frame = example_study()
        >>> escapes = escape_times(frame, example_curves(frame))
        >>> found = compare_escape(escapes, {"batch_norm": "all"}, {"batch_norm": "none"})
        >>> round(found.difference, 2), found.p_value, found.paired
        (0.22, 0.03125, True)
    """
    require_columns(escapes, OF_ESCAPES, "escape_times")
    rows = without_attrs(escapes)
    sides = [selected(rows, values) for values in (cell, against)]
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
    found = area_test(
        *(counts_by_seed(rows, grid) for rows in known), times=grid, paired=paired, seed=seed
    )
    return answer(**vars(found), horizon=int(grid[-1]))


def known_to(rows: pd.DataFrame) -> float:
    """Say up to where a cell's incidence is known: for ever once every run had an event."""
    times, censored = event_times(rows), (rows["event"] == "none").to_numpy(dtype=bool)
    at_risk = censored & (times == times.max())
    return float(times.max()) if at_risk.any() else math.inf
