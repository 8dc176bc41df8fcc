"""How much is the initialisation, how much the data order: variance shares of crossed seeds.

y_ij = mu + a_i + b_j + e_ij for init_seed i and data_seed j, all effects random with mean 0
(Searle, Casella and McCulloch 1992, chapter 4). With one run for each pair, e is the interaction
and whatever is left; in a deterministic program nothing else is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import HORIZONS, At, axes_of_runs, by_cell, finished, happened
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.numbers import numbers_of

DRAWS = 999
SOURCES = ("initialisation", "data_order", "interaction")
SMALL = 1e-12


@dataclass(frozen=True)
class Estimates:
    """Of one cell; components are not truncated."""

    components: np.ndarray
    """(3,), in the order of `SOURCES`."""
    drawn: np.ndarray
    """(draws, 3), of the bootstrap; NaN where a draw held one seed alone."""
    between: np.ndarray
    """(2,), sums of squares between init seeds and between data seeds."""
    permuted: np.ndarray
    """(draws, 2), the same of permuted runs."""
    freedom: np.ndarray
    """(3,), degrees of freedom of the sources."""


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
    """Shares of an outcome's variance, per cell and pooled within cells.

    Components are analysis-of-variance estimators; a negative one counts as 0 and is named in
    `truncated`. Intervals resample init seeds and data seeds, each with replacement (the
    pigeonhole bootstrap, Owen 2007), the components of a draw unbiased for its repetitions. The
    p-values permute the runs among the init seeds of each data seed, and the other way round
    (p = (1 + hits) / (1 + 999)). Cells that were crossed alike are drawn and permuted alike.

    Args:
        frame: of `load_study`; runs without an outcome are left out, and where a pair of seeds
            has no run the seeds that lack most are, until every pair has one.
        axes: columns that name a cell.
        event: one of `results.outcomes.EVENTS`; 1 where it happened.
        at: "H/2" or "H".
        column: a figure instead of an event, such as "iou".
        confidence: of the intervals.
        seed: of draws and permutations.

    Returns:
        A row a cell and at last one of them pooled: the axes, `pooled`, `init_seeds` and
        `data_seeds` (a pooled row: the most that a cell has), `runs`, `left_out` (runs), for
        each of `SOURCES` the share with `_low` and `_high`, `variance` (their sum),
        `p_initialisation`, `p_data_order`, `truncated`, `reason` (of NaN).

    Raises:
        ConfigError: no such column, event or horizon.
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
        if min(table.shape) < 2:
            rows.append(row | _shares(None, confidence, "too few seeds"))
            continue
        found = estimates(table, seed)
        pooled.append(found)
        rows.append(row | _shares(found, confidence, "no variance"))
    if rows:
        total = dict.fromkeys(names) | {"pooled": True}
        for name in ("init_seeds", "data_seeds"):
            total[name] = max(row[name] for row in rows)
        for name in ("runs", "left_out"):
            total[name] = sum(row[name] for row in rows)
        both = together(pooled) if pooled else None
        reason = "no variance" if pooled else "too few seeds"
        rows.append(total | _shares(both, confidence, reason))
    shares = [name + suffix for name in SOURCES for suffix in ("", "_low", "_high")]
    first = ["pooled", "init_seeds", "data_seeds", "runs", "left_out"]
    last = ["variance", "p_initialisation", "p_data_order", "truncated", "reason"]
    return pd.DataFrame(rows, columns=[*names, *first, *shares, *last])


def crossed(runs: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Figures as (init seeds, data seeds) without a gap, and how many runs are left out.

    Args:
        runs: of one cell, with `figure`, NaN where there is none.
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


def estimates(table: np.ndarray, seed: int) -> Estimates:
    """Of a complete table (init seeds, data seeds) with two or more of each."""
    rows, columns = table.shape
    centred = table - table.mean()
    ones = np.ones((1, rows)), np.ones((1, columns))
    taken = permutations(rows, columns, seed)
    within_columns = np.take_along_axis(centred[None], taken[0], axis=1)
    within_rows = np.take_along_axis(centred[None], taken[1], axis=2)
    return Estimates(
        components=weighted_components(centred, *ones)[0],
        drawn=weighted_components(centred, *repetitions(rows, columns, seed)),
        between=np.array([_between(centred, 1), _between(centred, 0)]),
        permuted=np.column_stack([_between(within_columns, 2), _between(within_rows, 1)]),
        freedom=np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)], dtype=float),
    )


def _between(centred: np.ndarray, axis: int) -> np.ndarray:
    """Sum of squares between the means over an axis, of values whose mean is 0."""
    return centred.shape[axis] * np.square(centred.mean(axis=axis)).sum(axis=-1)


def weighted_components(
    table: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray
) -> np.ndarray:
    """Variance components if rows and columns are repeated, unbiased given the repetitions.

    With weights w_i (sum I) and v_j (sum J), A = sum w^2 / I^2 and B = sum v^2 / J^2:
    E SS_a = I J (1 - A) (s_a + B s_e), E SS_b = I J (1 - B) (s_b + A s_e) and
    E SS_e = I J (1 - A) (1 - B) s_e. Weights of 1 give the usual estimators.

    Args:
        table: (init seeds, data seeds).
        row_weights: (draws, init seeds).
        column_weights: (draws, data seeds).

    Returns:
        (draws, 3), in the order of `SOURCES`; NaN where a draw has one seed alone.
    """
    rows, columns = table.shape
    row_means = column_weights @ table.T / columns
    column_means = row_weights @ table / rows
    mean = (row_weights * row_means).sum(axis=1, keepdims=True) / rows
    total = ((row_weights @ table**2) * column_weights).sum(axis=1)
    total = total - rows * columns * mean[:, 0] ** 2
    between_rows = columns * (row_weights * (row_means - mean) ** 2).sum(axis=1)
    between_columns = rows * (column_weights * (column_means - mean) ** 2).sum(axis=1)
    rest = np.maximum(total - between_rows - between_columns, 0.0)
    a = (row_weights**2).sum(axis=1) / rows**2
    b = (column_weights**2).sum(axis=1) / columns**2
    usable = (a < 1 - SMALL) & (b < 1 - SMALL)
    a, b = np.where(usable, a, np.nan), np.where(usable, b, np.nan)
    size = rows * columns
    interaction = rest / (size * (1 - a) * (1 - b))
    initialisation = between_rows / (size * (1 - a)) - b * interaction
    data_order = between_columns / (size * (1 - b)) - a * interaction
    return np.column_stack([initialisation, data_order, interaction])


@lru_cache(maxsize=4)
def repetitions(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each seed is drawn: (draws, rows) and (draws, columns)."""
    rng = np.random.default_rng(seed)
    return (
        rng.multinomial(rows, [1 / rows] * rows, size=DRAWS).astype(float),
        rng.multinomial(columns, [1 / columns] * columns, size=DRAWS).astype(float),
    )


@lru_cache(maxsize=4)
def permutations(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places that values are taken from, each (draws, rows, columns): within columns, and rows."""
    keys = np.random.default_rng([seed, 1]).random((2, DRAWS, rows, columns))
    return keys[0].argsort(axis=1), keys[1].argsort(axis=2)


def together(cells: list[Estimates]) -> Estimates:
    """Cells as one: components weighted by degrees of freedom, sums of squares added."""
    freedom = np.array([cell.freedom for cell in cells])
    shares = freedom / freedom.sum(axis=0)
    return Estimates(
        components=(shares * [cell.components for cell in cells]).sum(axis=0),
        drawn=(shares[:, None] * [cell.drawn for cell in cells]).sum(axis=0),
        between=np.sum([cell.between for cell in cells], axis=0),
        permuted=np.sum([cell.permuted for cell in cells], axis=0),
        freedom=freedom.sum(axis=0),
    )


def _shares(found: Estimates | None, confidence: float, reason: str) -> dict[str, Any]:
    """The columns of a row; NaN with the reason where nothing varies."""
    names = [name + suffix for name in SOURCES for suffix in ("", "_low", "_high")]
    nothing: dict[str, Any] = dict.fromkeys([*names, "variance"], np.nan)
    nothing |= {"p_initialisation": np.nan, "p_data_order": np.nan}
    nothing |= {"truncated": "", "reason": reason}
    if found is None:
        return nothing
    components = np.maximum(found.components, 0.0)
    variance = components.sum()
    if variance < SMALL:
        return nothing | {"variance": 0.0}
    drawn = np.maximum(found.drawn, 0.0)
    sums = drawn.sum(axis=1, keepdims=True)
    shares = np.divide(drawn, sums, out=np.full_like(drawn, np.nan), where=sums > SMALL)
    shares = shares[np.isfinite(shares).all(axis=1)]
    row: dict[str, Any] = {"variance": float(variance), "reason": ""}
    for index, name in enumerate(SOURCES):
        row[name] = float(components[index] / variance)
        low, high = np.nan, np.nan
        if len(shares):
            low, high = np.quantile(shares[:, index], [0.5 - confidence / 2, 0.5 + confidence / 2])
        row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    hits = (found.permuted >= found.between - SMALL * (1 + found.between)).sum(axis=0)
    for name, count in zip(("p_initialisation", "p_data_order"), hits, strict=True):
        row[name] = float((1 + count) / (1 + len(found.permuted)))
    negative = [
        name
        for name, component in zip(SOURCES, found.components, strict=True)
        if component < -SMALL
    ]
    return row | {"truncated": ", ".join(negative)}
