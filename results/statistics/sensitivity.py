"""Would another threshold change it? Outcomes if learning began at another deviance."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from results.outcomes import FELL, FLAT_LOGIT_STD, LEARNED_DEVIANCE
from results.statistics.cells import axes_of_runs, by_cell, finished, require_columns
from results.statistics.methods.intervals import require_between
from results.statistics.numbers import numbers_of

THRESHOLDS = (0.02, LEARNED_DEVIANCE, 0.1, 0.2)
COLUMNS = ("threshold", "runs", "fell", "uninformative", "learned", "diverged", "run_ids")
MEASURED = ("deviance_explained_calibrated", "logit_std")
"""The columns that these outcomes are decided from."""


def outcomes_at(frame: pd.DataFrame, threshold: float) -> pd.Series:
    """Decide each run's outcome if D_cal had to reach another threshold for it to have learned.

    Constant runs and those of which nothing was measured stay what they are, and so do diverged
    ones that do not reach the threshold; of the others those that do not reach it are flat where
    the logits hardly vary, else uninformative.

    Args:
        frame: finished runs of `load_study`.
        threshold: between 0 and 1; `results.outcomes.LEARNED_DEVIANCE` gives the recorded outcomes.
    """
    deviance, spread = (numbers_of(frame, name) for name in MEASURED)
    found = []
    for outcome, explained, std in zip(frame["outcome"], deviance, spread, strict=True):
        if outcome == "constant" or math.isnan(explained):
            found.append(outcome)
        elif explained >= threshold:
            found.append("learned")
        elif outcome == "diverged":
            found.append(outcome)
        else:
            found.append("flat" if std < FLAT_LOGIT_STD else "uninformative")
    return pd.Series(found, index=frame.index, dtype=object)


def sensitivity(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> pd.DataFrame:
    """Count outcomes at the horizon by cell, for several thresholds of learning.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out, and those of which
            nothing was measured are counted as they were recorded.
        axes: columns that name a cell; by default the study's.
        thresholds: shares of the deviance, each between 0 and 1.

    Returns:
        A row a cell and threshold: the axes, then `COLUMNS`, counts of runs. `fell` is constant or
        flat; at 0.05 all counts are those of `rates`.

    Raises:
        ConfigError: no such column, or a threshold out of range.

    Example:
        >>> from results.examples import example_study
        >>> frame = example_study().assign(deviance_explained_calibrated=0.04, logit_std=1.0)
        >>> table = sensitivity(frame, thresholds=[0.02, 0.05])
        >>> table[["batch_norm", "threshold", "learned", "uninformative"]].values.tolist()[:2]
        [['none', 0.02, 4, 0], ['none', 0.05, 0, 4]]
    """
    for threshold in thresholds:
        require_between("threshold", threshold, 1)
    names = axes_of_runs(frame, axes)
    require_columns(frame, MEASURED, "load_study")
    done = finished(frame).reset_index(drop=True)
    decided = [(threshold, outcomes_at(done, threshold).to_numpy()) for threshold in thresholds]
    rows: list[dict[str, Any]] = []
    for cell, runs in by_cell(done, names).items():
        for threshold, outcomes in decided:
            counts = Counter(outcomes[runs.index])
            row = dict(zip(names, cell, strict=True)) | {"threshold": threshold, "runs": len(runs)}
            row |= {"fell": sum(counts[name] for name in FELL)}
            row |= {name: counts[name] for name in COLUMNS[3:-1]}
            rows.append(row | {"run_ids": tuple(runs["run_id"])})
    return pd.DataFrame(rows, columns=[*names, *COLUMNS])
