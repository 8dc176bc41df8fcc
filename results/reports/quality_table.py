"""The table of how well networks segment, and what an IoU is to be read beside."""

import numpy as np
import pandas as pd

from results.judging import fraction_of
from results.outcomes import FELL
from results.reports.report import RUN_IDS, Table
from results.statistics.cells import axes_of, finished
from results.statistics.numbers import numbers_of
from results.statistics.quality import quality

QUALITIES = ("iou_validation_threshold", "iou", "test_loss_final")
"""Columns of which a cell's mean is shown. Soft labels and class weights shift what p > 0.5 means:
a network that segments well may have an IoU of 0 there."""
BARRIER = ("barrier", "target_mean", "foreground_weight")
"""Columns from which the share of the foreground follows."""


def quality_table(frame: pd.DataFrame) -> Table:
    """Mean IoU and loss of the runs that learned, and of all."""
    axes = axes_of(frame)
    found = {name: quality(frame, axes, name) for name in QUALITIES}
    first = next(iter(found.values()))
    table = pd.DataFrame(first[[*axes, "over", "runs", "seeds"]])
    for name, each in found.items():
        table[name], table[f"{name}_low"], table[f"{name}_high"] = (
            each["value"],
            each["low"],
            each["high"],
        )
    table[RUN_IDS] = [tuple(ids) for ids in first["run_ids"]]
    return Table(
        "quality",
        "How well: means over the runs that learned, and over all",
        table,
        "At the horizon on every test slice; IoU tuned: above the threshold tuned on validation "
        "slices; IoU p>0.5: soft labels and class weights shift what that means. 95% bootstrap "
        "intervals over seeds, from ten on. Learned runs alone flatter a cell that often fails."
        + beside_a_full_mask(frame),
        (*axes, "over"),
    )


def beside_a_full_mask(frame: pd.DataFrame) -> str:
    """What a mask that is foreground everywhere would have, where collapsed runs are averaged too;
    empty where none collapsed, or the barrier is not known."""
    done = finished(frame)
    fell = done.loc[done["outcome"].isin(FELL)]
    if fell.empty or not set(BARRIER) <= set(fell):
        return ""
    barrier, target, weight = (numbers_of(fell, name) for name in BARRIER)
    known = barrier > 0
    if not known.any():
        return ""
    share = fraction_of(float(np.median(barrier[known])))
    if (target[~(weight != 1)] > 0.5).any():  # then it is the background that is rarer
        share = 1 - share
    return (
        f" Collapsed runs are in the means over all: a mask that is foreground everywhere has an "
        f"IoU of {share:.2g}, which takes no network."
    )
