"""The paper's counts held against ours: is what it saw surprising under our rate?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import betabinom

from results.errors import ConfigError
from results.ledger.study_record import PaperFigure
from results.text import cell_text

JEFFREYS = 0.5
"""Both parameters of the prior of a rate."""
SURPRISING = 0.05
TIE = 1e-9
"""Relative difference below which two probabilities are the same one."""
FIGURES = ("test_loss_avg", "test_loss_min")
"""Test losses that may say where a trial ended, the one that counts first."""


@dataclass(frozen=True)
class Predictive:
    """The paper's count under our rate."""

    count: int
    total: int
    paper_count: int
    paper_total: int
    probability: float
    """Of a count at least as improbable as the paper's; NaN where a side has no seed."""
    event: str = "fall"

    @property
    def surprising(self) -> bool:
        return self.probability < SURPRISING

    def __str__(self) -> str:
        saw = f"The paper saw {self.paper_count} of {self.paper_total} {self.event}; "
        if math.isnan(self.probability):
            return saw + f"with {self.count} of {self.total} here there is nothing to compare."
        verdict = "surprising" if self.surprising else "no surprise"
        return saw + (
            f"under our rate ({self.count} of {self.total} here) so extreme a count has a "
            f"probability of {percent(self.probability)}: {verdict}, under our optimiser, "
            "initialisation and horizon, which the paper does not state in full."
        )


def percent(probability: float) -> str:
    """`3%`, `0.4%`, or `below 0.1%`."""
    if probability < 0.001:
        return "below 0.1%"
    return f"{100 * probability:.{0 if probability >= 0.01 else 1}f}%"


def predictive(
    count: int, total: int, paper_count: int, paper_total: int, event: str = "fall"
) -> Predictive:
    """Posterior predictive check of the paper's count (Box 1980; Gelman et al. 2013, section 6.3).

    Our rate has a Jeffreys prior; with `count` of `total` the paper's count is beta-binomial.
    Two-sided: the probability of all counts that are no more probable than the paper's.

    Args:
        count: how often it happened here.
        total: among so many independent seeds; runs that share a seed must not be counted apart.
        paper_count: how often in the paper.
        paper_total: among so many trials.
        event: a verb, for the sentence.

    Raises:
        ConfigError: a count outside 0 to its total.
    """
    for value, of in ((count, total), (paper_count, paper_total)):
        if not 0 <= value <= of:
            raise ConfigError(f"count {value} of {of}: must lie between 0 and the total")
    probability = float("nan")
    if total and paper_total:
        chances = betabinom.pmf(
            np.arange(paper_total + 1), paper_total, JEFFREYS + count, JEFFREYS + total - count
        )
        extreme = chances <= chances[paper_count] * (1 + TIE)
        probability = min(1.0, float(chances[extreme].sum()))
    return Predictive(count, total, paper_count, paper_total, probability, event)


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

    def __str__(self) -> str:
        return (
            f"{cell_text(self.cell)}: in the paper {self.at_or_above} of {self.trials} trials end "
            f"at or above its barrier of {self.barrier:.3f} ({self.figure}); only losses are "
            "printed, so what kind of outcome that was is unknown."
        )


def paper_counts(paper: Sequence[PaperFigure], paper_barrier: float | None) -> list[PaperCount]:
    """How many trials of each cell the paper's figures show at or above its barrier.

    Read as printed: no allowance is made for rounding, so a trial printed at the barrier counts. A
    figure without a trial is a mean and no count; a cell needs at least one trial with a test loss.

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
