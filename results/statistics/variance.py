"""How much is the initialisation, how much the data order: variance shares of crossed seeds."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import HORIZONS, At, axes_of_runs, by_cell, finished, happened
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.methods.variance_components import (
    Estimates,
    estimates,
    shares_of_variance,
    together,
)
from results.statistics.numbers import numbers_of

SOURCES = ("initialisation", "data_order", "interaction")
COUNTS = ("pooled", "init_seeds", "data_seeds", "runs", "left_out")
SHARES = [name + suffix for name in SOURCES for suffix in ("", "_low", "_high")]
TESTS = ("variance", "p_initialisation", "p_data_order", "truncated", "reason")
VarianceReason = Literal["", "too few seeds", "no variance"]
"""Why there is no share: fewer than two seeds of either kind, or all runs of a cell are alike."""


def variance_shares(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "learned",
    at: At = "H",
    *,
    column: str | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> pd.DataFrame:
    """Divide an outcome's variance among its sources, per cell and pooled within cells.

    Components are analysis-of-variance estimators; a negative one counts as 0 and is named in
    `truncated`. Intervals resample init seeds and data seeds, each with replacement (the
    pigeonhole bootstrap, Owen 2007), the components of a draw unbiased for its repetitions. The
    p-values permute the runs among the init seeds of each data seed, and the other way round
    (p = (1 + hits) / (1 + 999)). Cells that were crossed alike are drawn and permuted alike.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out, and where a pair of
            seeds has no run the seeds that lack most are, until every pair has one.
        axes: columns that name a cell.
        event: one of `results.outcomes.EVENTS`; 1 where it happened.
        at: "H/2" or "H".
        column: a figure instead of an event, such as "iou".
        confidence: the level of the intervals.
        seed: the seed of draws and permutations.

    Returns:
        A row a cell and at last one of them pooled: the axes, `pooled`, `init_seeds` and
        `data_seeds` (a pooled row: the most that a cell has), `runs`, `left_out` (runs), for
        each of `SOURCES` the share with `_low` and `_high`, `variance` (their sum),
        `p_initialisation`, `p_data_order`, `truncated`, `reason` (of NaN).

    Raises:
        ConfigError: no such column, event or horizon.

    Example:
        >>> from results.examples import example_study
        >>> table = variance_shares(example_study(seeds=6, data_seeds=4)).round(2)
        >>> table.query("pooled")[["initialisation", "data_order", "interaction"]].values.tolist()
        [[1.0, 0.0, 0.0]]
    """
    require_confidence(confidence)
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
    rows: list[dict[str, Any]] = []
    pooled: list[Estimates] = []
    for cell, runs in by_cell(done, names).items():
        table, left_out = crossed(runs)
        row: dict[str, Any] = dict(zip(names, cell, strict=True))
        row |= {"pooled": False, "init_seeds": len(table), "data_seeds": table.shape[1]}
        row |= {"runs": table.size, "left_out": left_out}
        if min(table.shape) >= 2:
            pooled.append(estimates(table, seed))
            rows.append(row | _shares([pooled[-1]], confidence))
        else:
            rows.append(row | _shares([], confidence))
    if rows:
        total = dict.fromkeys(names) | {"pooled": True}
        for name in ("init_seeds", "data_seeds"):
            total[name] = max(row[name] for row in rows)
        for name in ("runs", "left_out"):
            total[name] = sum(row[name] for row in rows)
        rows.append(total | _shares(pooled, confidence))
    return pd.DataFrame(rows, columns=[*names, *COUNTS, *SHARES, *TESTS])


def crossed(runs: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Arrange figures as (init seeds, data seeds) without a gap; say how many runs are left out.

    Args:
        runs: those of one cell, with `figure`, NaN where there is none.
    """
    known = runs.loc[runs["figure"].notna()].sort_values("run_id")
    once = known.drop_duplicates(["init_seed", "data_seed"])
    wide = once.pivot(index="init_seed", columns="data_seed", values="figure")
    table = wide.sort_index().sort_index(axis=1).to_numpy(dtype=float)
    while np.isnan(table).any():
        gaps = [np.isnan(table).mean(axis=1), np.isnan(table).mean(axis=0)]
        axis = int(gaps[1].max() > gaps[0].max())
        table = np.delete(table, int(gaps[axis].argmax()), axis=axis)
    return table, len(runs) - table.size


def _shares(cells: Sequence[Estimates], confidence: float) -> dict[str, Any]:
    """Make the columns of a row; NaN with the reason where nothing varies."""
    row: dict[str, Any] = dict.fromkeys([*SHARES, *TESTS], np.nan) | {"truncated": ""}
    if not cells:
        return row | {"reason": "too few seeds"}
    found = shares_of_variance(together(cells), confidence)
    if found is None:
        return row | {"variance": 0.0, "reason": "no variance"}
    for index, name in enumerate(SOURCES):
        row[name] = float(found.shares[index])
        row |= {f"{name}_low": float(found.low[index]), f"{name}_high": float(found.high[index])}
    row["p_initialisation"], row["p_data_order"] = map(float, found.p_values)
    negative = [
        name for name, is_negative in zip(SOURCES, found.negative, strict=True) if is_negative
    ]
    return row | {"variance": found.variance, "truncated": ", ".join(negative), "reason": ""}
