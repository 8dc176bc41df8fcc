"""The end of a command: the table of runs, how often they fell, and which seeds fell where."""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from results.ledger.study_record import StudyRecord
from results.reports.columns import column_named, explanations, shown_columns
from results.reports.formats.text import say_answers, say_title
from results.reports.lines import (
    barrier_line,
    dead_lines,
    losses_line,
    pooled_line,
    setting_line,
    teacher_line,
)
from results.reports.phrases import INTERVAL_NAMES
from results.reports.report import Answer
from results.reports.rows import (
    CONSTANT_NOTE,
    LETTERS,
    Row,
    is_text,
    number,
    outcome_text,
    rows_of,
    seed_text,
    short,
)
from results.reports.widths import Column, tables_to_width
from results.statistics.cells import Cell, cell_of, is_missing
from results.statistics.rates import COUNTS_ONLY, MINIMUM_SEEDS, Rate, rates
from results.text import titled

MOST_ROWS = 150
"""Longer tables of runs are left to pandas."""
MOST_CELLS = 24
"""Wider grids of seeds and cells too."""


def print_answer(
    console: Console,
    frame: pd.DataFrame,
    record: StudyRecord,
    teachers: list[Row],
    answers: Sequence[Answer] = (),
) -> None:
    """Print the answers, then the tables they come from.

    Args:
        console: where to.
        frame: of `results.load_study`, for this request.
        record: what the ledger remembers of it (`Ledger.studies`).
        teachers: rows of the runs' teachers (`teachers_of`).
        answers: of `results.answers`.
    """
    say_title(record.study, titled(record.question, record.reference), console)
    console.print(setting_line(frame, record), highlight=False, markup=False)
    say_answers(answers, console)
    if len(frame) <= MOST_ROWS:
        columns = shown_columns(record)
        for table in runs_tables(rows_of(frame), record, console):
            console.print(table)
        console.print(
            f"{losses_line(record)} {explanations(columns)}",
            highlight=False,
        )
    else:
        console.print(f"{len(frame)} runs: too many for a table here; see results.load_study.")
    if any(is_text(row["outcome_detail"]) for row in rows_of(frame)):
        console.print(CONSTANT_NOTE, highlight=False)
    if record.note:
        console.print(record.note, highlight=False, markup=False)
    print_summary(console, frame, record, teachers)


def print_summary(
    console: Console, frame: pd.DataFrame, record: StudyRecord, teachers: list[Row]
) -> None:
    """Print how often, which seeds, and the barrier; arguments as of `print_answer`."""
    rows = rows_of(frame)
    done = [row for row in rows if is_text(row["outcome"])]
    if not done:
        console.print("No run has an outcome yet.")
        return
    legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
    console.print(barrier_line(done[0], record), "\n", highlight=False)
    title, tables = rates_tables(frame, record.axes, console)
    console.print(title, *tables, highlight=False)
    if len({cell_of(row[axis] for axis in record.axes) for row in rows}) <= MOST_CELLS:
        crossed = any(row["init_seed"] != row["data_seed"] for row in rows)
        pairs = "; a/b: init seed a, data seed b" if crossed else ""
        console.print(f"Which seeds fall ({legend}, . missing{pairs})", highlight=False)
        console.print(*seeds_tables(rows, record.axes, console))
    sequential = "sequential_cells" in frame.attrs
    console.print(pooled_line(rows, sequential=sequential), highlight=False)
    for line in dead_lines(done):
        console.print(line, highlight=False)
    for teacher in teachers:
        console.print(teacher_line(teacher), highlight=False)


def runs_tables(rows: list[Row], record: StudyRecord, console: Console) -> list[Table]:
    """Per cell and trial: the outcome and its figures, beside the paper's."""
    columns = shown_columns(record)
    figures = [Column("outcome", [outcome_text(row) for row in rows], left=True)]
    known = {name: column_named(name) for name in columns}
    figures += [
        Column(column.heading, [number(row.get(name), column.digits) for row in rows])
        for name, column in known.items()
    ]
    figures += [
        Column("paper\n" + column.heading.replace("\n", " "), texts)
        for name, column in known.items()
        if set(texts := paper_texts(rows, record, name)) != {"-"}
    ]
    named = [
        *cell_columns([cell_of(row[axis] for axis in record.axes) for row in rows], record.axes),
        Column("trial", [str(row["trial"]) for row in rows]),
        Column("seed", [seed_text(row) for row in rows]),
    ]
    styles = ["green" if row["outcome"] == "learned" else "" for row in rows]
    return tables_to_width(named, figures, console, styles)


def paper_texts(rows: list[Row], record: StudyRecord, name: str) -> list[str]:
    """The paper's figure for each row: of its trial, or at a cell's first row its mean over
    trials, marked as such."""
    axes, digits = record.axes, column_named(name).digits
    paper = {
        (*(figure.cell.get(axis) for axis in axes), figure.trial): figure.figures[name]
        for figure in record.paper
        if name in figure.figures
    }
    texts, last = [], None
    for row in rows:
        cell = cell_of(row[axis] for axis in axes)
        mean = paper.get((*cell, None)) if cell != last else None
        one = number(paper.get((*cell, row["trial"])), digits)
        texts.append(one if mean is None else f"mean {number(mean, digits)}")
        last = cell
    return texts


def rates_tables(
    frame: pd.DataFrame, axes: Sequence[str], console: Console
) -> tuple[str, list[Table]]:
    """Per cell: how many fell and learned, at H/2 and H; with its title."""
    by_cell: dict[Cell, dict[tuple[str, str], Rate]] = {}
    methods: set[str] = set()
    for row in rows_of(rates(frame, axes)):
        cell = by_cell.setdefault(cell_of(row[axis] for axis in axes), {})
        methods.add(row["method"])
        for what in ("fell", "learned"):
            low, high = row[f"{what}_low"], row[f"{what}_high"]
            interval = None if is_missing(low) else (low, high)
            cell[what, row["at"]] = Rate(row[what], row["runs"], interval, row["method"])
    if methods <= {COUNTS_ONLY}:
        title = (
            "How often: too few seeds for a rate, counts only; "
            f"--seeds {MINIMUM_SEEDS} adds what a rate needs"
        )
    else:
        known = sorted(INTERVAL_NAMES[method] for method in methods - {COUNTS_ONLY})
        title = f"How often, with 95% intervals ({'; '.join(known)})"
    figures = [
        Column(f"{what} at {at}", [str(cell[what, at]) for cell in by_cell.values()])
        for what in ("fell", "learned")
        for at in ("H/2", "H")
    ]
    return title, tables_to_width(cell_columns(list(by_cell), axes), figures, console)


def seeds_tables(rows: list[Row], axes: Sequence[str], console: Console) -> list[Table]:
    """Which seeds fall in which cell: a row a cell, a column a seed; blank where a cell was not
    asked for a seed."""
    letters: dict[Cell, dict[str, str]] = {}
    for row in rows:
        letter = LETTERS.get(row["outcome"], ".") if is_text(row["outcome"]) else "."
        letters.setdefault(cell_of(row[axis] for axis in axes), {})[seed_text(row)] = letter
    ordered = sorted(rows, key=lambda row: (row["init_seed"], row["data_seed"]))
    seeds = list(dict.fromkeys(seed_text(row) for row in ordered))
    figures = [Column(seed, [found.get(seed, "") for found in letters.values()]) for seed in seeds]
    figures[0] = Column(f"seed {seeds[0]}", figures[0].texts)
    return tables_to_width(cell_columns(list(letters), axes), figures, console)


def cell_columns(cells: list[Cell], axes: Sequence[str]) -> list[Column]:
    """The axis values of each row; of rows of one cell only the first says them."""
    new = [index == 0 or cells[index - 1] != cell for index, cell in enumerate(cells)]
    return [
        Column(
            short_heading(axis),
            [short(cell[k]) if first else "" for cell, first in zip(cells, new, strict=True)],
        )
        for k, axis in enumerate(axes)
    ]


def short_heading(name: str) -> str:
    """A field's name over several lines: `start_from.iterations` is two words high."""
    return name.replace("start_from.", "start\n").replace("_", "\n")
