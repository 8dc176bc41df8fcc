"""The command `python -m study.report`: what a study's runs say, as text, tables and figures."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from rich.console import Console

from results.command_line import CommandParser
from results.commands import DONE, exit_status, printable
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.ledger.ledger import STUDIES_FOLDER, Ledger
from results.ledger.storage import Storage
from results.loading import load_curves, load_study
from results.reports.building import build_figures, build_report
from results.reports.figures.writer import write_figure
from results.reports.formats.data import as_json, csv
from results.reports.formats.latex import latex
from results.reports.formats.markdown import markdown
from results.reports.formats.text import text
from results.reports.report import Report
from results.text import counted

EXAMPLES = """examples:
  python -m study.report temperature_seeds
      prints the answers and tables, puts figures into outputs/reports/temperature_seeds
  python -m study.report temperature_seeds --format csv --to tables --no-figures
      a file for each table in tables, in full precision, with the runs behind each number
  python -m study.report temperature_seeds --format md --no-figures > answer.md

A study that was asked for in several settings (profile, data, --set) has a report for each: the
newest way it was asked. Nothing is trained. With --format json, stdout is a list of reports.

exit status: 0, or 2 for wrong usage or a place that cannot be read or written
"""
FORMATS = ("text", "csv", "md", "tex", "json")
PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


@dataclass(frozen=True)
class Reported:
    """A report and what it is made from."""

    request: Mapping[str, Any]
    frame: pd.DataFrame
    curves: pd.DataFrame
    report: Report
    folder: str
    """Below the place that files are put at: empty, or the ask's id where there are several."""


def requests_of(ledger: Ledger, name: str) -> dict[str, dict[str, Any]]:
    """Every way the study was asked, by its id.

    Raises:
        ConfigError: it was never asked for.
    """
    requests = ledger.studies(name)
    if not requests and name in ledger.study_names():
        raise ConfigError(
            f"{name}: how it was asked cannot be read; give the command of its study.run once "
            "more, which writes it anew and trains nothing that is there"
        )
    if not requests and name.endswith(".py"):
        raise ConfigError(f"{name}: give the study's name, not its file")
    if not requests:
        known = ", ".join(ledger.study_names()) or "none"
        raise ConfigError(f"{name}: never asked for in {ledger.storage.location}; was: {known}")
    return requests


def newest_of(requests: Mapping[str, dict[str, Any]], ledger: Ledger, name: str) -> list[str]:
    """The id of the newest ask in each setting, in the order they were asked."""
    folder = f"{STUDIES_FOLDER}/{name}"
    written = {file.name: file.modified for file in ledger.storage.files(folder)}

    def age(request_id: str) -> tuple[Any, int, str]:
        return written[f"{folder}/{request_id}.json"], len(requests[request_id]["runs"]), request_id

    newest: dict[tuple[str, ...], str] = {}
    for request_id in sorted(requests, key=age):
        request = requests[request_id]
        newest.pop(setting_of(request), None)
        newest[setting_of(request)] = request_id
    return list(newest.values())


def reported(ledger: Ledger, out: str, name: str) -> list[Reported]:
    """A report for each setting."""
    requests = requests_of(ledger, name)
    newest = newest_of(requests, ledger, name)
    found = []
    for request_id in newest:
        request = requests[request_id]
        frame = load_study(out, name, request_id)
        curves = load_curves(out, frame["run_id"])
        report = build_report(frame, request, curves, ledger)
        report = replace(report, notes=(*report.notes, *left_out(request, list(requests.values()))))
        found.append(
            Reported(request, frame, curves, report, request_id if len(newest) > 1 else "")
        )
    return found


def left_out(request: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> list[str]:
    """Runs that another question in the same setting has and this one lacks."""
    here = {run["run_id"] for run in request["runs"]}
    others = {
        run["run_id"]
        for other in every
        if setting_of(other) == setting_of(request)
        for run in other["runs"]
    } - here
    if not others:
        return []
    return [
        f"Not in this report: {counted(len(others), 'run')} that an earlier command asked for and "
        "the newest one did not (other seeds or values); give that command of study.run once more "
        "to have its answer here."
    ]


def setting_of(request: Mapping[str, Any]) -> tuple[str, ...]:
    """What a report is for one of."""
    return (request["profile"], request["data_source"], *sorted(request["overrides"]))


def show(reports: Sequence[Reported], form: str, target: Storage, prefix: str) -> None:
    """Print the reports; of CSV, put the files and print where they are."""
    if form == "csv":
        for one in reports:
            for file, content in csv(one.report).items():
                name = placed(prefix, one.folder, file)
                target.put(name, content.encode())
                print(printable(target.path(name)))
    elif form == "md":
        print("\n".join(markdown(one.report) for one in reports), end="")
    elif form == "tex":
        print(latex(*(one.report for one in reports)), end="")
    elif form == "json":
        print(f"[{', '.join(as_json(one.report) for one in reports)}]")
    else:
        console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
        for number, one in enumerate(reports):
            if number:
                console.rule(style="")
            text(one.report, console)


def put_figures(reports: Sequence[Reported], target: Storage, prefix: str) -> None:
    """Draw and store every figure, and say where it is on stderr."""
    for one in reports:
        for name, figure in build_figures(one.frame, dict(one.request), one.curves):
            for path in write_figure(target, placed(prefix, one.folder, name), figure):
                print(f"figure: {printable(path)}", file=sys.stderr)


def placed(*parts: str) -> str:
    return "/".join(filter(None, parts))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    parser = CommandParser(
        "study.report",
        "Say what a study's runs say: answers, tables and figures. Trains nothing.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("study", metavar="NAME", help="a study that was asked for")
    add("--out", default="outputs", metavar="DIR|URI", help="where results are (default: outputs)")
    add("--format", default="text", choices=FORMATS, help="of the answer (default: text)")
    add(
        "--to",
        metavar="DIR|URI",
        help="where figures and CSV files are put (default: reports/NAME in --out)",
    )
    add("--no-figures", action="store_true", help="no pictures")
    options = parser.parse_args(arguments)
    return exit_status(lambda: report(options), "nothing is lost, the same command starts over")


def report(options: argparse.Namespace) -> int:
    """Build, show and store the reports.

    Raises:
        StudyError: no such study, or a place that cannot be read or written.
    """
    if options.to == "":
        raise ConfigError("--to: is empty; leave it out for the default")
    ledger = existing_ledger(options.out, "--out")
    target = ledger.storage if options.to is None else Storage(options.to, "--to")
    target.require_usable()
    reports = reported(ledger, options.out, options.study)
    prefix = f"reports/{options.study}" if options.to is None else ""
    show(reports, options.format, target, prefix)
    sys.stdout.flush()
    if not options.no_figures:
        put_figures(reports, target, prefix)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
