"""A study's report and its figures, from its runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.answer import (
    barrier_line,
    is_text,
    pooled_line,
    rows_of,
    setting_line,
    shown_columns,
    teacher_line,
    teachers_of,
)
from results.cells import HORIZONS, At, Cell, axes_of, by_cell, finished, happened
from results.convergence import race
from results.figures.curves import curves_figure
from results.figures.grid import grid_figure
from results.figures.rates import rates_figure
from results.ledger import Ledger
from results.outcomes import LEARNED_DEVIANCE
from results.rates import Rate, cell_rate
from results.report import RUN_IDS, Answer, Report, Table

Row = dict[str, Any]

UNSAID: Row = {
    "question": "",
    "reference": "",
    "paper": [],
    "paper_barrier": None,
    "columns": [],
    "claims": [],
    "note": "",
}
"""What an ask may leave out."""


def build_report(frame: pd.DataFrame, ask: Row, curves: pd.DataFrame, ledger: Ledger) -> Report:
    """All there is to say about the runs of an ask.

    Args:
        frame: of `results.load_study`, for this ask.
        ask: what the ledger remembers of it (`Ledger.studies`).
        curves: of `results.load_curves` for these runs.
        ledger: where the teachers' rows are.
    """
    ask = UNSAID | ask
    rows = rows_of(frame)
    done = [row for row in rows if is_text(row["outcome"])]
    answers = [Answer("How often do runs fall?", pooled_line(rows))] if done else []
    if done:
        answers.append(Answer("What is falling measured against?", barrier_line(done[0], ask)))
        answers += [
            Answer("Who is faster?", str(race(frame, curves, claim))) for claim in ask["claims"]
        ]
    else:
        answers.append(Answer("How often do runs fall?", "No run has an outcome yet."))
    teachers = [teacher_line(teacher) for teacher in teachers_of(frame, ledger)]
    return Report(
        study=ask["study"],
        title=titled(ask),
        setting=setting_line(frame, ask),
        answers=tuple(answers),
        tables=(rates_table(frame), runs_table(frame, ask)),
        notes=tuple(filter(None, (ask["note"], *teachers))),
    )


def titled(ask: Row) -> str:
    """The question, and where the paper asks it."""
    return f"{ask['question']} ({ask['reference']})" if ask["reference"] else ask["question"]


def rates_table(frame: pd.DataFrame) -> Table:
    """How often runs fell and learned, a row a cell and horizon."""
    axes = axes_of(frame)
    rows = [
        dict(zip(axes, cell, strict=True)) | counted(runs, at) | {RUN_IDS: tuple(runs["run_id"])}
        for cell, runs in by_cell(finished(frame), axes).items()
        for at in HORIZONS
    ]
    counts = [f"{event}{part}" for event in ("fell", "learned") for part in PARTS]
    columns = [*axes, "at", "runs", "seeds", *counts, RUN_IDS]
    return Table(
        "rates",
        "How often, at half the horizon and at the horizon",
        pd.DataFrame(rows, columns=columns),
        "With 95% Wilson intervals where there are enough seeds for a rate.",
        (*axes, "at"),
    )


PARTS = ("", "_rate", "_low", "_high")
"""Of the columns of a count."""


def counted(runs: pd.DataFrame, at: At) -> Row:
    """How many of a cell's finished runs fell and learned."""
    seeds = runs["init_seed"]
    row: Row = {"at": at, "runs": len(runs), "seeds": seeds.nunique()}
    for event in ("fell", "learned"):
        rate = cell_rate(happened(runs, event, at), seeds)
        figures = (rate.count, rate.count / rate.total, *ends(rate))
        row |= {event + part: figure for part, figure in zip(PARTS, figures, strict=True)}
    return row


def ends(rate: Rate) -> tuple[float, float]:
    return rate.interval or (np.nan, np.nan)


def runs_table(frame: pd.DataFrame, ask: Row) -> Table:
    """Every run that was asked for, beside the paper's figures for its trial."""
    axes = axes_of(frame)
    figures = [name for name in shown_columns(ask) if name in frame and name not in axes]
    named = [*axes, "trial", "init_seed", "data_seed"]
    table = pd.DataFrame(frame[[*named, "outcome", "outcome_detail", *figures, "run_id"]])
    for name in figures:
        paper = paper_values(frame, ask, name)
        if any(value is not None for value in paper):
            table[f"paper_{name}"] = np.array(paper, dtype=float)
    table["outcome"] = [one if is_text(one) else "missing" for one in table["outcome"]]
    note = (
        "Losses are of the test curve, in nats, both channels added; minima of it are optimistic, "
        "being chosen on the test set as in the paper. The paper's trials had other seeds."
    )
    return Table("runs", "Every run", table, note, tuple(named))


def paper_values(frame: pd.DataFrame, ask: Row, name: str) -> list[float | None]:
    """The paper's figure of this name for the cell and trial of each row."""
    axes = axes_of(frame)
    known = {
        (*(figure["cell"].get(axis) for axis in axes), figure["trial"]): figure["figures"][name]
        for figure in ask["paper"]
        if name in figure["figures"]
    }
    trials = zip(cells_in(frame), frame["trial"], strict=True)
    return [known.get((*cell, trial)) for cell, trial in trials]


def cells_in(frame: pd.DataFrame) -> list[Cell]:
    """The cell of each row; None where an axis cannot matter."""
    values = zip(*(frame[axis] for axis in axes_of(frame)), strict=True)
    return [tuple(None if pd.isna(value) else value for value in cell) for cell in values]


def paper_counts(ask: Row) -> list[Row]:
    """How many of the paper's trials stayed at the barrier, by cell.

    The paper prints losses, not outcomes: a trial counts as fallen where its least printed test
    loss explains less than 5% of the deviance that the paper's barrier leaves (section 3.4). Means
    over trials count nothing.
    """
    barrier = ask.get("paper_barrier")
    trials: dict[Cell, list[bool]] = {}
    cells: dict[Cell, Row] = {}
    for figure in ask.get("paper", ()):
        losses = [figure["figures"].get(name) for name in ("test_loss_min", "test_loss_avg")]
        known = [loss for loss in losses if loss is not None]
        if barrier is None or figure["trial"] is None or not known:
            continue
        cell = tuple(sorted(figure["cell"].items(), key=lambda item: item[0]))
        cells[cell] = figure["cell"]
        trials.setdefault(cell, []).append(min(known) > (1 - LEARNED_DEVIANCE) * barrier)
    return [
        {"cell": cells[cell], "count": sum(fell), "total": len(fell)}
        for cell, fell in trials.items()
    ]


def build_figures(
    frame: pd.DataFrame, ask: Row, curves: pd.DataFrame
) -> Iterator[tuple[str, Figure]]:
    """Name and figure, one after the other; arguments as of `build_report`."""
    axes = axes_of(frame)
    yield "rates", rates_figure(cell_rates(frame, axes), axes, paper_counts(ask))
    yield "grid", grid_figure(frame, axes)
    yield "curves", curves_figure(frame, curves, barrier_of(frame))


def cell_rates(frame: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """A row a cell with `count` and `total` of the runs that fell, and the interval's ends `low`
    and `high`, NaN where there are too few seeds for one."""
    rows = []
    for cell, runs in by_cell(finished(frame), axes).items():
        rate = cell_rate(happened(runs), runs["init_seed"])
        rows.append((*cell, rate.count, rate.total, *ends(rate)))
    return pd.DataFrame(rows, columns=[*axes, "count", "total", "low", "high"])


def barrier_of(frame: pd.DataFrame) -> float:
    """The loss of the best constant on the curve's slices; NaN where no run is finished."""
    known = frame["barrier_curve"].dropna()
    return float(known.iloc[0]) if len(known) else float("nan")
