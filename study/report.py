"""The command `study report`: what a study's runs say, as text, tables and figures."""

import sys
from typing import TYPE_CHECKING

import click

from results.command_line import DONE, out_option, program, require_given
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.ledger.storage import Storage
from results.option_types import PLACE
from results.text import printable
from study.command_line.completion import complete_requested

if TYPE_CHECKING:
    from results.reports.report import Detail

EXAMPLES = """examples:
  python -m study.report temperature_seeds
      prints the answers and tables, puts figures into outputs/reports/temperature_seeds
  python -m study.report temperature_seeds --format csv --to tables --no-figures
      a file for each table in tables, in full precision, with the runs behind each number
  python -m study.report temperature_seeds --format md --no-figures > answer.md

A study that was requested in several settings (profile, data, --set) has a report of the newest
request in each, what was asked last first, and a folder of files for each, named after the setting.
Nothing is trained. With --format json, stdout is a list of reports.

exit status: 0, or 2 for wrong usage or a place that cannot be read or written
"""
FORMATS = ("text", "csv", "md", "tex", "json")


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
    # pandas and the figures take two seconds, which help need not wait for.
    from results.reports.reported import reports_of
    from study.answer import report_command
    from study.shown_reports import put_figures, put_tables, show

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
