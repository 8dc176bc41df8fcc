"""Which cells of a frame stand against each other: those that agree in all other axes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import Cell, axes_of_runs, by_cell, selected, teacher_seeds
from results.text import cell_text


@dataclass(frozen=True)
class Stratum:
    """Two cells, and what they have in common."""

    shared: dict[str, Any]
    """Axes in which they agree and that do not have this value in every cell of both sides."""
    cell: pd.DataFrame
    against: pd.DataFrame
    values: tuple[dict[str, Any], dict[str, Any]]
    """The values of all axes, of the one cell and of the other."""

    def __str__(self) -> str:
        return cell_text(self.shared)


def strata(
    frame: pd.DataFrame,
    cell: Mapping[str, Any],
    against: Mapping[str, Any],
    axes: Sequence[str] | None = None,
) -> list[Stratum]:
    """Return the pairs of cells of two sides that agree in every axis which neither side names.

    An axis that cannot matter in one of the cells agrees with any value: cells with soft labels at
    every temperature stand against the one with hard labels. One that matters in no cell of the
    frame is as if no side named it. Where a side has several cells that agree with one of the
    other, each is a stratum of its own.

    Args:
        frame: a frame of `load_study`.
        cell: axis values that name the cells of one side.
        against: those of the other.
        axes: columns that name a cell.

    Returns:
        In the order of the cells' first rows; empty where a side has no cell.

    Raises:
        ConfigError: no such column, or a cell that holds a pair of seeds twice.
    """
    names = axes_of_runs(frame, axes)
    own, other = (
        {key: rows for key, rows in by_cell(_of_side(frame, side), names).items() if len(rows)}
        for side in (cell, against)
    )
    fixed = set(cell) | set(against)
    pairs = [
        (mine, theirs)
        for mine in own
        for theirs in other
        if mine != theirs and _agree(mine, theirs, names, fixed)
    ]
    found = []
    for mine, theirs in pairs:
        shared = {
            name: theirs[k] if mine[k] is None else mine[k]
            for k, name in enumerate(names)
            if name not in fixed and len({pair[side][k] for pair in pairs for side in (0, 1)}) > 1
        }
        free = {
            f"{who} {name}": key[k]
            for who, side, key in (("cell", cell, mine), ("against", against, theirs))
            for k, name in enumerate(names)
            if name in fixed and name not in side
        }
        values = dict(zip(names, mine, strict=True)), dict(zip(names, theirs, strict=True))
        for rows, cell_values in zip((own[mine], other[theirs]), values, strict=True):
            _require_once(rows, cell_values)
        found.append(Stratum(shared | free, own[mine], other[theirs], values))
    return found


def _of_side(frame: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of the cells that have these values, but for axes that matter in none."""
    known = [name for name in values if name in frame and len(frame)]
    inert = {name: None for name in known if all(frame[name].isna())}
    return selected(frame, {**values, **inert})


def _agree(mine: Cell, theirs: Cell, names: Sequence[str], fixed: set[str]) -> bool:
    return all(
        name in fixed or mine[k] is None or theirs[k] is None or mine[k] == theirs[k]
        for k, name in enumerate(names)
    )


def _require_once(rows: pd.DataFrame, cell: Mapping[str, Any]) -> None:
    pairs = Counter(zip(rows["init_seed"], rows["data_seed"], teacher_seeds(rows), strict=True))
    (init, data, _), times = max(pairs.items(), key=lambda item: item[1])
    if times > 1:
        raise ConfigError(
            f"cell {cell_text(cell)}: seed {init}/{data} is there more than once; pass the runs of "
            "one setting only, or name the column that tells them apart in axes=[..]"
        )
