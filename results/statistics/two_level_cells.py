"""The cells of a frame as a two-level factorial, and the seeds that have a run in each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.statistics.cells import HORIZONS, At, by_cell, happened, is_missing, teacher_seeds
from results.statistics.methods.defining_relation import DefiningRelation, Term


@dataclass(frozen=True)
class Factorial:
    """The cells of a frame as a two-level factorial."""

    levels: Mapping[str, tuple[Any, Any]]
    """Low and high of each factor."""
    relation: DefiningRelation
    highs: tuple[Term, ...]
    """For each cell the factors at their high level; other axes repeat the same cells."""
    runs: tuple[pd.DataFrame, ...]
    """Of each cell."""

    def signs(self, term: Term) -> np.ndarray:
        """Return the sign of an effect in each cell, shape (cells,)."""
        return np.array([(-1) ** len(term - high) for high in self.highs])


def factors_of(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
    """Return low and high of each axis that has two values, and one in every run."""
    known = frame.attrs.get("levels", {})
    found: dict[str, tuple[Any, Any]] = {}
    for name in names:
        values = list(dict.fromkeys(frame[name].tolist()))
        if any(map(is_missing, values)):
            continue
        levels = tuple(known.get(name, values))
        if len(levels) == 2 and set(levels) <= set(values):
            found[name] = (levels[0], levels[1])
    return found


def factorial_of(frame: pd.DataFrame, names: Sequence[str]) -> Factorial | None:
    """Return the frame's cells as a factorial; None where they are none, or two factors are one.

    Every combination of the axes that are no factors must have the same cells of the factors.
    """
    levels = factors_of(frame, names)
    if not levels:
        return None
    chosen = np.ones(len(frame), dtype=bool)
    for name, two in levels.items():
        chosen &= frame[name].isin(two).to_numpy(dtype=bool)
    cells = by_cell(frame.loc[chosen], names)
    others: dict[tuple[Any, ...], list[Term]] = {}
    order: list[Term] = []
    for cell in cells:
        values = dict(zip(names, cell, strict=True))
        high = frozenset(name for name, (_, high) in levels.items() if values[name] == high)
        rest = tuple(values[name] for name in names if name not in levels)
        others.setdefault(rest, []).append(high)
        order.append(high)
    sets = {frozenset(highs) for highs in others.values()}
    if len(sets) != 1:
        return None
    (first,) = sets
    relation = DefiningRelation.of_cells(tuple(levels), sorted(first, key=sorted))
    if len(first) != relation.cells or (relation.resolution or 3) < 3:
        return None
    return Factorial(levels, relation, tuple(order), tuple(cells.values()))


def balanced_seeds(
    runs: Sequence[pd.DataFrame], event: str, at: At
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """Return the seeds that have an outcome in every cell.

    Args:
        runs: of each cell.
        event: what is counted.
        at: the horizon.

    Returns:
        Whether the event happened, shape (units, cells), a unit being an init seed with a data seed
        (and a teacher); the init and the data seed of each unit; and how many init seeds, and runs
        with an outcome, are left out: those of seeds that lack a unit that another has.
    """
    units: list[dict[tuple[Any, ...], bool]] = []
    requested: set[int] = set()
    for cell in runs:
        requested |= set(cell["init_seed"])
        done = cell.loc[cell["outcome"].notna() & cell[HORIZONS[at]].notna()]
        keys = zip(done["init_seed"], done["data_seed"], teacher_seeds(done), strict=True)
        units.append(dict(zip(keys, happened(done, event, at).tolist(), strict=True)))
    whole = sorted(set.intersection(*(set(unit) for unit in units)), key=str)
    sizes = {init: sum(key[0] == init for key in whole) for init in requested}
    most = max(sizes.values(), default=0)
    kept = sorted(
        (key for key in whole if sizes[key[0]] == most), key=lambda key: (key[0], key[1], str(key))
    )
    events = np.array([[unit[key] for unit in units] for key in kept], dtype=int)
    inits = np.array([key[0] for key in kept], dtype=int)
    datas = np.array([key[1] for key in kept], dtype=int)
    left_out = {
        "left_out": len(requested) - len(set(inits.tolist())),
        "runs_left_out": sum(map(len, units)) - len(kept) * len(units),
    }
    return events, inits, datas, left_out
