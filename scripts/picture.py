"""The command `python -m scripts.picture`: the summary of a study's answer as an SVG."""

import io
import sys
from pathlib import Path

from rich.console import Console

from results.command_line import CommandParser
from results.ledger import Ledger
from results.loading import load_study
from results.reports.lines import headline, teachers_of
from results.reports.summary import print_summary

EXAMPLE = """example:
  python -m scripts.picture outputs temperature_seeds answer.svg
"""


def main() -> int:
    """Write the picture of the widest way the study was asked; the exit status."""
    parser = CommandParser(
        "scripts.picture", "Write the answer of a study in a ledger as an SVG picture.", EXAMPLE
    )
    parser.add_argument("out", help="what was given as --out")
    parser.add_argument("study", help="name of the study")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    options = parser.parse_args()
    ledger = Ledger(options.out)
    asks = ledger.studies(options.study)
    if not asks:
        print(f"error: no study '{options.study}' in {options.out}", file=sys.stderr)
        return 2
    ask_id, ask = max(asks.items(), key=lambda item: len(item[1]["runs"]))
    console = Console(record=True, width=92, file=io.StringIO())
    console.print(headline(ask), "\n", highlight=False)
    frame = load_study(options.out, options.study, ask_id)
    print_summary(console, frame, ask, teachers_of(frame, ledger))
    title = f"python -m study.run {options.study} ({ask['profile']}, {len(ask['runs'])} runs)"
    console.save_svg(str(options.picture), title=title)
    print(options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
