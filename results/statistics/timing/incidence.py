"""Cumulative incidence of escape, with divergence as a competing event.

An escape in (after, by] is drawn as a step at `by`, so the true curve lies between this one and
the same one moved an evaluation interval to the left.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import axes_of, by_cell, require_columns
from results.statistics.methods.cumulative_incidence import (
    EventCounts,
    counts_by_cluster,
    incidence_interval,
    pooled_incidence,
)
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.rates import MINIMUM_SEEDS
from results.statistics.timing.escape import EVALUATIONS, OF_ESCAPES

COLUMNS = ("iteration", "incidence", "low", "high", "at_risk", "seeds", "runs", "unknown")


def cumulative_incidence(
    escapes: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "escaped",
    confidence: float = CONFIDENCE,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Estimate the share that has escaped by each evaluation, per cell, with pointwise intervals.

    Intervals are on the complementary log-log scale. Where no init_seed is repeated the variance
    is Dinse and Larson's (1986), which is p (1 - p) / n if nothing is censored. Where seeds are
    repeated it is that of a bootstrap of whole seeds, with Student's quantile. Where the estimate
    is 0 or 1, or the seeds do not differ, Clopper and Pearson's interval (1934) with one
    observation a seed. Below ten seeds NaN.

    Args:
        escapes: a frame of `escape_times`; runs of which nothing is known are left out and counted.
        axes: columns that name a cell.
        event: "escaped" or "diverged"; the other one competes with it.
        confidence: the level of the intervals.
        seed: the seed of the bootstrap.

    Returns:
        One row a cell and evaluation after iteration 0: the axes, `iteration`, `incidence`,
        `low`, `high`, `at_risk` (runs), `seeds` (distinct), `runs`, `unknown` (runs left out).

    Raises:
        ConfigError: no such event.

    Example:
        >>> from results import escape_times
        >>> from results.examples import example_curves, example_study
        >>> frame = example_study()
        >>> escapes = escape_times(frame, example_curves(frame))
        >>> table = cumulative_incidence(escapes).query("batch_norm == 'all'").round(2)
        >>> table[["iteration", "incidence", "low", "high"]].values.tolist()
        [[100.0, 0.33, 0.14, 0.66], [200.0, 0.5, 0.26, 0.79], [300.0, 0.83, 0.59, 0.97]]
    """
    if event not in ("escaped", "diverged"):
        raise ConfigError(f"event '{event}': there are escaped and diverged")
    require_confidence(confidence)
    require_columns(escapes, OF_ESCAPES, "escape_times")
    names = axes_of(escapes, axes)
    frames = []
    for cell, rows in by_cell(escapes, names).items():
        runs = rows.loc[rows["event"].notna()]
        if runs.empty:
            continue
        grid = evaluation_grid(runs, escapes.attrs.get(EVALUATIONS))
        counts = counts_by_seed(runs, grid, event)
        incidence = pooled_incidence(counts)
        low = high = np.full(len(grid), np.nan)
        if len(counts.event) >= MINIMUM_SEEDS:
            low, high = incidence_interval(counts, confidence, seed)
        columns: dict[str, Any] = {
            name: pd.Series([value] * len(grid)) for name, value in zip(names, cell, strict=True)
        }
        columns |= {"iteration": grid, "incidence": incidence, "low": low, "high": high}
        columns |= {"at_risk": counts.at_risk.sum(axis=0), "seeds": len(counts.event)}
        columns |= {"runs": len(runs), "unknown": len(rows) - len(runs)}
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=[*names, *COLUMNS])
    return pd.concat(frames, ignore_index=True)


def evaluation_grid(runs: pd.DataFrame, evaluations: Sequence[int] | None) -> np.ndarray:
    """Return the iterations of the evaluations up to the last one of these runs, in order."""
    times = event_times(runs)
    grid = np.union1d(np.asarray(evaluations or [], dtype=np.int64), times)
    return grid[grid <= np.fmax(times.max(), runs["at_risk_to"].max())]


def event_times(runs: pd.DataFrame) -> np.ndarray:
    """Return the iteration of the escape, of the divergence, or up to which there was neither."""
    return runs["by"].fillna(runs["at_risk_to"]).to_numpy(dtype=np.int64)


def counts_by_seed(runs: pd.DataFrame, grid: np.ndarray, event: str = "escaped") -> EventCounts:
    """Count events in the order of the seeds; any other event than the given one competes."""
    kinds = runs["event"].to_numpy(dtype=object)
    return counts_by_cluster(
        runs["init_seed"].to_numpy(),
        event_times(runs),
        np.select([kinds == event, kinds == "none"], [1, 0], 2),
        grid,
    )
