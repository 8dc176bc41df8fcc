"""Tables for a terminal: what is too wide for it goes on in a further table."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

UNBOUNDED = 10_000


@dataclass(frozen=True)
class Column:
    """A heading and a text for each row."""

    heading: str
    texts: Sequence[str]
    left: bool = False


def tables_to_width(
    fixed: Sequence[Column],
    others: Sequence[Column],
    console: Console,
    styles: Sequence[str] = (),
) -> list[Table]:
    """As few tables as the console's width allows, each with the fixed columns before others.

    Args:
        fixed: what names a row.
        others: at least one of them is in each table, however wide.
        console: to be printed on.
        styles: of the rows.
    """
    unbounded = console.options.update(max_width=UNBOUNDED)
    tables: list[Table] = []
    begun: list[Column] = []
    for column in others:
        wider = table_of([*fixed, *begun, column], styles)
        if begun and console.measure(wider, options=unbounded).maximum > console.width:
            tables.append(table_of([*fixed, *begun], styles))
            begun = []
        begun.append(column)
    return [*tables, table_of([*fixed, *begun], styles)]


def table_of(
    columns: Sequence[Column], styles: Sequence[str] = (), *, headed: bool = True
) -> Table:
    """A table of texts as they are: what looks like markup in one is not."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_header=headed)
    for column in columns:
        justify = "left" if column.left else "right"
        table.add_column(Text(column.heading), justify=justify, no_wrap=True)
    rows = zip(*(column.texts for column in columns), strict=True)
    for index, row in enumerate(rows):
        table.add_row(*map(Text, row), style=styles[index] if styles else "")
    return table
