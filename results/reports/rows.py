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
"""Of outcomes, in grids of seeds."""
DETAILS = {"at_best_constant": " (own best)", "elsewhere": " (bias still changing)"}
"""Of a constant run: at its objective's own best constant, or its head bias still on the way."""
CONSTANT_NOTE = (
    "constant (own best): at the best constant of its own training objective; (bias still "
    "changing): its head's bias has not arrived there."
)


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The frame's rows in the order they were asked for: by cell, then by trial."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def is_text(value: Any) -> bool:
    """Whether a cell of a frame holds text, not a missing value."""
    return isinstance(value, str)


def number(value: Any, digits: int = 3) -> str:
    return "-" if is_missing(value) else f"{value:.{digits}f}"


def short(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def seed_text(row: Row) -> str:
    init, data = row["init_seed"], row["data_seed"]
    return str(init) if init == data else f"{init}/{data}"


def outcome_text(row: Row) -> str:
    if not is_text(row["outcome"]):
        return "missing"
    return row["outcome"] + (
        DETAILS[row["outcome_detail"]] if is_text(row["outcome_detail"]) else ""
    )
