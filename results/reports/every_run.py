"""The table of all runs of a report, beside the paper's figures."""

import numpy as np
import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.columns import explanations, shown_columns
from results.reports.lines import losses_line
from results.reports.report import Table
from results.reports.rows import DETAILS, DETAILS_NOTE, is_text
from results.reports.window_lines import beside
from results.statistics.cells import axes_of, cells_in, teacher_seeds
from results.statistics.random_factors import several


def are_crossed(frame: pd.DataFrame) -> bool:
    """Whether some run's data seed is not its init seed."""
    return list(frame["init_seed"]) != list(frame["data_seed"])


def runs_table(frame: pd.DataFrame, record: StudyRecord) -> Table:
    """Every run that was requested, beside the paper's figures for its trial."""
    axes = axes_of(frame)
    figures = [name for name in shown_columns(record) if name in frame and name not in axes]
    named = [*axes, "trial", "init_seed", *(["data_seed"] if are_crossed(frame) else [])]
    named += ["teacher_seed"] if several(teacher_seeds(frame)) else []
    table = pd.DataFrame(frame[[*named, "outcome"]])
    table["outcome"] = [one if is_text(one) else "missing" for one in frame["outcome"]]
    if any(map(is_text, frame["outcome_detail"])):
        table["outcome_detail"] = [
            DETAILS[one] if is_text(one) else None for one in frame["outcome_detail"]
        ]
    told = []
    for name in figures:
        table[name] = frame[name]
        fitting = beside(frame, name, record.windows.beta_t)
        table = table.assign(**fitting)
        told += [name, *fitting]
        paper = paper_values(frame, record, name)
        if any(value is not None for value in paper):
            table[f"paper_{name}"] = np.array(paper, dtype=float)
    table["run_id"] = frame["run_id"]
    note = (
        f"{losses_line(record)} {explanations(tuple(told))} A figure is missing where its "
        "window is longer than the run."
    )
    if "outcome_detail" in table:
        note += f" {DETAILS_NOTE}"
    return Table("runs", "Every run", table, note, tuple(named), detail="full")


def paper_values(frame: pd.DataFrame, record: StudyRecord, name: str) -> list[float | None]:
    """The paper's figure of this name for the cell and trial of each row."""
    axes = axes_of(frame)
    known = {
        (*(figure.cell.get(axis) for axis in axes), figure.trial): figure.figures[name]
        for figure in record.paper
        if name in figure.figures
    }
    trials = zip(cells_in(frame), frame["trial"], strict=True)
    return [known.get((*cell, trial)) for cell, trial in trials]
