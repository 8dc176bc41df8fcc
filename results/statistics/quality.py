"""How good: a figure per cell, over the runs that learned and over all of them."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import axes_of_runs, by_cell, cells_in, finished
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.methods.trimmed_means import bootstrap_interval, trimmed_mean
from results.statistics.numbers import numbers_of
from results.statistics.rates import MINIMUM_SEEDS

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
    """Average a figure per cell twice: over the runs that learned, and over all.

    The first alone flatters a setting that often fails, the second alone mixes how often with how
    well. Intervals are BCa bootstraps (Efron 1987) that resample init_seeds, all runs of a seed
    together. NaN below ten seeds, and where the figure does not vary.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell.
        column: the name of the figure.
        statistic: "mean", "median", or "interquartile_mean", that of the middle half (a quarter
            of the values, rounded down, left out at either end).
        confidence: the level of the intervals.
        seed: the seed of the bootstrap.

    Returns:
        Two rows a cell, `over` "learned" and "all": the axes, `over`, `runs` and `seeds` that
        have the figure, `missing` (runs that have none: diverged, or given up), `value`, `low`,
        `high`, `values` and `run_ids` (of the runs that have it, by seed).

    Raises:
        ConfigError: no such column or statistic.

    Example:
        >>> from results.examples import example_study
        >>> table = quality(example_study()).round(2)
        >>> table[["batch_norm", "over", "runs", "value"]].values.tolist()[:2]
        [['none', 'learned', 4, 0.64], ['none', 'all', 12, 0.22]]
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
    for cell in dict.fromkeys(cells_in(done, names)):
        runs = places[cell]
        for over in ("learned", "all"):
            chosen = runs[learned[runs]] if over == "learned" else runs
            held = chosen[np.isfinite(figures[chosen])]
            values, seeds = figures[held], init_seeds[held]
            low, high = np.nan, np.nan
            if len(np.unique(seeds)) >= MINIMUM_SEEDS:
                low, high = bootstrap_interval(values, seeds, TRIMMED[statistic], confidence, seed)
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
