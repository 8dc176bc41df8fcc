"""The table that fits on a screen: how often in each cell, and a letter for each seed's outcome."""

import pandas as pd

from results.reports.every_run import are_crossed
from results.reports.report import RUN_IDS, Table
from results.reports.rows import LETTERS, is_text
from results.statistics.cells import axes_of, by_cell, teacher_seeds
from results.statistics.random_factors import several
from results.statistics.rates import COUNTS_ONLY, MINIMUM_SEEDS

GROUP = 10
"""Letters between two blanks."""


def cells_table(frame: pd.DataFrame, found: pd.DataFrame) -> Table:
    """How many runs of each cell collapsed and learned at the horizon, and which seeds.

    Args:
        frame: of `results.load_study`.
        found: of `results.rates` for it.
    """
    axes = axes_of(frame)
    at_horizon = found.loc[found["at"] == "H"]
    known = {tuple(row[axis] for axis in axes): row for row in at_horizon.to_dict("records")}
    rows = []
    for cell, runs in by_cell(frame, axes).items():
        row = known.get(cell)
        rows.append(
            dict(zip(axes, cell, strict=True))
            | {name: None if row is None else row[name] for name in figures()}
            | {"outcomes": letters(runs), RUN_IDS: tuple(runs["run_id"])}
        )
    counted_only = set(at_horizon["method"]) <= {COUNTS_ONLY}
    legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
    each = "a letter a seed, in order"
    if are_crossed(frame):
        each = "a group for each init seed in order, in it a letter for each of its data seeds"
    note = f"Outcomes: {each} ({legend}, . missing)."
    if several(teacher_seeds(frame)):
        note += " Teachers are set apart by /, in the order of their seeds."
    if counted_only:
        note += f" Below {MINIMUM_SEEDS} seeds there is no rate; `study plan` says how many to add."
    return Table(
        "cells",
        "By cell, at the horizon",
        pd.DataFrame(rows),
        note,
        tuple(axes),
        detail="brief",
    )


def figures() -> tuple[str, ...]:
    """Columns of `results.rates` that the table has."""
    parts = ("", "_rate", "_low", "_high")
    return ("runs", *(f"{event}{part}" for event in ("fell", "learned") for part in parts))


def letters(runs: pd.DataFrame) -> str:
    """The outcomes of a cell's runs by seed, in groups of ten: `LLfLLLLLLL LL`, or of an init seed,
    where data seeds are crossed with it: `LLf LLL`; those of another teacher after a stroke:
    `LLf / LLL`."""
    runs = runs.assign(teacher=[-1 if one is None else one for one in teacher_seeds(runs)])
    runs = runs.sort_values(["teacher", "init_seed", "data_seed"], kind="stable")
    runs["letter"] = [LETTERS.get(x, ".") if is_text(x) else "." for x in runs["outcome"]]
    blocks = []
    for _, of_teacher in runs.groupby("teacher"):
        if are_crossed(runs):
            groups = of_teacher.groupby("init_seed")["letter"].agg("".join).tolist()
        else:
            told = "".join(of_teacher["letter"])
            groups = [told[k : k + GROUP] for k in range(0, len(told), GROUP)]
        blocks.append(" ".join(groups))
    return " / ".join(blocks)
