"""Cells of a study's frame, and whether something happened to a run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.outcomes import EVENTS, FELL, OUTCOMES

Cell = tuple[Any, ...]
At = Literal["H", "H/2"]
SETTINGS = ("profile", "data_source", "overrides")
"""Columns beside the axes that tell runs apart where a study was requested in several ways."""
ALWAYS = (
    *SETTINGS,
    "trial",
    "run_id",
    "init_seed",
    "data_seed",
    "teacher_seed",
    "outcome",
    "outcome_half",
    "fell",
    "born_dead",
    "stopped_dead",
    "iterations",
    "iterations_done",
)
"""Columns of `load_study` that statistics need."""
NEEDED = ("run_id", "init_seed", "outcome")
"""Without these there is no statistic of runs."""
HORIZONS: dict[At, str] = {"H/2": "outcome_half", "H": "outcome"}
"""Columns that hold the outcome at half the horizon and at the horizon."""


def axes_of(frame: pd.DataFrame, axes: Sequence[str] | None = None) -> list[str]:
    """Return the columns that name a cell: the given ones, or those `load_study` has noted.

    Raises:
        ConfigError: the frame does not know its axes, or lacks one.
    """
    if isinstance(axes, str):
        raise ConfigError(f"axes '{axes}': is one name; pass a list of them, as ['{axes}']")
    known = frame.attrs.get("axes") if axes is None else axes
    if known is None:
        raise ConfigError("axes: this frame does not say which columns name a cell; pass axes=[..]")
    if len(set(known)) < len(known):
        raise ConfigError(f"axes {list(known)}: one is named twice")
    absent = [axis for axis in known if axis not in frame]
    if absent:
        raise ConfigError(f"axes {absent}: no such column; there are {sorted(frame.columns)}")
    return list(known)


def axes_of_runs(frame: pd.DataFrame, axes: Sequence[str] | None = None) -> list[str]:
    """Return the columns that name a cell of runs: the axes, and the settings in which the frame's
    runs differ, for one cell at two horizons is two.

    Raises:
        ConfigError: the frame is not of `load_study`, does not know its axes, or lacks one; it has
            something that is no outcome, or a run twice in a cell.
    """
    require_columns(frame, NEEDED, "load_study")
    named = axes_of(frame, axes)
    names = named + [
        name
        for name in SETTINGS
        if name in frame and name not in named and len(set(frame[name])) > 1
    ]
    require_outcomes(frame)
    require_once(frame, names)
    return names


def require_columns(frame: pd.DataFrame, columns: Iterable[str], function: str) -> None:
    """Raise ConfigError unless the frame has the columns that a function's frames have."""
    absent = [name for name in columns if name not in frame]
    if absent:
        raise ConfigError(f"frame: has no column {', '.join(absent)}; pass one of {function}")


def require_outcomes(frame: pd.DataFrame) -> None:
    """Raise ConfigError where something else than an outcome stands for one."""
    unknown = set(frame["outcome"].dropna().unique()) - set(OUTCOMES)
    if unknown:
        raise ConfigError(f"outcome {sorted(map(str, unknown))}: there are {', '.join(OUTCOMES)}")


def require_once(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ConfigError where a run is counted twice in a cell."""
    if frame["run_id"].is_unique:
        return
    again = frame.loc[frame.duplicated([*names, "run_id"])]
    if len(again):
        raise ConfigError(
            f"frame: run {again['run_id'].iloc[0]} is there more than once in a cell; drop what is "
            "doubled (drop_duplicates)"
        )


def narrowed(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Keep only the columns that every statistic needs, and these; texts become Python's own.

    Cells are cut out of a frame again and again, which costs time for each column, and more for
    texts of Arrow.

    Raises:
        ConfigError: the frame does not know its axes.
    """
    names = dict.fromkeys([*axes_of(frame), *ALWAYS, *columns])
    slim = pd.DataFrame(
        {
            name: frame[name].astype(object)
            if isinstance(frame[name].dtype, pd.StringDtype)
            else frame[name]
            for name in names
            if name in frame
        }
    )
    slim.attrs = dict(frame.attrs)
    return slim


def teacher_seeds(frame: pd.DataFrame) -> list[int | None]:
    """Return the seed of each run's teacher; None for a run without one."""
    if "teacher_seed" not in frame:
        return [None] * len(frame)
    seeds = frame["teacher_seed"]
    missing = seeds.isna().to_numpy(dtype=bool)
    if missing.all():
        return [None] * len(frame)
    return [None if no else int(seed) for seed, no in zip(seeds.tolist(), missing, strict=True)]


def finished(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of runs that have an outcome."""
    return frame.loc[frame["outcome"].notna()]


def is_missing(value: Any) -> bool:
    """Tell whether a value of a frame is missing."""
    return value is None or bool(pd.isna(value))


def cell_of(values: Iterable[Any]) -> Cell:
    """Return the cell with these axis values; None where an axis cannot matter."""
    return tuple(map(_known, values))


def _known(value: Any) -> Any:
    return None if is_missing(value) else value


def cells_in(frame: pd.DataFrame, axes: Sequence[str] | None = None) -> list[Cell]:
    """Return the cell of each row."""
    names = axes_of(frame, axes)
    if not names:
        return [()] * len(frame)
    columns = (frame[name] for name in names)
    held = (map(_known, each) if each.hasnans else each.tolist() for each in columns)
    return list(zip(*held, strict=True))


def by_cell(frame: pd.DataFrame, axes: Sequence[str] | None = None) -> dict[Cell, pd.DataFrame]:
    """Split a frame into the rows of each cell, in the order of the cells' first rows; None stands
    where an axis cannot matter. The parts have no `attrs`."""
    names = axes_of(frame, axes)
    if frame.empty:
        return {}
    rows = without_attrs(frame)
    if not names:
        return {(): rows}
    codes = frame.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    columns = [frame[name].iloc[order[starts]].tolist() for name in names]
    cells = map(cell_of, zip(*columns, strict=True))
    parts = np.split(order, starts[1:])
    return {cell: rows.iloc[part] for cell, part in zip(cells, parts, strict=True)}


def without_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without its `attrs`, which pandas copies deeply into whatever is made from
    it: that takes longer than to cut out a cell."""
    bare = frame.copy(deep=False)
    bare.attrs = {}
    return bare


def selected(frame: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of the cells that have these axis values; None where an axis cannot matter.

    Raises:
        ConfigError: no such column.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for name in axes_of(frame, list(values)):
        column, value = frame[name], values[name]
        chosen &= (column.isna() if value is None else column == value).to_numpy(dtype=bool)
    return frame.loc[chosen]


def happened(frame: pd.DataFrame, event: str = "fell", at: At = "H") -> pd.Series:
    """Tell whether an event happened to each run, as booleans with the frame's index.

    Args:
        frame: a frame of `load_study`, finished runs only.
        event: one of `EVENTS`.
        at: half the horizon (from the curve's slices), or the horizon (from every slice).

    Raises:
        ConfigError: no such event or horizon.
    """
    if event not in EVENTS:
        raise ConfigError(f"event '{event}': there are {', '.join(EVENTS)}")
    if at not in HORIZONS:
        raise ConfigError(f"at '{at}': there are {', '.join(HORIZONS)}")
    require_columns(frame, [HORIZONS[at]], "load_study")
    outcomes = pd.Series(frame[HORIZONS[at]])
    return outcomes.isin(FELL if event == "fell" else (event,))
