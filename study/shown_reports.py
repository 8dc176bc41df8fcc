"""The reports of a study as a terminal shows them, and as files."""

import sys
from collections.abc import Sequence

from rich.console import Console

from results.ledger.storage import Storage
from results.reports.building import build_figures
from results.reports.figures.writer import write_figure
from results.reports.formats.data import as_json, csv
from results.reports.formats.latex import latex
from results.reports.formats.markdown import markdown
from results.reports.formats.text import text
from results.reports.report import Detail
from results.reports.reported import Reported
from results.text import printable

PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


def show(reports: Sequence[Reported], form: str, detail: Detail, command: str) -> None:
    """Print the reports.

    Args:
        reports: of one study.
        form: one of text, csv, md, tex, json; nothing of CSV, which is files.
        detail: how much of them a terminal shows.
        command: what prints these reports, as the user would type it.
    """
    if form == "md":
        print("\n".join(markdown(one.report) for one in reports), end="")
    elif form == "tex":
        print(latex(*(one.report for one in reports)), end="")
    elif form == "json":
        print(f"[{', '.join(as_json(one.report) for one in reports)}]")
    elif form == "text":
        console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
        for number, one in enumerate(reports):
            if number:
                console.rule(style="")
            text(one.report, console, detail, f"{command} --full")


def put_tables(reports: Sequence[Reported], target: Storage, prefix: str) -> list[str]:
    """Store every table as CSV; where they are."""
    contents = {
        placed(prefix, one.folder, file): content
        for one in reports
        for file, content in csv(one.report).items()
    }
    for name, content in contents.items():
        target.put(name, content.encode())
    return [target.path(name) for name in contents]


def put_figures(reports: Sequence[Reported], target: Storage, prefix: str) -> None:
    """Draw and store every figure, and say where it is on stderr."""
    for one in reports:
        for name, figure in build_figures(one.frame, one.record, one.curves):
            for path in write_figure(target, placed(prefix, one.folder, name), figure):
                print(f"figure: {printable(path)}", file=sys.stderr)


def placed(*parts: str) -> str:
    return "/".join(filter(None, parts))
