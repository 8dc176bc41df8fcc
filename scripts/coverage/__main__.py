"""The command: simulate and print."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from results.command_line import DONE, json_option, program
from results.option_types import COUNT_FROM_ONE
from scripts.coverage.simulating import PARTS, simulate
from scripts.coverage.tables import markdown, table_of, write_into

EXAMPLE = """example:
  python -m scripts.coverage --only cells --only pooled
      two parts; all of them take half an hour on one core, --quick is twenty times faster and less
      exact
"""
SIMULATIONS, QUICK = 1000, 50


@program(
    "scripts.coverage",
    "Simulate how often what reports print is true: intervals and verdicts (95% is meant).",
    EXAMPLE,
)
@click.option("--quick", is_flag=True, help=f"{QUICK} simulations instead of {SIMULATIONS}")
@click.option("--simulations", type=COUNT_FROM_ONE, metavar="N", help="so many a row")
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)), help="these parts")
@click.option(
    "--markdown", "document", metavar="FILE", help="put the worst cases between FILE's marks, too"
)
@json_option
def main(
    quick: bool, simulations: int | None, only: tuple[str, ...], document: str | None, as_json: bool
) -> int:
    """Simulate and print."""
    number = simulations or (QUICK if quick else SIMULATIONS)
    rows = simulate(number, only)
    if document:
        write_into(Path(document), markdown(rows, number))
    if as_json:
        print(json.dumps({"simulations": number, "rows": rows}))
        return DONE
    console = Console()
    console.print(table_of(rows))
    console.print(f"{number} simulations a row, fewer where one takes long")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
