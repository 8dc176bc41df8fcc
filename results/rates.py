"""How often: counts, Wilson's interval per cell, and a pooled rate clustered by seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from results.outcomes import FELL

MINIMUM_SEEDS = 10
"""Below this a rate says next to nothing: 0 of 9 still allows 30%."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rate:
    """`count` of `total`; the interval is None where there are too few seeds for a rate."""

    count: int
    total: int
    interval: tuple[float, float] | None

    def __str__(self) -> str:
        text = f"{self.count} of {self.total}"
        if self.interval is None:
            return text
        low, high = self.interval
        return f"{text} ({100 * low:.0f}-{100 * high:.0f}%)"


def wilson(count: float, total: float) -> tuple[float, float]:
    """Wilson's 95% score interval (Wilson 1927), by statsmodels."""
    low, high = np.asarray(
        proportion_confint(count, total, alpha=1 - CONFIDENCE, method="wilson"), dtype=float
    )
    # The interval holds its rate: rounding must not put 0 of n or n of n outside.
    return (0.0 if count == 0 else float(low)), (1.0 if count == total else float(high))


def cell_rate(happened: Iterable[bool], init_seeds: Iterable[int]) -> Rate:
    """The rate of one cell. With an interval from ten distinct seeds on, if no seed is repeated:
    runs that share a seed are not independent."""
    flags, seeds = list(happened), list(init_seeds)
    count, distinct = sum(map(bool, flags)), len(set(seeds))
    enough = distinct >= MINIMUM_SEEDS and distinct == len(seeds)
    return Rate(count, len(flags), wilson(count, len(flags)) if enough else None)


def pooled_rate(happened: Iterable[bool], init_seeds: Iterable[int]) -> Rate:
    """The rate over all cells, clustered by seed.

    From ten seeds on: Wilson's interval with at most one observation a seed. The mean of S
    independent shares in [0, 1] with expectation p has a variance of at most p (1 - p) / S,
    reached where every seed does the same in all its cells, so the interval is never too narrow
    however the runs of a seed depend on each other. Seeds with unequal numbers of runs count as
    (sum r)^2 / sum r^2 (Kish 1965).
    """
    by_seed: dict[int, list[bool]] = {}
    for flag, seed in zip(happened, init_seeds, strict=True):
        by_seed.setdefault(seed, []).append(bool(flag))
    count = sum(sum(flags) for flags in by_seed.values())
    runs = [len(flags) for flags in by_seed.values()]
    total = sum(runs)
    if len(by_seed) < MINIMUM_SEEDS:
        return Rate(count, total, None)
    effective = total**2 / sum(n * n for n in runs)
    return Rate(count, total, wilson(count / total * effective, effective))


def rates(frame: pd.DataFrame, axes: list[str]) -> pd.DataFrame:
    """One row a cell and horizon: how many runs fell and learned.

    Args:
        frame: of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell.

    Returns:
        Frame in the order of the cells' first rows, with the axes, `at` ("H/2" or "H"), `seeds`,
        `fell` and `learned` (each a `Rate`).
    """
    cells: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in frame.loc[frame["outcome"].notna()].to_dict("records"):
        cell = tuple(None if pd.isna(row[axis]) else row[axis] for axis in axes)
        cells.setdefault(cell, []).append(dict(row))
    rows = []
    for cell, runs in cells.items():
        seeds = [run["init_seed"] for run in runs]
        for at, column in (("H/2", "outcome_half"), ("H", "outcome")):
            outcomes = [run[column] for run in runs]
            rows.append(
                {
                    **dict(zip(axes, cell, strict=True)),
                    "at": at,
                    "seeds": len(set(seeds)),
                    "fell": cell_rate([outcome in FELL for outcome in outcomes], seeds),
                    "learned": cell_rate([outcome == "learned" for outcome in outcomes], seeds),
                }
            )
    return pd.DataFrame(rows, columns=[*axes, "at", "seeds", "fell", "learned"])
