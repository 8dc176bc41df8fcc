"""The rows of runs as texts."""

from typing import Any

import pandas as pd

from results.statistics.cells import is_missing

Row = dict[str, Any]

LETTERS = {
    "constant": "C",
    "flat": "f",
    "uninformative": "u",
    "learned": "L",
    "diverged": "D",
}
"""Letters of outcomes, in grids of seeds."""
DETAILS = {
    "at_best_constant": "own best",
    "elsewhere": "bias still changing",
    "below_grey": "no better than grey",
}
"""What is said of an outcome, see `results.outcomes.Detail`."""
DETAILS_NOTE = (
    "own best: a constant at the best one of its own training objective; bias still changing: its "
    "head's bias has not arrived there; no better than grey: learned, and D cal does not exceed "
    "what a pixel's grey value alone explains."
)


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The frame's rows in the order of the request: by cell, then by trial."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def is_text(value: Any) -> bool:
    """Whether a cell of a frame holds text, not a missing value."""
    return isinstance(value, str)


def seed_text(row: Row) -> str:
    """`0`, or both seeds where they differ, `0/1`; with a teacher's seed `0 T1`."""
    init, data = row["init_seed"], row["data_seed"]
    teacher = "" if is_missing(row.get("teacher_seed")) else f" T{row['teacher_seed']}"
    return f"{init if init == data else f'{init}/{data}'}{teacher}"
