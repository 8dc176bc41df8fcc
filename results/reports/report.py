"""A report: what a study answers, its tables and what a reader must know, before any format."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

RUN_IDS = "run_ids"
"""The column of a table that leads from a row's numbers to the runs behind them."""

Detail = Literal["brief", "usual", "full"]
"""How much a terminal shows; files have all of it."""


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
    detail: Detail = "usual"
    """The least detail at which a terminal shows it."""
    instead: str = ""
    """A sentence that a terminal has in place of the rows, where they say nothing more yet; with
    full detail it has the rows."""


@dataclass(frozen=True)
class Answer:
    """What was asked of the runs and what was found: the verdict first, then its numbers."""

    question: str
    verdict: str
    """A few words, as `different` or `5 of 70 runs collapsed (1-37%)`."""
    numbers: str = ""
    """Counts and interval, in one line."""
    details: tuple[str, ...] = ()
    """Sentences on how that came about."""
    stands_alone: bool = False
    """Whether the verdict says what it is an answer to."""

    @property
    def sentence(self) -> str:
        """All of it in one paragraph."""
        between = "; " if self.stands_alone else ": "
        first = self.verdict + (f"{between}{self.numbers}" if self.numbers else "")
        return " ".join([ended(first[:1].upper() + first[1:]), *map(ended, self.details)])


def ended(text: str) -> str:
    """The text with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


@dataclass(frozen=True)
class Report:
    """All there is to say about a study in one setting."""

    study: str
    title: str
    setting: str
    answers: tuple[Answer, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
