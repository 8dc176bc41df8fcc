"""The options of `study run`, and the typed values that a command gets from them."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import click

from core.data.volumes import VALIDATION_GAP
from core.training.memory import MOST_LANES
from results.command_line import sibling, with_parameters
from results.option_types import (
    COUNT,
    COUNT_FROM_ONE,
    NOT_NEGATIVE,
    PLACE,
    POSITIVE,
    SHARE,
    WholeNumber,
)
from study.command_line.completion import complete_profile, complete_study
from study.command_line.selection import Selection, cpus_option, selection_options
from study.execution.training_options import (
    CheckpointPolicy,
    FailurePolicy,
    Resources,
    TrainingOptions,
)

EXAMPLES = """examples:
  python -m study.run temperature_seeds
      Table 3 of the paper on the built-in data, some minutes on two cores
  python -m study.run temperature_seeds --data path/to/epfl --seeds 20
      the same on your own volumes, with twenty seeds; what is there already is not repeated
  python -m study.run reruns --data cells --foreground '>127' --validation-gap 0 --dry-run
      says what is in a folder of separate images whose masks have grey rims, trains nothing
  python -m study.run temperature_seeds --only temperature=1,5 --set lr=0.0003 --dry-run
      how many runs that would be, and how long they would take
  python -m study.run temperature_seeds --only temperature=5 --axis optimizer=sgd,adam
      a study's cells with each of these values too, without a study file
  python -m study.run temperature_seeds --only temperature=5 --seeds 10 --teacher-seeds 2
      ten students of each of two teachers: how much of it is the teacher's?
  python -m study.run temperature_seeds --until-width 0.4 --max-seeds 100
      further seeds for each cell until its rate is known to 40 percentage points
  python -m study.run batch_norm --until-decided
      further seeds until the study file's contrasts are decided
  python -m study.run temperature_seeds --describe
      its axes, cells, seeds, profiles and comparisons; --fields says what --set can change

exit status: 0 every run has an outcome, 1 some have none, 2 wrong usage, 130 interrupted
"""
HEADINGS = {
    "list": "Look, and train nothing",
    "data": "Which runs",
    "out": "Where, and how many at once",
    "retries": "What a failure or a crash may cost, and what is kept",
    "as_json": "Output",
}
"""In the help, by the option that follows."""
SEEDS = "N|A-B|NxM|A,B,C"
"""How seeds are written."""
PLANNED = {
    "data": "phantom",
    "foreground": None,
    "validation_gap": VALIDATION_GAP,
    "profile": "laptop",
    "seeds": None,
    "teacher_seeds": None,
    "engine": "auto",
    "until_width": None,
    "max_seeds": None,
    "cpus_per_trial": 1.0,
    "out": "outputs",
}
"""Options of one value that `study plan` takes as well, with their defaults there."""


@dataclass(frozen=True, kw_only=True)
class RunOptions(Selection):
    """What a user gave to `study run`."""

    studies: tuple[str, ...]
    list: bool
    describe: bool
    fields: bool
    version: bool
    profile: str | None
    seeds: str | None
    """As it was written; see `study.command_line.arguments.parse_seeds`."""
    teacher_seeds: str | None
    until_width: float | None
    until_decided: bool
    max_seeds: int | None
    stop_dead: bool
    out: str
    gpus_per_trial: float
    pack: int | None
    address: str
    dashboard: bool
    retries: int
    max_failures: int | None
    retry_failed: bool
    keep_state: bool
    checkpoint_every: float
    dry_run: bool
    as_json: bool
    quiet: bool

    @property
    def changes(self) -> tuple[str, ...]:
        """Every FIELD=VALUE that is asked for."""
        return (*self.sets, *(["stop_dead=true"] if self.stop_dead else []))

    @property
    def profile_here(self) -> str:
        """The profile that was given, or the one that fits the device."""
        return self.profile or ("paper" if self.gpus_per_trial > 0 else "laptop")

    def plan_command(self, study: str) -> str:
        """What plans one of the studies with all that was given, as the user would type it."""
        given = vars(self) | {"profile": self.profile_here}
        chosen = [(name, given[name]) for name in PLANNED if given[name] != PLANNED[name]]
        lists = {"axis": self.axes, "only": self.only, "set": self.changes}
        chosen += [(name, text) for name, texts in lists.items() for text in texts]
        words = [f"--{name.replace('_', '-')}={value}" for name, value in chosen]
        words += ["--full"] if self.full else []
        return f"{sibling('study.plan')} {shlex.join([study, *words])}"

    def training(self, command_line: str) -> TrainingOptions:
        """How the command trains.

        Args:
            command_line: what trains the rest, as it is told to the user.
        """
        return TrainingOptions(
            resources=Resources(self.cpus_per_trial, self.gpus_per_trial),
            most_together=self.pack,
            address=self.address,
            dashboard=self.dashboard,
            quiet=self.quiet,
            failures=FailurePolicy(
                retries=self.retries,
                max_failures=self.max_failures,
                retry_failed=self.retry_failed,
            ),
            checkpoints=CheckpointPolicy(
                every_seconds=self.checkpoint_every, keep_final=self.keep_state
            ),
            command_line=command_line,
        )


class PackSize(click.ParamType):
    """A number of runs, or `auto`, which is none."""

    name = "runs"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        return None if value == "auto" else WholeNumber(1, MOST_LANES).convert(value, param, ctx)


teacher_seeds_option = click.option(
    "--teacher-seeds",
    metavar="N|A-B|A,B,C",
    help="so many teachers, or those of these seeds, each with all the students: then rates hold "
    "for teachers like these, not for one (default: one, of seed 0)",
)
run_options: Callable[[Callable[..., int]], Callable[..., int]] = with_parameters(
    click.argument(
        "studies",
        nargs=-1,
        metavar="[NAME|FILE.py]...",
        shell_complete=complete_study,
        help="studies of --list, or study files",
    ),
    click.option("--list", is_flag=True, help="name the studies, each with its question"),
    click.option(
        "--describe",
        is_flag=True,
        help="say what the studies are: axes, cells, seeds, profiles, comparisons",
    ),
    click.option(
        "--fields", is_flag=True, help="say what --set can change: values, default and meaning"
    ),
    click.option("--dry-run", is_flag=True, help="say what would run and how long"),
    click.option("--version", is_flag=True, help="say which version this is, and its commit"),
    selection_options,
    click.option(
        "--profile",
        shell_complete=complete_profile,
        metavar="smoke|laptop|paper",
        help="how long and how large (default: laptop, or paper where a trial gets a GPU)",
    ),
    click.option(
        "--seeds",
        metavar=SEEDS,
        help="N pairs of init and data seed 0..N-1, those from A to B, N x M crossed, or a list",
    ),
    teacher_seeds_option,
    click.option(
        "--until-width",
        type=SHARE,
        metavar="WIDTH",
        help="add seeds to each cell until the interval for its collapse rate is narrower than "
        "this, as 0.4; valid however often it is looked at. --seeds is what to begin with "
        "(default: the study's number of them, five at the most)",
    ),
    click.option(
        "--until-decided",
        is_flag=True,
        help="add seeds to the cells of each contrast of the study file until it is decided: "
        "different, or within the margin of an equivalence; valid however often it is looked at. "
        "--seeds as with --until-width",
    ),
    click.option(
        "--max-seeds",
        type=COUNT_FROM_ONE,
        metavar="N",
        help="with --until-width or --until-decided: seeds a cell gets at the most (default: 100)",
    ),
    click.option(
        "--stop-dead",
        is_flag=True,
        help="end runs that answer a constant and have had no gradient for 1,000 steps; their "
        "figures at the horizon are unknown (they are other runs than without this option)",
    ),
    click.option(
        "--out",
        type=PLACE,
        default="outputs",
        metavar="DIR|URI",
        help="where results go (default: outputs)",
    ),
    cpus_option,
    click.option(
        "--gpus-per-trial",
        type=NOT_NEGATIVE,
        default=0.0,
        metavar="X",
        help="GPUs a trial takes, fractions allowed (default: 0)",
    ),
    click.option(
        "--pack",
        type=PackSize(),
        metavar="N|auto",
        help="runs that a trial of the engine lanes trains at once (default: auto, one a lane of "
        "the CPU's registers)",
    ),
    click.option(
        "--address",
        default="local",
        metavar="local|auto|ADDRESS",
        help="Ray cluster: a local one for this command (default), or a running one",
    ),
    click.option("--dashboard", is_flag=True, help="start Ray's dashboard and print its address"),
    click.option(
        "--retries",
        type=COUNT,
        default=1,
        metavar="N",
        help="start a run again so often if the machine fails it: a killed worker, no memory, no "
        "disk (default: 1)",
    ),
    click.option(
        "--max-failures",
        type=COUNT_FROM_ONE,
        metavar="N",
        help="stop once so many runs have failed (default: go on with the others)",
    ),
    click.option(
        "--retry-failed",
        is_flag=True,
        help="train runs again that ended in an error of their own; those that the machine failed "
        "are trained again anyway",
    ),
    click.option(
        "--keep-state",
        is_flag=True,
        help="keep each run's state at its last iteration, so that a longer one goes on from it",
    ),
    click.option(
        "--checkpoint-every",
        type=POSITIVE,
        default=30.0,
        metavar="SECONDS",
        help="how much training a crash may cost (default: 30)",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="machine-readable output: a JSON object a line for each study",
    ),
    click.option("--quiet", is_flag=True, help="no progress, only the answer"),
)
