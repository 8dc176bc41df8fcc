"""How much is the initialisation, how much the data order, how much the teacher: variance shares of
crossed seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import (
    HORIZONS,
    At,
    axes_of_runs,
    by_cell,
    finished,
    happened,
    require_columns,
)
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.methods.variance_components import (
    Estimates,
    estimates,
    shares_of_variance,
    together,
)
from results.statistics.numbers import numbers_of

Crossing = Literal["data_order", "teacher"]


@dataclass(frozen=True)
class Crossed:
    """Two kinds of units, each of the one together with each of the other."""

    rows: tuple[str, ...]
    """Columns of the frame that name a unit of the first kind."""
    column: str
    """The column that names one of the second kind."""
    sources: tuple[str, str, str]
    """What the variance of the first kind, of the second, and of the rest is called."""
    units: tuple[str, str]
    """What the numbers of units are called."""

    @property
    def shares(self) -> list[str]:
        """Columns of the shares and of their intervals."""
        return [name + suffix for name in self.sources for suffix in ("", "_low", "_high")]

    @property
    def ends(self) -> list[str]:
        """Columns of the intervals alone."""
        return [name + end for name in self.sources for end in ("_low", "_high")]

    @property
    def tests(self) -> list[str]:
        """Columns of the tests, and of what is said of a row."""
        first, second, _ = self.sources
        return ["variance", f"p_{first}", f"p_{second}", "truncated", "reason"]


CROSSINGS: dict[Crossing, Crossed] = {
    "data_order": Crossed(
        ("init_seed",),
        "data_seed",
        ("initialisation", "data_order", "interaction"),
        ("init_seeds", "data_seeds"),
    ),
    "teacher": Crossed(
        ("init_seed", "data_seed"),
        "teacher_seed",
        ("student", "teacher", "interaction"),
        ("students", "teachers"),
    ),
}
VarianceReason = Literal["", "too few seeds", "no variance", "few units", "few events"]
"""Why there is no share (fewer than two seeds of either kind, or all runs of a cell are alike), or
none with an interval (fewer than `LEAST_UNITS` of a kind, or `LEAST_SEEN` with or without the
event)."""
LEAST_UNITS = 5
"""With fewer units of a kind shares have no interval: so few say little of others. Of 10 seeds and
3 it covers down to 90% (`scripts.coverage`)."""
LEAST_SEEN = 3
"""Units of each kind of which some run has the event, and some has not: with fewer it covers down
to 75%, as who shares the rare event is hardly seen."""


def variance_shares(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "learned",
    at: At = "H",
    *,
    column: str | None = None,
    crossing: Crossing = "data_order",
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> pd.DataFrame:
    """Divide an outcome's variance among its sources, per cell and pooled within cells.

    Components are analysis-of-variance estimators; a negative one counts as 0 and is named in
    `truncated`. An interval holds two others: by resampling both kinds of units, each with
    replacement (the pigeonhole bootstrap, Owen 2007), the components of a draw unbiased for its
    repetitions, and a generalised one (Weerahandi 1993). They take five units of each kind, and, of
    an event, three that have it in some run and three that lack it in some. The
    p-values permute the runs among the units of one kind within each of the other
    (p = (1 + hits) / (1 + 999)). Cells that were crossed alike are drawn and permuted alike.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out, and where a pair of
            seeds has no run the seeds that lack most are, until every pair has one.
        axes: columns that name a cell.
        event: one of `results.outcomes.EVENTS`; 1 where it happened.
        at: "H/2" or "H".
        column: a figure instead of an event, such as "iou".
        crossing: "data_order" for init seeds and data seeds (`--seeds 10x10`), "teacher" for
            students (pairs of both seeds) and teachers (`--teacher-seeds 5`).
        confidence: the level of the intervals.
        seed: the seed of draws and permutations.

    Returns:
        A row a cell and at last one of them pooled: the axes, `pooled`, `init_seeds` and
        `data_seeds` (a pooled row: the most that a cell has), `runs`, `left_out` (runs), the shares
        `initialisation`, `data_order` and `interaction`, each with `_low` and `_high`, `variance`
        (their sum), `p_initialisation`, `p_data_order`, `truncated`, `reason` (of NaN; a
        `VarianceReason`). A pooled row has intervals where a cell has. Of teachers: `students` and
        `teachers`; shares `student`, `teacher` and `interaction`.

    Raises:
        ConfigError: no such column, event, horizon or crossing.

    Example:
        >>> from results.examples import example_study
        >>> table = variance_shares(example_study(seeds=6, data_seeds=4)).round(2)
        >>> table.query("pooled")[["initialisation", "data_order", "interaction"]].values.tolist()
        [[1.0, 0.0, 0.0]]
    """
    require_confidence(confidence)
    if crossing not in CROSSINGS:
        raise ConfigError(f"crossing '{crossing}': there are {', '.join(CROSSINGS)}")
    kind = CROSSINGS[crossing]
    require_columns(frame, [*kind.rows, kind.column], "load_study")
    names = axes_of_runs(frame, axes)
    done = finished(frame)
    if column is None:
        figures = happened(done, event, at).astype(float)
        figures = figures.where(done[HORIZONS[at]].notna())
    elif column in frame:
        figures = pd.Series(numbers_of(done, column), index=done.index)
    else:
        raise ConfigError(f"column '{column}': no such column; there are {sorted(frame.columns)}")
    done = done.assign(figure=figures)
    done = done.loc[done[kind.column].notna()]
    rows: list[dict[str, Any]] = []
    pooled: list[Estimates] = []
    for cell, runs in by_cell(done, names).items():
        table, left_out = crossed(runs, kind)
        row: dict[str, Any] = dict(zip(names, cell, strict=True))
        row |= {"pooled": False, **dict(zip(kind.units, table.shape, strict=True))}
        row |= {"runs": table.size, "left_out": left_out}
        if min(table.shape) >= 2:
            pooled.append(estimates(table, seed))
            row |= _shares([pooled[-1]], kind, confidence)
            row["reason"] = row["reason"] or lacking(table)
        else:
            row |= _shares([], kind, confidence)
        rows.append(row)
    if rows:
        total = dict.fromkeys(names) | {"pooled": True}
        for name in kind.units:
            total[name] = max(row[name] for row in rows)
        for name in ("runs", "left_out"):
            total[name] = sum(row[name] for row in rows)
        total |= _shares(pooled, kind, confidence)
        found = [row["reason"] for row in rows]
        total["reason"] = total["reason"] or next(
            reason for reason in ("", "few events", "few units") if reason in found
        )
        rows.append(total)
    for row in rows:
        if row["reason"]:
            row |= dict.fromkeys(kind.ends, np.nan)
    counts = ["pooled", *kind.units, "runs", "left_out"]
    return pd.DataFrame(rows, columns=[*names, *counts, *kind.shares, *kind.tests])


def lacking(table: np.ndarray) -> VarianceReason:
    """Say why the shares of a table have no interval; empty where they have one.

    Args:
        table: (first units, second units), of figures, or of 0 and 1 for an event.
    """
    if min(table.shape) < LEAST_UNITS:
        return "few units"
    if set(np.unique(table)) <= {0.0, 1.0}:
        seen = [(table == value).any(axis=axis).sum() for value in (0, 1) for axis in (0, 1)]
        if min(seen) < LEAST_SEEN:
            return "few events"
    return ""


def crossed(runs: pd.DataFrame, kind: Crossed) -> tuple[np.ndarray, int]:
    """Arrange figures as (first units, second units) without a gap; say how many runs are left out.

    Args:
        runs: those of one cell, with `figure`, NaN where there is none.
        kind: which columns name the units.
    """
    known = runs.loc[runs["figure"].notna()].sort_values("run_id")
    once = known.drop_duplicates([*kind.rows, kind.column])
    wide = once.pivot(index=list(kind.rows), columns=kind.column, values="figure")
    table = wide.sort_index().sort_index(axis=1).to_numpy(dtype=float)
    while np.isnan(table).any():
        gaps = [np.isnan(table).mean(axis=1), np.isnan(table).mean(axis=0)]
        axis = int(gaps[1].max() > gaps[0].max())
        table = np.delete(table, int(gaps[axis].argmax()), axis=axis)
    return table, len(runs) - table.size


def _shares(cells: Sequence[Estimates], kind: Crossed, confidence: float) -> dict[str, Any]:
    """Make the columns of a row; NaN with the reason where nothing varies."""
    row: dict[str, Any] = dict.fromkeys([*kind.shares, *kind.tests], np.nan) | {"truncated": ""}
    if not cells:
        return row | {"reason": "too few seeds"}
    found = shares_of_variance(together(cells), confidence)
    if found is None:
        return row | {"variance": 0.0, "reason": "no variance"}
    for index, name in enumerate(kind.sources):
        row[name] = float(found.shares[index])
        row |= {f"{name}_low": float(found.low[index]), f"{name}_high": float(found.high[index])}
    for name, p_value in zip(kind.sources, found.p_values, strict=False):
        row[f"p_{name}"] = float(p_value)
    negative = [
        name for name, is_negative in zip(kind.sources, found.negative, strict=True) if is_negative
    ]
    return row | {"variance": found.variance, "truncated": ", ".join(negative), "reason": ""}
