"""A report for a terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from results.reports.formats.columns import WHERE_RUN_IDS, readable
from results.reports.report import RUN_IDS, Answer, Report, Table
from results.reports.widths import Column, table_of, tables_to_width
from results.text import printable

MOST_ROWS = 200
"""Longer tables go on in the files."""
NARROWEST = 8
PADDING = 3
"""Between two columns."""


def text(report: Report, console: Console) -> None:
    """Print it all, tables split where the console is too narrow; nothing is cut."""
    say_title(report.study, report.title, console)
    say(console, report.setting)
    say_answers(report.answers, console)
    for table in report.tables:
        print_table(table, console)
    for note in report.notes:
        say(console, note)
    if any(RUN_IDS in table.frame for table in report.tables):
        say(console, WHERE_RUN_IDS)


def say_title(study: str, title: str, console: Console) -> None:
    """What was asked, and of which study."""
    say(console, Text.assemble((printable(study), "bold"), f": {printable(title)}"))


def say_answers(answers: Iterable[Answer], console: Console) -> None:
    """Each question and the sentence that answers it."""
    for answer in answers:
        question = (printable(answer.question), "bold")
        say(console, Text.assemble(question, f" {printable(answer.sentence)}"))


def say(console: Console, content: str | Text) -> None:
    """Print text as it is: no name in it can be markup."""
    console.print(Text(printable(content)) if isinstance(content, str) else content)


def print_table(table: Table, console: Console) -> None:
    console.print()
    say(console, Text(printable(table.title), style="bold"))
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
