"""A report: what a study answers, its tables and what a reader must know, before any format."""

from dataclasses import dataclass

import pandas as pd

RUN_IDS = "run_ids"
"""The column of a table that leads from a row's numbers to the runs behind them."""


@dataclass(frozen=True)
class Table:
    """Numbers, in full precision.

    A count `<x>` may have `<x>_rate`, `<x>_low` and `<x>_high` beside it and its total in `runs`;
    an estimate `<x>` its interval in `<x>_low` and `<x>_high`. People see each as one column.
    """

    name: str
    """A word: the file's name where a table is one."""
    title: str
    frame: pd.DataFrame
    """Columns as machines name them; `run_ids` holds tuples."""
    note: str = ""
    keys: tuple[str, ...] = ()
    """Columns that name a row; the first one where none is given."""


@dataclass(frozen=True)
class Answer:
    """What was asked of the runs, and the sentence that answers it."""

    question: str
    sentence: str


@dataclass(frozen=True)
class Report:
    """All there is to say about a study in one setting."""

    study: str
    title: str
    setting: str
    answers: tuple[Answer, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
