"""How good: a figure per cell, over the runs that learned and over all of them."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from results.errors import ConfigError
from results.statistics.cells import axes_of_runs, by_cell, finished
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.numbers import numbers_of
from results.statistics.rates import MINIMUM_SEEDS

DRAWS = 1999
Statistic = Literal["mean", "median", "interquartile_mean"]
TRIMMED: dict[Statistic, float] = {"mean": 0.0, "interquartile_mean": 0.25, "median": 0.5}
"""Share of the values that is left out at either end."""


def quality(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    column: str = "iou",
    statistic: Statistic = "mean",
    confidence: float = CONFIDENCE,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """A figure per cell twice: given that a run learned, and whatever became of it.

    The first alone flatters a setting that often fails, the second alone mixes how often with how
    well. Intervals are BCa bootstraps (Efron 1987) that resample init_seeds, all runs of a seed
    together. NaN below ten seeds, and where the figure does not vary.

    Args:
        frame: of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell.
        column: of the figure.
        statistic: "mean", "median", or "interquartile_mean", that of the middle half (a quarter
            of the values, rounded down, left out at either end).
        confidence: of the intervals.
        seed: of the bootstrap.

    Returns:
        Two rows a cell, `over` "learned" and "all": the axes, `over`, `runs` and `seeds` that
        have the figure, `missing` (runs that have none: diverged, or given up), `value`, `low`,
        `high`, `values` and `run_ids` (of the runs that have it, by seed).

    Raises:
        ConfigError: no such column or statistic.
    """
    if statistic not in TRIMMED:
        raise ConfigError(f"statistic '{statistic}': there are {', '.join(TRIMMED)}")
    if column not in frame:
        raise ConfigError(f"column '{column}': no such column; there are {sorted(frame.columns)}")
    require_confidence(confidence)
    names = axes_of_runs(frame, axes)
    rows: list[dict[str, Any]] = []
    done = finished(frame)
    ordered = done.sort_values(["init_seed", "data_seed", "run_id"], ignore_index=True)
    figures = numbers_of(ordered, column)
    learned = (ordered["outcome"] == "learned").to_numpy(dtype=bool)
    init_seeds = ordered["init_seed"].to_numpy()
    run_ids = ordered["run_id"].to_numpy(dtype=object)
    places = {
        cell: runs.index.to_numpy()
        for cell, runs in by_cell(ordered.filter([*names, "run_id"]), names).items()
    }
    for cell in by_cell(done.filter([*names, "run_id"]), names):
        runs = places[cell]
        for over in ("learned", "all"):
            chosen = runs[learned[runs]] if over == "learned" else runs
            held = chosen[np.isfinite(figures[chosen])]
            values, seeds = figures[held], init_seeds[held]
            low, high = seed_interval(values, seeds, statistic, confidence, seed)
            rows.append(
                {
                    **dict(zip(names, cell, strict=True)),
                    "over": over,
                    "runs": len(values),
                    "seeds": len(np.unique(seeds)),
                    "missing": len(chosen) - len(values),
                    "value": float(trimmed_mean(values, TRIMMED[statistic])),
                    "low": low,
                    "high": high,
                    "values": values.tolist(),
                    "run_ids": run_ids[held].tolist(),
                }
            )
    columns = ["over", "runs", "seeds", "missing", "value", "low", "high", "values", "run_ids"]
    return pd.DataFrame(rows, columns=[*names, *columns])


def trimmed_mean(values: np.ndarray, share: float, axis: int = -1) -> np.ndarray:
    """Mean without a share of the values at either end; of all but one or two of them, the median.

    NaN are no values. The mean of none is NaN.
    """
    if share == 0:  # which needs no order, and is what a bootstrap asks for thousands of times
        there = ~np.isnan(values)
        count, total = there.sum(axis=axis), np.sum(values, axis=axis, where=there)
        return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    ordered = np.moveaxis(np.sort(values, axis=axis), axis, -1)
    number = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    cut = np.minimum((share * number).astype(int), np.maximum(number - 1, 0) // 2)
    place = np.arange(ordered.shape[-1])
    kept = (place >= cut) & (place < number - cut)
    total = np.sum(ordered, axis=-1, where=kept)
    count = np.sum(kept, axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def seed_interval(
    values: np.ndarray, seeds: np.ndarray, statistic: Statistic, confidence: float, seed: int
) -> tuple[float, float]:
    """BCa interval over whole seeds; NaN where there is none."""
    distinct, row = np.unique(seeds, return_inverse=True)
    if len(distinct) < MINIMUM_SEEDS or np.ptp(values) == 0:
        return np.nan, np.nan
    column = np.arange(len(row)) - np.searchsorted(np.sort(row), np.sort(row))
    order = np.argsort(row, kind="stable")
    table = np.full((len(distinct), int(column.max()) + 1), np.nan)
    table[row[order], column] = values[order]

    def of_seeds(drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        taken = table[np.moveaxis(drawn, axis, -1)]
        return trimmed_mean(taken.reshape(*taken.shape[:-2], -1), TRIMMED[statistic])

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of a bootstrap that does not vary: NaN says it
        found = bootstrap(
            (np.arange(len(distinct)),),
            of_seeds,
            vectorized=True,
            n_resamples=DRAWS,
            batch=DRAWS,
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    if not (np.isfinite(found.low) and np.isfinite(found.high)):
        return np.nan, np.nan
    return float(found.low), float(found.high)
