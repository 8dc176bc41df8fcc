"""The command `study report`: what a study's runs say, as text, tables and figures."""

import sys
from collections.abc import Sequence

import click
from rich.console import Console

from results.command_line import DONE, out_option, program, require_given
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.ledger.storage import Storage
from results.option_types import PLACE
from results.reports.building import build_figures
from results.reports.figures.writer import write_figure
from results.reports.formats.data import as_json, csv
from results.reports.formats.latex import latex
from results.reports.formats.markdown import markdown
from results.reports.formats.text import text
from results.reports.report import Detail
from results.reports.reported import Reported, reports_of
from results.text import printable
from study.answer import report_command
from study.command_line.completion import complete_requested

EXAMPLES = """examples:
  python -m study.report temperature_seeds
      prints the answers and tables, puts figures into outputs/reports/temperature_seeds
  python -m study.report temperature_seeds --format csv --to tables --no-figures
      a file for each table in tables, in full precision, with the runs behind each number
  python -m study.report temperature_seeds --format md --no-figures > answer.md

A study that was requested in several settings (profile, data, --set) has a report of the newest
request in each. Nothing is trained. With --format json, stdout is a list of reports.

exit status: 0, or 2 for wrong usage or a place that cannot be read or written
"""
FORMATS = ("text", "csv", "md", "tex", "json")
PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


def show(reports: Sequence[Reported], form: str, detail: Detail, command: str) -> None:
    """Print the reports.

    Args:
        reports: of one study.
        form: one of `FORMATS`; nothing of CSV, which is files.
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


@program(
    "study.report",
    "Say what a study's runs say: answers, tables and figures. Trains nothing.",
    EXAMPLES,
    interrupted="nothing is lost, the same command starts over",
)
@click.argument("study", metavar="NAME", shell_complete=complete_requested, help="a study in --out")
@out_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    metavar="|".join(FORMATS),
    help="of the answer (default: text)",
)
@click.option(
    "--to",
    type=PLACE,
    metavar="DIR|URI",
    help="where figures and CSV files are put (default: reports/NAME in --out)",
)
@click.option(
    "--brief",
    is_flag=True,
    help="answers and one table only, as study run ends with",
)
@click.option(
    "--full",
    is_flag=True,
    help="every table and row on the terminal (other formats always have them)",
)
@click.option("--no-figures", is_flag=True, help="no pictures")
def main(
    study: str,
    out: str,
    form: str,
    to: str | None,
    brief: bool,
    full: bool,
    no_figures: bool,
) -> int:
    """Build, show and store the reports.

    Raises:
        StudyError: no such study, a place that cannot be read or written, or options that exclude
            each other.
    """
    if brief and full:
        raise ConfigError("--brief and --full: exclude each other; give one of them")
    require_given(to=to)
    ledger = existing_ledger(out, "--out")
    target = ledger.storage if to is None else Storage(to, "--to")
    target.require_usable()
    reports = reports_of(ledger, study)
    prefix = f"reports/{study}" if to is None else ""
    command = report_command(study, out)
    detail: Detail = "brief" if brief else "full" if full else "usual"
    # Files first: whoever reads the answer may close the pipe before its end.
    tables = put_tables(reports, target, prefix) if form == "csv" else []
    if not no_figures:
        put_figures(reports, target, prefix)
    show(reports, form, detail, command)
    for path in tables:
        print(printable(path))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
