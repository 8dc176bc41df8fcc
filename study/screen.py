"""The command `study screen`: how many untrained networks are born dead."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from core.data.foreground import Foreground
from core.data.sources import open_source
from results.command_line import DONE, json_option, out_option, program, require_given
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.option_types import WholeNumber
from results.progress_bar import progress
from results.text import counted
from study.command_line.added_axes import added_axes, with_axes
from study.command_line.arguments import restrict
from study.command_line.completion import complete_axis, complete_only, complete_study
from study.command_line.selection import data_options
from study.discovery import find_study
from study.planning.screening import FIELDS, Cell, screen, screened_cells

MOST_NETWORKS = 100_000
"""Of a cell: its rate is known to a third of a percentage point then."""
EXAMPLES = """examples:
  python -m study.screen born_dead --only width=1,2,4 --only init=torch
      2,000 untrained networks of each cell on the built-in data, some minutes
  python -m study.screen born_dead --data path/to/epfl --networks 200
      the same on your own images; what is known already is not repeated

Each network sees five training slices (the centre, 256 x 256 pixels) and nothing is trained.

exit status: 0, 2 for wrong usage, 130 interrupted
"""
NOTE = (
    "count: networks that answer a constant before their first step, which is the same logits at "
    "every position for five training slices, bit for bit; 95% Wilson interval. bound: the "
    "probability that a k-Unet is born dead is at most 1 - (1 - 2^-k)^4. It holds for initial "
    "weights of a symmetric distribution without batch norm, and comes from the four layers that "
    "no skip avoids (after Lu, Shin, Su and Karniadakis 2020, arXiv 1903.06733)."
)


@program(
    "study.screen",
    "Say how many of a study's untrained networks answer a constant (are born dead).",
    EXAMPLES,
    interrupted="what was found is kept; the same command goes on",
)
@click.argument("study", metavar="NAME|FILE.py", shell_complete=complete_study, help="a study")
@click.option(
    "--networks",
    type=WholeNumber(1, MOST_NETWORKS),
    default=2000,
    metavar="N",
    help="untrained networks of each cell, init seeds 0 to N-1 (default: 2000)",
)
@data_options
@click.option(
    "--only",
    multiple=True,
    metavar="FIELD=V1,V2",
    shell_complete=complete_only,
    help=f"only these values of an axis; of {', '.join(FIELDS)}",
)
@click.option(
    "--axis",
    "added",
    multiple=True,
    metavar="FIELD=V1,V2",
    shell_complete=complete_axis,
    help="a cell of each of these values too; of the same fields",
)
@out_option
@json_option
def main(
    study: str,
    networks: int,
    data: str,
    foreground: Foreground | None,
    validation_gap: int,
    only: tuple[str, ...],
    added: tuple[str, ...],
    out: str,
    as_json: bool,
) -> int:
    """Screen every cell, and print a line for each.

    Raises:
        ConfigError: an unknown study, field or value.
        DataError: the data cannot be read.
    """
    require_given(data=data)
    asked = find_study(study)
    axes = tuple(axis for axis in asked.screening or asked.axes if axis.field in FIELDS)
    further = added_axes(asked.name, axes, added)
    for axis in further:
        if axis.field not in FIELDS:
            raise ConfigError(
                f"--axis {axis.field}: untrained networks do not depend on it; of "
                f"{', '.join(FIELDS)}"
            )
    cells = screened_cells(asked, restrict(with_axes(axes, further), only))
    storage = Ledger(out).storage
    storage.require_writable()
    source = open_source(data, foreground, gap=validation_gap)
    volumes = source.load()
    with progress("networks") as bar:
        task = bar.add_task(asked.name, total=networks * len(cells))
        found = screen(cells, volumes, networks, storage, lambda n: bar.advance(task, n))
    if as_json:
        print(json.dumps([as_dict(cell) for cell in found]))
    else:
        print(
            f"{asked.name}: {counted(len(found), 'cell')}, {networks} networks each, "
            f"data {source.name}"
        )
        show(found)
    return DONE


def as_dict(cell: Cell) -> dict[str, Any]:
    from core.training.born_dead import born_dead_bound  # torch and scipy: as late as their use
    from results.statistics.methods.intervals import proportion_interval

    low, high = proportion_interval(cell.count, cell.total)
    counts = {"count": cell.count, "total": cell.total, "low": low, "high": high}
    return {**cell.values, **counts, "bound": born_dead_bound(cell.config)}


def show(cells: Sequence[Cell]) -> None:
    import pandas as pd  # as late as what uses them

    from results.reports.formats.text import print_table
    from results.reports.report import Table

    rows = pd.DataFrame([as_dict(cell) for cell in cells])
    keys = tuple(cells[0].values)
    print_table(Table("screening", "Born dead", rows, NOTE, keys), Console())


if __name__ == "__main__":
    sys.exit(main())
