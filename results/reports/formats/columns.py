"""A table's columns as people read them: rounded, and one column for a number and its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.reports.columns import COLUMNS
from results.reports.report import RUN_IDS, Table
from results.reports.widths import Column
from results.statistics.cells import is_missing
from results.statistics.rates import Rate
from results.text import printable

NOTHING = "-"
SIGNIFICANT = 3
SMALLEST_P = 0.001
HEADINGS = {
    "fell": "collapsed",
    "of_them_learned_at_end": "learned at the end",
    "of_them_fell_again": "collapsed again",
    "of_them_fallen_at_end": "collapsed at the end",
}
"""Of columns whose names are older than the words."""
WHERE_RUN_IDS = (
    "The runs behind each number: column run_ids of --format csv and --format json, by table."
)


@dataclass(frozen=True)
class Readable:
    """A table as people read it: headings in one line, without ids of runs."""

    keys: list[Column]
    """That name a row."""
    others: list[Column]
    shared: str = ""
    """What every row has alike, in a sentence: a column of it would only take room."""


def readable(table: Table) -> Readable:
    """The table's columns, less those that say nothing or the same in every row; files keep all."""
    frame = table.frame
    names = [str(name) for name in frame.columns if name not in (RUN_IDS, "run_id")]
    keys = table.keys or tuple(names[:1])
    merged = with_intervals(frame)
    absorbed = {other for others, _ in merged.values() for other in others}
    columns = {
        name: Column(heading(name), merged[name][1])
        if name in merged
        else column_of(name, list(frame[name]))
        for name in names
        if name not in absorbed
    }
    columns = {name: column for name, column in columns.items() if not is_empty(column)}
    fixed = [column for name, column in columns.items() if name in keys]
    others = {name: column for name, column in columns.items() if name not in keys}
    alike = [
        name
        for name, column in others.items()
        if name not in merged and not is_p(name) and len(frame) > 1 and len(set(column.texts)) == 1
    ]
    if len(alike) == len(others):
        return Readable(fixed, list(others.values()))
    shown = [others[name] for name in alike if others[name].texts[0] != "0"]
    told = ", ".join(f"{column.heading} {column.texts[0]}" for column in shown)
    return Readable(
        fixed,
        [column for name, column in others.items() if name not in alike],
        f"In every row: {told}." if told else "",
    )


def is_empty(column: Column) -> bool:
    """Whether no row has anything in it; files keep such columns."""
    return bool(column.texts) and not any(text.strip(NOTHING + " ") for text in column.texts)


def with_intervals(frame: pd.DataFrame) -> dict[str, tuple[tuple[str, ...], list[str]]]:
    """Each number that has an interval: the columns it is made of beside its own, its texts."""
    found: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    if {"count", "total", "low", "high"} <= set(frame.columns):
        others = ("total", "low", "high")
        found["count"] = others, rate_texts(frame, "count", *others)
    for name in map(str, frame.columns):
        rate, low, high = (f"{name}_{part}" for part in ("rate", "low", "high"))
        if not {low, high} <= set(frame.columns):
            continue
        if rate in frame and "runs" in frame:
            found[name] = (rate, low, high, "runs"), rate_texts(frame, name, "runs", low, high)
        else:
            found[name] = (low, high), estimate_texts(name, frame, low, high)
    return found


def rate_texts(frame: pd.DataFrame, count: str, total: str, low: str, high: str) -> list[str]:
    """`4 of 10 (12-74%)`; without an interval where there is none."""
    return [
        NOTHING
        if is_missing(k) or is_missing(n)
        else str(Rate(int(k), int(n), None if is_missing(a) or is_missing(b) else (a, b)))
        for k, n, a, b in zip(frame[count], frame[total], frame[low], frame[high], strict=True)
    ]


def estimate_texts(name: str, frame: pd.DataFrame, low: str, high: str) -> list[str]:
    """`0.21 (0.10 to 0.35)`, all rounded alike."""
    parts = [list(frame[column]) for column in (name, low, high)]
    digits = digits_of(name, [value for part in parts for value in part])
    return [
        NOTHING
        if is_missing(value)
        else number(value, digits)
        if is_missing(a) or is_missing(b)
        else f"{number(value, digits)} ({number(a, digits)} to {number(b, digits)})"
        for value, a, b in zip(*parts, strict=True)
    ]


def column_of(name: str, values: Sequence[Any]) -> Column:
    if is_p(name):
        return Column(heading(name), [p_text(value) for value in values])
    digits = digits_of(name, values)
    texts = [text_of(value, digits) for value in values]
    return Column(heading(name), texts, left=any(isinstance(value, str) for value in values))


def heading(name: str) -> str:
    """`test_loss_avg` is `test avg`, as in the table of runs; other names lose underscores."""
    if name in HEADINGS:
        return HEADINGS[name]
    before, known = ("paper ", name[6:]) if name.startswith("paper_") else ("", name)
    if known in COLUMNS:
        return before + COLUMNS[known].heading.replace("-\n", "").replace("\n", " ")
    return printable(name.replace("start_from.", "start ").replace("_", " "))


def is_p(name: str) -> bool:
    """Whether a column holds p-values, by its name."""
    ends = ("_p", "p_value", "probability")
    return name == "p" or name.startswith("p_") or name.endswith(ends)


def p_text(value: Any) -> str:
    if is_missing(value):
        return NOTHING
    return f"<{SMALLEST_P:g}" if value < SMALLEST_P else f"{value:.3f}"


def digits_of(name: str, values: Sequence[Any]) -> int | None:
    """Decimals for a column; None where six digits say every number exactly, as of axis values."""
    known = COLUMNS.get(name.removeprefix("paper_"))
    if known is not None:
        return known.digits
    reals = [float(v) for v in values if is_real(v) and math.isfinite(v)]
    if all(float(f"{value:g}") == value for value in reals):
        return None
    return max(0, SIGNIFICANT - 1 - math.floor(math.log10(max(map(abs, reals)))))


def text_of(value: Any, digits: int | None) -> str:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, tuple | list | set | dict):
        return printable(str(value))
    if is_missing(value):
        return NOTHING
    if isinstance(value, int | np.integer):
        return str(value)
    return number(value, digits) if is_real(value) else printable(str(value))


def number(value: Any, digits: int | None) -> str:
    """A number with that many decimals, or more where it would seem to be 0."""
    if digits is None or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:.{digits}f}"
    return f"{value:.1g}" if value != 0 and float(text) == 0 else text


def is_real(value: Any) -> bool:
    return isinstance(value, float | np.floating)
