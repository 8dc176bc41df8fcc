"""A report for a terminal."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from results.reports.formats.columns import WHERE_RUN_IDS, readable
from results.reports.report import RUN_IDS, Answer, Detail, Report, Table
from results.reports.widths import Column, table_of, tables_to_width
from results.text import counted, printable

MOST_ROWS = 200
"""Longer tables go on in the files."""
NARROWEST = 8
PADDING = 3
"""Between two columns."""


DETAILS: tuple[Detail, ...] = get_args(Detail)
INDENT = 4
"""Blanks before what goes on from a line above it."""


def text(report: Report, console: Console, detail: Detail = "usual", more: str = "") -> None:
    """Print the answers and, by detail, more or fewer tables.

    A table is split where the console is too narrow; nothing is cut.

    Args:
        report: what is printed.
        console: where to.
        detail: how much of it.
        more: the command that prints all of it; by default the study's report with `--full`.
    """
    say(console, Text.assemble((printable(report.study), "bold"), f": {printable(report.title)}"))
    say(console, report.setting)
    console.print()
    print_answers(report.answers, console, detail)
    shown = [table for table in report.tables if is_shown(table, detail)]
    for table in shown:
        print_table(table, console, detail)
    console.print()
    for note in report.notes:
        say(console, note)
    if detail == "full":
        if any(RUN_IDS in table.frame for table in report.tables):
            say(console, WHERE_RUN_IDS)
    elif hidden := len(report.tables) - len(shown) + sum(bool(table.instead) for table in shown):
        more = more or f"study report {report.study} --full"
        say(console, f"{counted(hidden, 'more table')}: {more}")


def is_shown(table: Table, detail: Detail) -> bool:
    return DETAILS.index(table.detail) <= DETAILS.index(detail)


def print_answers(answers: Sequence[Answer], console: Console, detail: Detail) -> None:
    """Print a line for each question, its verdict first; below all of them how they came about.

    Brief, only that is explained which is no answer to a question: how runs collapsed.
    """
    for answer in answers:
        verdict = printable(answer.verdict)
        parts = [verdict if answer.stands_alone else f"{verdict}: {printable(answer.question)}"]
        if answer.numbers:
            parts.append(printable(answer.numbers))
        told = ("; " if answer.stands_alone else " ").join(parts)
        line = Text(wrapped(told, console, INDENT, first=0))
        line.stylize("bold", 0, len(verdict))
        console.print(line, soft_wrap=not console.is_terminal)
    for answer in answers:
        if detail == "brief" and not answer.stands_alone:
            continue
        if answer.details:
            console.print()
        if answer.details and not answer.stands_alone:
            say(console, Text(printable(answer.question), style="bold"))
        for sentence in answer.details:
            say(console, sentence, 0 if answer.stands_alone else INDENT)


def say(console: Console, content: str | Text, indent: int = 0) -> None:
    """Print text as it is: no name in it can be markup. A file gets a paragraph in one line."""
    if isinstance(content, str):
        content = Text(
            wrapped(printable(content), console, indent) if indent else printable(content)
        )
    console.print(content, soft_wrap=not console.is_terminal)


def wrapped(content: str, console: Console, indent: int, first: int | None = None) -> str:
    """The text in lines that are indented, the first one by `first` if that is given."""
    indent = min(indent, console.width // 4)
    before = indent if first is None else first
    if not console.is_terminal:
        return " " * before + content
    return "\n".join(
        textwrap.wrap(
            content, console.width, initial_indent=" " * before, subsequent_indent=" " * indent
        )
    )


def print_table(table: Table, console: Console, detail: Detail = "full") -> None:
    console.print()
    say(console, Text(printable(table.title), style="bold"))
    if table.instead and detail != "full":
        say(console, table.instead)
        return
    if table.frame.empty:
        say(console, "No rows.")
    else:
        shown = replace(table, frame=table.frame.head(MOST_ROWS))
        known = readable(shown)
        if known.shared:
            say(console, known.shared)
        keys, others = fitting(known.keys, known.others, console)
        parts = tables_to_width(keys, others, console)
        if len(parts) > 1 and len(shown.frame) == 1:
            parts = [upright([*keys, *others])]
        for part in parts:
            console.print(part)
        more = len(table.frame) - len(shown.frame)
        if more:
            say(console, f"And {more:,} more rows: --format csv has them all.")
    if table.note:
        say(console, table.note)


def upright(columns: Sequence[Column]) -> RichTable:
    """One row of too many columns, from top to bottom."""
    names = [" ".join(column.heading.split()) for column in columns]
    values = [column.texts[0] for column in columns]
    return table_of([Column("", names, left=True), Column("", values, left=True)], headed=False)


def fitting(
    keys: Sequence[Column], others: Sequence[Column], console: Console
) -> tuple[list[Column], list[Column]]:
    """The columns, folded so that those that name a row take at most half of the width and any
    other finds room beside them."""
    half = console.width // 2
    if total(keys) > half:
        keys = folded(keys, max(NARROWEST, half // len(keys) - PADDING), console)
    else:
        keys = folded(keys, half, console)
    return list(keys), folded(
        others, max(NARROWEST, console.width - total(keys) - 2 * PADDING), console
    )


def total(columns: Sequence[Column]) -> int:
    """Width of these columns beside each other, headings a word a line."""
    parts = [[*column.heading.split(), *column.texts] for column in columns]
    return sum(max(map(cell_len, texts), default=0) + PADDING for texts in parts)


def folded(columns: Sequence[Column], width: int, console: Console) -> list[Column]:
    """The same, headings a word a line, with lines of at most that width."""
    return [
        replace(
            column,
            heading=lines(column.heading.replace(" ", "\n"), width, console),
            texts=[lines(content, width, console) for content in column.texts],
        )
        for column in columns
    ]


def lines(content: str, width: int, console: Console) -> str:
    if cell_len(content) <= width:
        return content
    return "\n".join(line.plain for line in Text(content).wrap(console, width))
