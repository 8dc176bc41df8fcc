"""The paper's counts, and the posterior predictive check that holds them against ours."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.fitting_windows import FITTING
from results.ledger.study_record import PaperFigure
from results.statistics.cells import happened
from results.statistics.methods.posterior_predictive import posterior_predictive_p
from results.statistics.numbers import numbers_of

EXTREME = 0.05
"""Posterior predictive p-values below this call a count extreme."""
FIGURES = ("test_loss_avg", "test_loss_min")
"""Test losses that may say where a trial ended, the one that counts first."""
BARRIER = "barrier_curve"
"""The loss of the best constant on the slices that these losses are of."""
BY_LOSS = (*FIGURES, FITTING, BARRIER)
"""Columns by which runs are counted as the paper's trials are."""
DECIMALS = 3
"""That the paper prints."""


@dataclass(frozen=True)
class PredictiveCheck:
    """The posterior predictive check of a count of the paper under our rate."""

    count: int
    total: int
    paper_count: int
    paper_total: int
    p_value: float
    """The probability of counts no more probable than the paper's; NaN where a side has none."""

    @property
    def extreme(self) -> bool:
        return self.p_value < EXTREME


def predictive_check(count: int, total: int, paper_count: int, paper_total: int) -> PredictiveCheck:
    """Check whether the paper's count is extreme under our rate (`posterior_predictive_p`).

    Args:
        count: how often it happened here.
        total: among so many independent seeds; runs that share a seed must not be counted apart.
        paper_count: how often it happened in the paper.
        paper_total: among so many trials.

    Raises:
        ConfigError: a count outside 0 to its total.
    """
    p_value = posterior_predictive_p(count, total, paper_count, paper_total)
    return PredictiveCheck(count, total, paper_count, paper_total, p_value)


@dataclass(frozen=True)
class PaperCount:
    """Trials of a cell of the paper that ended at or above its barrier.

    The paper prints losses only: whether such a trial predicted a constant, something
    uninformative, or diverged is unknown.
    """

    cell: Mapping[str, Any]
    at_or_above: int
    trials: int
    barrier: float
    figure: str


def at_or_above(runs: pd.DataFrame, count: PaperCount) -> pd.Series:
    """Tell which runs the rule of the paper's count calls collapsed: by their loss, at their own
    barrier or above, both as the paper prints them; what has no loss diverged.

    A frame without losses is judged by outcomes.

    Args:
        runs: finished ones of a frame of `load_study`.
        count: whose test loss is compared; of an average that over the longest window that fits.
    """
    names = [FITTING, count.figure] if count.figure == FIGURES[0] else [count.figure]
    figure = next((name for name in names if name in runs), None)
    if figure is None or BARRIER not in runs:
        return happened(runs)
    losses, barriers = numbers_of(runs, figure), numbers_of(runs, BARRIER)
    below = losses.round(DECIMALS) < barriers.round(DECIMALS)
    return pd.Series(~below, index=runs.index)


def paper_counts(paper: Sequence[PaperFigure], paper_barrier: float | None) -> list[PaperCount]:
    """Count the trials of each cell that the paper's figures show at or above its barrier.

    Losses are read as printed: no allowance is made for rounding, so a trial printed at the barrier
    counts. A figure without a trial is a mean and no count; a cell needs at least one trial with a
    test loss.

    Args:
        paper: the figures of the study's record (`Ledger.studies`).
        paper_barrier: the paper's loss of the best constant, nats; without it there is no count.

    Returns:
        In the order of the cells' first figures. Of a cell that test loss counts which more of its
        trials have, the average before the minimum; trials without a number are in no count.
    """
    if paper_barrier is None:
        return []
    cells: dict[tuple[tuple[str, Any], ...], list[PaperFigure]] = {}
    for entry in paper:
        if entry.trial is not None:
            cells.setdefault(tuple(sorted(entry.cell.items())), []).append(entry)
    counts = []
    for trials in cells.values():
        losses = [[entry.figures.get(figure) for entry in trials] for figure in FIGURES]
        known = [[x for x in of if x is not None and math.isfinite(x)] for of in losses]
        figure = max(range(len(FIGURES)), key=lambda k: (len(known[k]), -k))
        if known[figure]:
            above = sum(loss >= paper_barrier for loss in known[figure])
            counts.append(
                PaperCount(
                    trials[0].cell, above, len(known[figure]), paper_barrier, FIGURES[figure]
                )
            )
    return counts
