"""The options of `study plan`, and the typed values that it gets from them."""

from collections.abc import Callable
from dataclasses import dataclass

import click

from results.command_line import json_option, out_option, with_parameters
from results.option_types import COUNT_FROM_ONE, SHARE
from results.statistics.methods.levels import POWER
from study.command_line.completion import complete_profile, complete_study
from study.command_line.options import SEEDS, teacher_seeds_option
from study.command_line.selection import Selection, cpus_option, selection_options
from study.planning.planned_power import RATES
from study.planning.stop_rule import DEFAULT_MAX_SEEDS

EXAMPLES = """examples:
  python -m study.plan temperature_seeds
      seeds that tell a rate of 30% from 10%, or know a rate to 20 percentage points
  python -m study.plan temperature_seeds --seeds 20
      what twenty seeds can tell, and how long they take
  python -m study.plan temperature_seeds --detect 0.5,0.2 --power 0.9 --data path/to/epfl --json

exit status: 0, 2 for wrong usage, 130 interrupted
"""


class TwoRates(click.ParamType):
    """Two different shares, as `0.3,0.1`."""

    name = "two rates"

    def convert(
        self,
        value: str | tuple[float, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        parts = value.split(",")
        if len(parts) != 2:
            self.fail(f"{value}: must be two rates, as 0.3,0.1", param, ctx)
        first, second = (SHARE.convert(part, param, ctx) for part in parts)
        if first == second:
            self.fail(f"{value}: equal rates cannot be told apart", param, ctx)
        return first, second


@dataclass(frozen=True, kw_only=True)
class PlanOptions(Selection):
    """What a user gave to `study plan`."""

    study: str
    seeds: str | None
    """As it was written; see `study.command_line.arguments.parse_seeds`."""
    teacher_seeds: str | None
    detect: tuple[float, float]
    power: float
    width: float
    until_width: float
    max_seeds: int
    profile: str
    out: str
    probe: bool
    as_json: bool


plan_options: Callable[[Callable[..., int]], Callable[..., int]] = with_parameters(
    click.argument(
        "study",
        metavar="NAME|FILE.py",
        shell_complete=complete_study,
        help="a study of `study run --list`, or a study file",
    ),
    selection_options,
    cpus_option,
    click.option(
        "--seeds", metavar=SEEDS, help="say also what these seeds can tell and how long they take"
    ),
    teacher_seeds_option,
    click.option(
        "--detect",
        type=TwoRates(),
        default=RATES,
        metavar="P,Q",
        help="rates of two cells that are to be told apart, as shares (default: 0.3,0.1)",
    ),
    click.option(
        "--power",
        type=SHARE,
        default=POWER,
        metavar="X",
        help="probability that the test then tells them apart (default: 0.8)",
    ),
    click.option(
        "--width",
        type=SHARE,
        default=0.2,
        metavar="W",
        help="largest width of a cell's 95% Wilson interval, as a share (default: 0.2)",
    ),
    click.option(
        "--until-width",
        type=SHARE,
        default=0.4,
        metavar="W",
        help="width at which `study run --until-width` stops adding seeds (default: 0.4)",
    ),
    click.option(
        "--max-seeds",
        type=COUNT_FROM_ONE,
        default=DEFAULT_MAX_SEEDS,
        metavar="N",
        help="seeds that --until-width gives a cell at the most (default: 100)",
    ),
    click.option(
        "--profile",
        default="laptop",
        metavar="smoke|laptop|paper",
        shell_complete=complete_profile,
        help="(default: laptop)",
    ),
    out_option,
    click.option(
        "--probe/--no-probe",
        default=True,
        help="time kinds of run that --out knows nothing of, a few seconds each (default: do)",
    ),
    json_option,
)
