"""The end of a command: the table of runs, how often they fell, and which seeds fell where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from results.ledger import Ledger
from results.outcomes import was_given_up
from results.reports.columns import COLUMNS, DEFAULT, EXTRA, explanations
from results.reports.formats.text import say_answers
from results.reports.report import Answer
from results.reports.widths import Column, tables_to_width
from results.statistics.rates import COUNTS_ONLY, MINIMUM_SEEDS, Rate, pooled_rate, rates

LETTERS = {
    "constant": "C",
    "flat": "f",
    "uninformative": "u",
    "learned": "L",
    "diverged": "D",
}
DETAILS = {"at_best_constant": " (own best)", "elsewhere": " (elsewhere)"}
"""Of a constant run: at its objective's own best constant, or its head bias still on the way."""

Row = dict[str, Any]

MOST_ROWS = 150
"""Longer tables of runs are left to pandas."""
MOST_CELLS = 24
"""Wider grids of seeds and cells too."""


def print_answer(
    console: Console,
    frame: pd.DataFrame,
    ask: Row,
    teachers: list[Row],
    answers: Sequence[Answer] = (),
) -> None:
    """Print the answers, then the tables they come from.

    Args:
        console: where to.
        frame: of `results.load_study`, for this ask.
        ask: what the ledger remembers of it (`Ledger.studies`).
        teachers: rows of the runs' teachers (`teachers_of`).
        answers: of `results.answers`.
    """
    console.print(headline(ask), highlight=False)
    console.print(setting_line(frame, ask), highlight=False, markup=False)
    say_answers(answers, console)
    if len(frame) <= MOST_ROWS:
        columns = shown_columns(ask)
        for table in runs_tables(rows_of(frame), ask, console):
            console.print(table)
        console.print(
            "Losses are of the test curve, in nats, both channels added; minima of it are "
            "optimistic, being chosen on the test set as in the paper. The paper's trials had "
            f"other seeds. {explanations(columns)}",
            highlight=False,
        )
    else:
        console.print(f"{len(frame)} runs: too many for a table here; see results.load_study.")
    if any(is_text(row["outcome_detail"]) for row in rows_of(frame)):
        console.print(
            "constant (own best): where its own training objective has its best constant; "
            "(elsewhere): its head's bias is still on the way.",
            highlight=False,
        )
    if ask.get("note"):
        console.print(ask["note"], highlight=False, markup=False)
    print_summary(console, frame, ask, teachers)


def shown_columns(ask: Mapping[str, Any]) -> tuple[str, ...]:
    """The study's columns; beside the IoU the one at the validation threshold."""
    columns = tuple(ask.get("columns") or DEFAULT)
    return (*columns, EXTRA) if "iou" in columns and EXTRA not in columns else columns


def print_summary(console: Console, frame: pd.DataFrame, ask: Row, teachers: list[Row]) -> None:
    """Print how often, which seeds, and the barrier; arguments as of `print_answer`."""
    rows = rows_of(frame)
    done = [row for row in rows if is_text(row["outcome"])]
    if not done:
        console.print("No run has an outcome yet.")
        return
    legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
    console.print(barrier_line(done[0], ask), "\n", highlight=False)
    title, tables = rates_tables(frame, ask["axes"], console)
    console.print(title, *tables, highlight=False)
    if len({cell_of(row, ask["axes"]) for row in rows}) <= MOST_CELLS:
        crossed = any(row["init_seed"] != row["data_seed"] for row in rows)
        pairs = "; a/b: init seed a, data seed b" if crossed else ""
        console.print(f"Which seeds fall ({legend}, . missing{pairs})", highlight=False)
        console.print(*seeds_tables(rows, ask["axes"], console))
    sequential = "sequential_cells" in frame.attrs
    console.print(pooled_line(rows, sequential=sequential), highlight=False)
    for line in dead_lines(done):
        console.print(line, highlight=False)
    for teacher in teachers:
        console.print(teacher_line(teacher), highlight=False)


def dead_lines(done: list[Row]) -> list[str]:
    """How many finished runs were dead, revived, and given up; nothing where none was dead."""
    lines = []
    dead = [row for row in done if not is_missing(row.get("dead_at"))]
    if dead:
        revived = sum(not is_missing(row["revived_at"]) for row in dead)
        lines.append(
            f"Dead (constant, and only the head's bias had a gradient for 1,000 steps or an "
            f"evaluation interval): {len(dead)} of {len(done)} runs; {revived} of them revived."
        )
    given_up = [row for row in done if was_given_up(row)]
    if given_up:
        lines.append(
            f"{len(given_up)} of them were given up (--stop-dead) before their horizon and are "
            "counted as fallen there; whether they would have revived is unknown."
        )
    return lines


def cell_of(row: Row, axes: list[str]) -> tuple[Any, ...]:
    """The axis values of a row; None where one cannot matter."""
    return tuple(None if is_missing(row[axis]) else row[axis] for axis in axes)


def is_missing(value: Any) -> bool:
    """Whether a cell of a frame holds nothing."""
    return bool(pd.isna(value))


def teachers_of(frame: pd.DataFrame, ledger: Ledger) -> list[Row]:
    """The rows of the teachers that the frame's runs were taught by."""
    return ledger.runs(frame["teacher_run_id"].dropna().unique().tolist()).to_pylist()


def teacher_line(teacher: Row) -> str:
    """What all the rates are conditional on."""
    return (
        f"All rates are conditional on this teacher: {teacher['run_id']}, a "
        f"{teacher['width']}-Unet, {teacher['outcome']}, test loss "
        f"{teacher['test_loss_final']:.3f} and IoU {teacher['iou']:.2f} on every test slice."
    )


def headline(ask: Row) -> str:
    return f"[bold]{ask['study']}[/]: {ask['question']} ({ask['reference']})"


def setting_line(frame: pd.DataFrame, ask: Row) -> str:
    """What the answer is an answer for."""
    horizons = sorted({int(h) for h in frame["iterations"].dropna()})
    text = f"Profile {ask['profile']}, data {ask['data_source']}"
    if horizons:
        text += f", horizon H = {', '.join(map(str, horizons))} iterations"
    if ask["overrides"]:
        text += f", {' '.join(ask['overrides'])}"
    if ask["profile"] == "smoke":
        text += ". So short a horizon shows that a study runs; its outcomes answer nothing"
    return text + "."


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The frame's rows in the order they were asked for: by cell, then by trial."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def is_text(value: Any) -> bool:
    """Whether a cell of a frame holds text, not a missing value."""
    return isinstance(value, str)


def number(value: Any, digits: int = 3) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.{digits}f}"


def short(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def seed_text(row: Row) -> str:
    init, data = row["init_seed"], row["data_seed"]
    return str(init) if init == data else f"{init}/{data}"


def runs_tables(rows: list[Row], ask: Row, console: Console) -> list[Table]:
    """Per cell and trial: the outcome and its figures, beside the paper's."""
    columns = shown_columns(ask)
    figures = [Column("outcome", [outcome_text(row) for row in rows], left=True)]
    figures += [
        Column(COLUMNS[name].heading, [number(row.get(name), COLUMNS[name].digits) for row in rows])
        for name in columns
    ]
    figures += [
        Column("paper\n" + COLUMNS[name].heading.replace("\n", " "), texts)
        for name in columns
        if set(texts := paper_texts(rows, ask, name)) != {"-"}
    ]
    named = [
        *cell_columns([cell_of(row, ask["axes"]) for row in rows], ask["axes"]),
        Column("trial", [str(row["trial"]) for row in rows]),
        Column("seed", [seed_text(row) for row in rows]),
    ]
    styles = ["green" if row["outcome"] == "learned" else "" for row in rows]
    return tables_to_width(named, figures, console, styles)


def cell_columns(cells: list[tuple[Any, ...]], axes: list[str]) -> list[Column]:
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


def paper_texts(rows: list[Row], ask: Row, name: str) -> list[str]:
    """The paper's figure for each row: of its trial, or at a cell's first row its mean over
    trials, marked as such."""
    axes, digits = ask["axes"], COLUMNS[name].digits
    paper = {
        (*(figure["cell"].get(axis) for axis in axes), figure["trial"]): figure["figures"][name]
        for figure in ask["paper"]
        if name in figure.get("figures", {})
    }
    texts, last = [], None
    for row in rows:
        cell = cell_of(row, axes)
        mean = paper.get((*cell, None)) if cell != last else None
        one = number(paper.get((*cell, row["trial"])), digits)
        texts.append(one if mean is None else f"mean {number(mean, digits)}")
        last = cell
    return texts


def outcome_text(row: Row) -> str:
    if not is_text(row["outcome"]):
        return "missing"
    return row["outcome"] + (
        DETAILS[row["outcome_detail"]] if is_text(row["outcome_detail"]) else ""
    )


def barrier_line(row: Row, ask: Row) -> str:
    """The loss of the best constant, computed from the pixels in use."""
    text = (
        f"Barrier (loss of the best constant): {row['barrier_curve']:.3f} on the slices of the "
        f"curve, {row['barrier']:.3f} on every test slice"
    )
    if ask["paper_barrier"] is not None:
        text += f"; the paper's: {ask['paper_barrier']:.3f}"
    return text + "."


def rates_tables(frame: pd.DataFrame, axes: list[str], console: Console) -> tuple[str, list[Table]]:
    """Per cell: how many fell and learned, at H/2 and H; with its title."""
    by_cell: dict[tuple[Any, ...], dict[tuple[str, str], Rate]] = {}
    methods: set[str] = set()
    for row in rows_of(rates(frame, axes)):
        cell = by_cell.setdefault(cell_of(row, axes), {})
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
        clustered = ", clustered by seed" if "effective_wilson" in methods else ""
        title = f"How often, with 95% Wilson intervals{clustered}"
    figures = [
        Column(f"{what} at {at}", [str(cell[what, at]) for cell in by_cell.values()])
        for what in ("fell", "learned")
        for at in ("H/2", "H")
    ]
    return title, tables_to_width(cell_columns(list(by_cell), axes), figures, console)


def seeds_tables(rows: list[Row], axes: list[str], console: Console) -> list[Table]:
    """Which seeds fall in which cell: a row a cell, a column a seed; blank where a cell was not
    asked for a seed."""
    letters: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in rows:
        letter = LETTERS.get(row["outcome"], ".") if is_text(row["outcome"]) else "."
        letters.setdefault(cell_of(row, axes), {})[seed_text(row)] = letter
    ordered = sorted(rows, key=lambda row: (row["init_seed"], row["data_seed"]))
    seeds = list(dict.fromkeys(seed_text(row) for row in ordered))
    figures = [Column(seed, [found.get(seed, "") for found in letters.values()]) for seed in seeds]
    figures[0] = Column(f"seed {seeds[0]}", figures[0].texts)
    return tables_to_width(cell_columns(list(letters), axes), figures, console)


def pooled_line(rows: list[Row], *, sequential: bool = False) -> str:
    """Over all cells, clustered by seed; a seed with a run missing, or that some cells were not
    asked for, is in no count of seeds. No interval where outcomes decided on the number of seeds.
    """
    done = [row for row in rows if is_text(row["outcome"])]
    fell = pooled_rate([bool(row["fell"]) for row in done], [row["init_seed"] for row in done])
    incomplete = {row["init_seed"] for row in rows if not is_text(row["outcome"])}
    runs = Counter(row["init_seed"] for row in rows)
    partial = {seed for seed, count in runs.items() if count < max(runs.values())} - incomplete
    by_seed: dict[int, set[bool]] = {}
    for row in done:
        if row["init_seed"] not in incomplete | partial:
            by_seed.setdefault(row["init_seed"], set()).add(bool(row["fell"]))
    always = sum(kinds == {True} for kinds in by_seed.values())
    never = sum(kinds == {False} for kinds in by_seed.values())
    text = f"All cells: {replace(fell, interval=None) if sequential else fell} runs fell. "
    if by_seed:
        text += (
            f"Of {len(by_seed)} seeds {always} fell in every cell, {never} in none, "
            f"{len(by_seed) - always - never} in some. "
        )
    if incomplete:
        text += f"{len(rows) - len(done)} runs of {len(incomplete)} seeds are missing. "
    if partial:
        text += f"{len(partial)} seeds were asked for in some cells only. "
    if sequential:
        return text + "Outcomes decided how many seeds a cell has: no interval over all cells."
    return (text + "Runs that share a seed are not independent: ") + (
        "the interval is clustered by seed."
        if fell.interval
        else f"no interval is given below {MINIMUM_SEEDS} seeds."
    )
