"""Runs as a table of units by treatments, so that what a unit did may be rearranged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.statistics.cells import (
    HORIZONS,
    At,
    axes_of_runs,
    finished,
    happened,
    teacher_seeds,
)
from results.statistics.random_factors import several


@dataclass(frozen=True)
class BlockTable:
    """Sums of what happened, of the runs that can be rearranged."""

    sums: np.ndarray
    """(units, treatments), NaN where a unit has no run of a treatment."""
    kept: np.ndarray
    """(runs,), as booleans: those that are in the sums."""


def codes(*columns: Any) -> np.ndarray:
    """Number the different rows of some columns of equal length, missing values being equal."""
    return grouped(*columns).ngroup().to_numpy()


def times_before(*columns: Any) -> np.ndarray:
    """Count for each row of some columns how many rows before it are equal to it."""
    return grouped(*columns).cumcount().to_numpy()


def grouped(*columns: Any) -> Any:
    """Group the rows of some columns of equal length by their values."""
    frame = pd.DataFrame(dict(enumerate(columns)))
    return frame.groupby(list(frame.columns), sort=False, dropna=False)


def block_table(
    values: np.ndarray,
    units: np.ndarray,
    treatments: np.ndarray,
    within: np.ndarray,
    *,
    alike: np.ndarray | None = None,
) -> BlockTable:
    """Add up the runs of each unit and treatment.

    A block is a run of each treatment that agree in unit and `within`. Treatments of all blocks of
    a unit are rearranged together, which needs the same ones in each: where a run is missing, the
    blocks that have the treatments which most runs of the unit are in stay, the others go.

    Args:
        values: (runs,), whether something happened.
        units: (runs,), numbered from 0: what is rearranged as a whole.
        treatments: (runs,), numbered from 0.
        within: (runs,), numbered: what a block has alike beside its unit.
        alike: (runs,), numbered: groups whose blocks must have the same treatments; by default the
            units.
    """
    groups = units if alike is None else alike
    number = int(treatments.max()) + 1
    blocks = codes(units, within, times_before(units, within, treatments))
    there = np.zeros((int(blocks.max()) + 1, number), dtype=bool)
    there[blocks, treatments] = True
    patterns, pattern = np.unique(there, axis=0, return_inverse=True)
    pattern, sizes = pattern.reshape(-1), patterns.sum(axis=1)
    group = np.zeros(len(there), dtype=int)
    group[blocks] = groups
    held = np.zeros((int(groups.max()) + 1, len(patterns)))
    np.add.at(held, (group, pattern), sizes[pattern])
    most = (held + sizes / (1 + sizes.sum())).argmax(axis=1)
    stays = (most[group] == pattern) & (sizes[pattern] > 1)
    kept = stays[blocks]
    shape = (int(units.max()) + 1, number)
    sums, runs = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (units[kept], treatments[kept]), values[kept])
    np.add.at(runs, (units[kept], treatments[kept]), 1)
    return BlockTable(np.where(runs > 0, sums, np.nan), kept)


@dataclass(frozen=True)
class Runs:
    """Runs of which it is known whether something happened, as arrays of equal length."""

    axes: list[str]
    """Columns that name a cell."""
    frame: pd.DataFrame
    happened: np.ndarray
    """As 0 and 1."""
    cells: np.ndarray
    """Numbered."""
    init_seeds: np.ndarray
    data_seeds: np.ndarray
    """All 0 where they are not crossed with the init seeds."""
    teachers: np.ndarray
    """Numbered; all 0 where there is one."""

    @property
    def crossed(self) -> bool:
        """Whether an init seed has several data seeds."""
        return bool(self.data_seeds.any())


def runs_of(frame: pd.DataFrame, axes: Sequence[str] | None, event: str, at: At) -> Runs:
    """Read off a frame of `load_study` what happened to its runs.

    Raises:
        ConfigError: no such column, event or horizon.
    """
    names = axes_of_runs(frame, axes)
    done = finished(frame)
    outcomes = happened(done, event, at).to_numpy(dtype=float)
    known = done[HORIZONS[at]].notna().to_numpy(dtype=bool)
    done, outcomes = done.loc[known], outcomes[known]
    nothing = np.zeros(len(done), dtype=int)
    seeds = codes(done["init_seed"]) if len(done) else nothing
    data = nothing
    if "data_seed" in done and len(done):
        own = done.groupby("init_seed")["data_seed"].nunique()
        data = codes(done["data_seed"]) if (own > 1).any() else nothing
    teachers = teacher_seeds(done)
    return Runs(
        axes=names,
        frame=done,
        happened=outcomes,
        cells=codes(*(done[name] for name in names)) if names and len(done) else nothing,
        init_seeds=seeds,
        data_seeds=data,
        teachers=codes(teachers) if several(teachers) else nothing,
    )
