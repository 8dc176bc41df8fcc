"""The end of a command: the table of runs, how often they fell, and which seeds fell where."""

from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from results.rates import MINIMUM_SEEDS, pooled_rate, rates
from study.ask import Ask

LETTERS = {
    "constant": "C",
    "flat": "f",
    "uninformative": "u",
    "learned": "L",
    "diverged": "D",
}


def print_answer(console: Console, frame: pd.DataFrame, ask: Ask) -> None:
    """Print everything there is to say about the runs of an ask.

    Args:
        console: where to.
        frame: of `results.load_study`, for this ask.
        ask: the study as asked.
    """
    axes = [axis.field for axis in ask.study.axes]
    console.print(f"[bold]{ask.study.name}[/]: {ask.study.question} ({ask.study.reference})")
    console.print(runs_table(frame, ask, axes))
    console.print(barrier_line(frame, ask), highlight=False)
    console.print(rates_table(frame, axes))
    console.print(grid_table(frame, axes))
    console.print(pooled_lines(frame, axes), highlight=False)


def number(value: Any, digits: int = 3) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.{digits}f}"


def short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def runs_table(frame: pd.DataFrame, ask: Ask, axes: list[str]) -> Table:
    """Per cell and trial: the outcome and its figures, beside the paper's."""
    paper = {
        (*(figure.cell[axis] for axis in axes), figure.trial): figure for figure in ask.study.paper
    }
    table = Table(
        box=box.SIMPLE_HEAD,
        caption="loss: minimum over windowed means (avg) and plain minimum (min) of the test "
        "curve, nats, both channels added; the paper's trials are other seeds than ours, and its "
        "minima are chosen on the test set, as are ours here",
        caption_justify="left",
    )
    names = ("trial", "seed", "outcome", "test avg", "test min", "IoU", "paper avg", "paper min")
    for name in (*axes, *names):
        table.add_column(name, justify="left" if name == "outcome" else "right")
    last = None
    for row in frame.sort_values([*axes, "trial"]).to_dict("records"):
        cell = tuple(row[axis] for axis in axes)
        figure = paper.get((*cell, row["trial"]))
        outcome = row["outcome"] if isinstance(row["outcome"], str) else "missing"
        if isinstance(row["outcome_detail"], str):
            outcome += f" ({row['outcome_detail'].replace('_', ' ')})"
        table.add_row(
            *(short(value) if cell != last else "" for value in cell),
            str(row["trial"]),
            seed_text(row),
            outcome,
            number(row["test_loss_avg"]),
            number(row["test_loss_min"]),
            number(row["iou"], 2),
            number(figure.test_loss_avg if figure else None),
            number(figure.test_loss_min if figure else None),
            style="" if outcome != "learned" else "green",
        )
        last = cell
    return table


def seed_text(row: dict[str, Any]) -> str:
    init, data = row["init_seed"], row["data_seed"]
    return str(init) if init == data else f"{init}/{data}"


def barrier_line(frame: pd.DataFrame, ask: Ask) -> str:
    """The loss of the best constant, computed from the pixels in use."""
    done = frame[frame["outcome"].notna()]
    if done.empty:
        return "No run has an outcome yet."
    text = (
        f"Barrier (loss of the best constant): {done['barrier_curve'].iloc[0]:.3f} on the slices "
        f"of the curve, {done['barrier'].iloc[0]:.3f} on every test slice"
    )
    if ask.study.paper_barrier is not None:
        text += f"; the paper's: {ask.study.paper_barrier:.3f}"
    return text + "."


def rates_table(frame: pd.DataFrame, axes: list[str]) -> Table:
    """Per cell: how many fell and learned, at H/2 and H."""
    seeds = int(frame["init_seed"].nunique())
    interval = seeds >= MINIMUM_SEEDS
    title = (
        "How often, with 95% Wilson intervals"
        if interval
        else (
            f"How often: {seeds} seeds, too few seeds for a rate "
            f"(counts only below {MINIMUM_SEEDS})"
        )
    )
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in (*axes, "fell at H/2", "fell at H", "learned at H/2", "learned at H"):
        table.add_column(name, justify="right")
    by_cell = rates(frame, axes)
    if by_cell.empty:
        return table
    for cell, rows in by_cell.groupby(axes, sort=True):
        at = {row["at"]: row for row in rows.to_dict("records")}
        table.add_row(
            *(short(value) for value in cell),
            *(str(at[when][what]) for what in ("fell", "learned") for when in ("H/2", "H")),
        )
    return table


def grid_table(frame: pd.DataFrame, axes: list[str]) -> Table:
    """Which seeds fall in which cell: a row a seed, a column a cell."""
    legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
    table = Table(
        box=box.SIMPLE_HEAD,
        title="Seeds by cells",
        title_justify="left",
        caption=f"{legend}, . missing",
        caption_justify="left",
    )
    cells = list(dict.fromkeys(frame[axes].sort_values(axes).itertuples(index=False, name=None)))
    table.add_column("seed", justify="right")
    for cell in cells:
        table.add_column(" ".join(short(value) for value in cell), justify="center")
    for _, runs in frame.sort_values(["init_seed", "data_seed"]).groupby(
        ["init_seed", "data_seed"]
    ):
        letters = {
            tuple(row[axis] for axis in axes): LETTERS.get(str(row["outcome"]), ".")
            for row in runs.to_dict("records")
        }
        first = runs.iloc[0].to_dict()
        table.add_row(seed_text(first), *(letters.get(cell, ".") for cell in cells))
    return table


def pooled_lines(frame: pd.DataFrame, axes: list[str]) -> str:
    """Over all cells, clustered by seed, and what the rates are conditional on."""
    done = frame[frame["outcome"].notna()]
    if done.empty:
        return ""
    seeds = done["init_seed"].nunique()
    fell = pooled_rate(done["fell"].astype(bool), done["init_seed"])
    by_seed = done.groupby("init_seed")["fell"].agg(lambda fell: set(fell.astype(bool)))
    always = int((by_seed == {True}).sum())
    never = int((by_seed == {False}).sum())
    text = (
        f"All cells: {fell} runs fell. Of {seeds} seeds {always} fell in every cell, {never} in "
        f"none, {seeds - always - never} in some. Runs that share a seed are not independent: "
    )
    text += (
        "the interval is clustered by seed."
        if fell.interval
        else "no interval is given below ten seeds."
    )
    teachers = done["teacher_run_id"].dropna().unique()
    if len(teachers):
        text += f" All rates are conditional on this teacher: {', '.join(teachers)}."
    return text
