"""The tables of variance shares: what initial weights, data order, students and teachers decide."""

import pandas as pd

from results.reports.every_run import are_crossed
from results.reports.report import Table
from results.statistics.cells import axes_of
from results.statistics.variance import LEAST_SEEN, LEAST_UNITS, variance_shares

TAKE = (
    f"take {LEAST_UNITS} units of each kind, which else say little of others, and {LEAST_SEEN} "
    "with runs that learned and with runs that did not"
)


def shares_tables(frame: pd.DataFrame, teachers: pd.DataFrame | None) -> list[Table]:
    """Whether initial weights or the order of the data decide, students or teachers; nothing unless
    seeds are crossed.

    Args:
        frame: of `results.load_study`.
        teachers: of `Compared`.
    """
    axes, found = axes_of(frame), []
    if are_crossed(frame):
        found.append(
            Table(
                "shares",
                "What of the variance of learning is due to initial weights, to data order, to "
                "both",
                variance_shares(frame, axes),
                "Analysis of variance over crossed seeds: initialisation, data order, interaction; "
                f"intervals (by resampling both kinds of seeds, and by mean squares) {TAKE}.",
                (*axes, "pooled"),
            )
        )
    if teachers is not None:
        found.append(
            Table(
                "teachers",
                "What of the variance of learning is due to the student, to the teacher, to both",
                teachers,
                "Analysis of variance over students (pairs of seeds) and teachers; intervals (by "
                f"resampling both, and by mean squares) {TAKE}.",
                (*axes, "pooled"),
            )
        )
    return found
