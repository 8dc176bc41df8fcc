"""A study's report and its figures, from its runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.reports.answers import answers
from results.reports.anytime import looks_notes
from results.reports.cells_table import cells_table
from results.reports.every_run import runs_table
from results.reports.figures.curves import curves_figure
from results.reports.figures.escape import escape_figure
from results.reports.figures.grid import grid_figure
from results.reports.figures.rates import rates_figure
from results.reports.figures.smoothed import smoothed_figure
from results.reports.lines import (
    barrier_line,
    dead_lines,
    setting_line,
    teacher_lines,
)
from results.reports.quality_table import BARRIER, QUALITIES
from results.reports.report import Report
from results.reports.rows import rows_of
from results.reports.sizes_table import sizes_table
from results.reports.tables import tables
from results.reports.uncompared import uncompared_lines
from results.reports.window_lines import window_lines
from results.statistics.cells import axes_of, finished, narrowed
from results.statistics.comparing.compared import compared
from results.statistics.comparing.paper_counts import BY_LOSS, paper_counts
from results.statistics.rates import rates
from results.statistics.sensitivity import MEASURED
from results.statistics.timing.escape import escape_times
from results.statistics.timing.incidence import cumulative_incidence
from results.text import titled

Row = dict[str, Any]


def build_report(
    frame: pd.DataFrame, record: StudyRecord, curves: pd.DataFrame, ledger: Ledger
) -> Report:
    """All there is to say about the runs of a request.

    Args:
        frame: of `results.load_study`, for this request.
        record: what the ledger remembers of it (`Ledger.studies`).
        curves: of `results.load_curves` for these runs.
        ledger: where the teachers' rows are.
    """
    slim = narrowed(frame, *QUALITIES, *MEASURED, *BY_LOSS, *BARRIER)
    against = compared(slim, record)
    often = rates(slim)
    escapes = escape_times(frame, curves)
    return Report(
        study=record.study,
        title=titled(record.question, record.reference),
        setting=setting_line(frame, record),
        answers=tuple(answers(frame, record, curves, against)),
        tables=(
            cells_table(slim, often),
            *tables(slim, record, often, escapes, against),
            *sizes_table(frame, record),
            runs_table(frame, record),
        ),
        notes=tuple(notes(frame, record, ledger)),
    )


def notes(frame: pd.DataFrame, record: StudyRecord, ledger: Ledger) -> list[str]:
    """What a reader must know: the barrier, dead runs, the study's own note, the teachers."""
    done = finished(frame)
    if done.empty:
        return []
    (first,) = rows_of(done.head(1))
    dead = dead_lines(rows_of(narrowed(done, "dead_at", "revived_at")))
    own = [*uncompared_lines(record), *([record.note] if record.note else [])]
    windows = window_lines(done, record)
    teachers = teacher_lines(frame, ledger)
    return [barrier_line(first, record), *windows, *looks_notes(frame), *dead, *own, *teachers]


def build_figures(
    frame: pd.DataFrame, record: StudyRecord, curves: pd.DataFrame
) -> Iterator[tuple[str, Figure]]:
    """Name and figure, one after the other; arguments as of `build_report`."""
    axes = axes_of(frame)
    about = f"{record.study}: {setting_line(frame, record)}"
    yield "rates", rates_figure(fallen(frame, axes), axes, counts_of_the_paper(record), about)
    yield "grid", grid_figure(frame, axes, about)
    barrier = barrier_of(frame)
    yield "curves", curves_figure(frame, curves, barrier, about)
    beta_t = record.windows.beta_t
    yield "smoothed", smoothed_figure(frame, curves, beta_t, barrier, about)
    incidence = cumulative_incidence(escape_times(frame, curves))
    yield "escape", escape_figure(incidence, axes, about)


def fallen(frame: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Make a row a cell: `count` and `total` of the runs that collapsed, and the interval's ends
    `low` and `high`, NaN where there are too few seeds for one."""
    table = rates(frame, axes)
    at_horizon = table.loc[table["at"] == "H"]
    names = {"fell": "count", "runs": "total", "fell_low": "low", "fell_high": "high"}
    return at_horizon[[*axes, *names]].rename(columns=names)


def counts_of_the_paper(record: StudyRecord) -> list[Row]:
    """How many of the paper's trials ended at its barrier or above, by cell."""
    return [
        {"cell": dict(count.cell), "count": count.at_or_above, "total": count.trials}
        for count in paper_counts(record.paper, record.paper_barrier)
    ]


def barrier_of(frame: pd.DataFrame) -> float:
    """The loss of the best constant on the curve's slices; NaN where no run is finished."""
    known = frame["barrier_curve"].dropna()
    return float(known.iloc[0]) if len(known) else float("nan")
