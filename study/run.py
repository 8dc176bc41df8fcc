"""The command `study run`: train what is missing of a study, print its answer."""

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.data.sources import Source, open_source
from results.command_line import DONE, program, require_given, typed_command
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.streams import print_line
from results.text import counted
from study.command_line.arguments import parse_seeds, parse_teacher_seeds
from study.command_line.describe import describe
from study.command_line.fields import print_fields
from study.command_line.options import EXAMPLES, HEADINGS, RunOptions, run_options
from study.discovery import catalogue_names, find_study, print_studies
from study.execution.lost_cluster import require_answering
from study.execution.stopping import StopSignals
from study.execution.version import version_text
from study.planning.adding_seeds import sampling_of
from study.planning.dry_run import dry_run
from study.planning.engine_choice import EngineChoice, engines_of, require_lanes
from study.planning.feasibility import check_data, require_memory_here, source_for
from study.planning.horizon import horizon_text, replaced_by_profile
from study.planning.least_seeds import too_few_seeds
from study.planning.main_effects import main_effects_outlook
from study.planning.pace import Pace, slots_here
from study.planning.planned_power import low_power
from study.planning.sampling import Sampling, sample
from study.planning.short_curves import means_without_a_window
from study.planning.speed_claims import claims_too_long
from study.planning.standing import Standing
from study.planning.stop_rule import Until
from study.request import StudyRequest
from study.requesting import request_study

if TYPE_CHECKING:
    from study.execution.executor import Execution

FAILED = 1
"""Exit status where some run has no outcome."""
LOOKS = ("list", "describe", "fields", "dry_run", "version")
"""Options that have something said, and nothing trained."""
PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


@dataclass(frozen=True)
class CommandContext:
    """What all studies of a command share."""

    source: Source
    ledger: Ledger
    options: RunOptions
    console: Console
    signals: StopSignals
    exit_stack: contextlib.ExitStack
    """Holds the one Ray cluster of the command, if any study trains."""
    typed: str
    """The command as the user typed it."""

    def require_trainable(self) -> None:
        """Raise StudyError where nothing can be written, or no cluster can be there."""
        self.ledger.storage.require_writable()
        require_answering(self.options.address)

    def tell(self, line: str) -> None:
        """Print a line, unless the user wants the answer alone."""
        if not self.options.quiet:
            print_line(self.console, line)


@program(
    "study.run",
    "Train what is missing of a study and print its answer.",
    EXAMPLES,
    interrupted="continue with: {command}",
    headings=HEADINGS,
)
@run_options
def main(**given: Any) -> int:
    """Do what the options say: list, describe, plan or train."""
    options = RunOptions(**given)
    require_one_look(given)
    if options.version:
        print(version_text())
    elif options.fields:
        print_fields(as_json=options.as_json)
    elif options.list:
        print_studies(as_json=options.as_json)
    else:
        with StopSignals() as signals:
            return studies_of(options, typed_command(), signals)
    return DONE


def studies_of(options: RunOptions, typed: str, signals: StopSignals) -> int:
    """Bind the studies to their data and settings; describe, plan or train them."""
    require_usable(options)
    studies = [find_study(name) for name in dict.fromkeys(options.studies)]
    ledger = Ledger(options.out)
    if options.describe:
        source = open_source(options.data, options.foreground, gap=options.validation_gap)
        for study in studies:
            describe(study, source, options)
        return DONE
    ledger.storage.require_usable()
    source = source_for(options.data, options.foreground, ledger, options.validation_gap)
    until = Until.of(
        options.until_width, options.max_seeds, options.seeds, decided=options.until_decided
    )
    seeds = None if options.seeds is None else parse_seeds(options.seeds)
    teacher_seeds = parse_teacher_seeds(options.teacher_seeds)
    if until and options.teacher_seeds is not None:
        raise ConfigError(
            f"--teacher-seeds {options.teacher_seeds}: goes with --seeds, not with {until.option}, "
            "whose intervals need runs that share nothing; give one of them"
        )
    fingerprint = source.fingerprint
    engine = EngineChoice(
        options.engine, options.gpus_per_trial > 0, slots_here(options.cpus_per_trial)
    )
    requests = [
        engine.apply(
            request_study(
                study,
                source,
                options.profile_here,
                seeds=until.pairs if until else seeds,
                teacher_seeds=teacher_seeds,
                only=options.only,
                sets=options.changes,
                axes=options.axes,
                full=options.full,
                fingerprint=fingerprint,
            ),
            ledger,
        )
        for study in studies
    ]
    if options.pack is not None:
        require_lanes(requests, f"--pack {options.pack}")
    if options.address == "local":
        require_memory_here(requests, on_gpu=options.gpus_per_trial > 0)
    data_check = check_data(requests, source)
    if options.dry_run:
        dry_run(requests, until, ledger, options, data_check)
        return DONE
    samplings = [sampling_of(request, until, ledger) if until else None for request in requests]
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(stderr=options.as_json, width=width)
    with contextlib.ExitStack() as stack:
        context = CommandContext(source, ledger, options, console, signals, stack, typed)
        if data_check:
            context.tell(f"data {source.name}: {data_check}")
        return max(  # one after another: an earlier one may have trained runs of a later one
            run_until(sampling, context)
            if sampling
            else run_study(Standing.of(request, ledger), context)
            for request, sampling in zip(requests, samplings, strict=True)
        )


def require_one_look(given: Mapping[str, Any]) -> None:
    """Raise ConfigError where two of the options that train nothing are given."""
    looks = [f"--{name.replace('_', '-')}" for name in LOOKS if given[name]]
    if len(looks) > 1:
        raise ConfigError(f"{looks[0]} and {looks[1]}: exclude each other; give one of them")


def require_usable(options: RunOptions) -> None:
    """Refuse what no study could do anything with.

    Raises:
        ConfigError: no study, an empty place, or more CPUs or GPUs than there are.
    """
    if not options.studies:
        raise ConfigError(f"name a study: {', '.join(catalogue_names())}; see --help")
    require_given(data=options.data, out=options.out, profile=options.profile)
    if options.address != "local":
        return
    here = {"cpus": os.cpu_count() or 1}
    if options.dry_run and options.gpus_per_trial:  # Ray says it to a command that trains
        from torch.cuda import device_count  # takes seconds: only where a GPU is asked for

        here["gpus"] = device_count()
    for kind, number in here.items():
        if (wanted := getattr(options, f"{kind}_per_trial")) > number:
            raise ConfigError(
                f"--{kind}-per-trial {wanted:g}: this machine has {number}; give as many or fewer"
            )


def run_study(standing: Standing, context: CommandContext) -> int:
    """Train what is missing, print the answer, and say where everything lies."""
    request = standing.request
    if standing.missing:
        context.require_trainable()
    context.tell(
        f"{request.study.name}: {counted(len(standing.runs), 'run')}, {len(standing.done)} already "
        f"in --out {context.options.out}; profile {request.profile} ({horizon_text(request)}), "
        f"engine {' or '.join(engines_of(request))}, --data {request.data_source}"
    )
    for line in (
        *request.notes,
        *replaced_by_profile(request),
        *(before_training(request) if standing.missing else ()),
    ):
        context.tell(line)
    execution = train_missing(standing, context)
    show(request.study.name, request.record().request_id, context)
    return FAILED if execution and (execution.failed or execution.stopped) else DONE


def before_training(request: StudyRequest) -> list[str]:
    """What runs of these seeds and this horizon cannot show."""
    return [
        *too_few_seeds(request),
        *low_power(request),
        *main_effects_outlook(request),
        *claims_too_long(request),
        *means_without_a_window(request),
    ]


def run_until(sampling: Sampling, context: CommandContext) -> int:
    """Train round by round until the rule adds no more seeds, and print the answer."""
    ledger = context.ledger
    if Standing.of(sampling.final(), ledger).missing:
        context.require_trainable()
    failed: set[str] = set()

    def train_round(request: StudyRequest) -> bool:
        standing = Standing.of(request, ledger)
        execution = train_missing(standing, context, len(failed))
        failed.update(execution.failed if execution else ())
        return execution is None or execution.stopped is None

    slots = slots_here(context.options.cpus_per_trial)
    context.tell(str(sampling.outlook(Pace.of(ledger.runs()), slots)))
    for line in (*sampling.request.notes, *replaced_by_profile(sampling.request)):
        context.tell(line)
    request, request_id = sample(sampling, train_round, context.tell)
    show(request.study.name, request_id, context)
    return FAILED if Standing.of(request, ledger).missing else DONE


def show(name: str, request_id: str, context: CommandContext) -> None:
    from study.answer import show_answer  # pandas and scipy: only where there is something to show

    show_answer(context.ledger, name, request_id, context.console, as_json=context.options.as_json)


def train_missing(
    standing: Standing, context: CommandContext, failed_before: int = 0
) -> "Execution | None":
    """Train what is missing, if anything; how it ended. What failed is said on stderr.

    The request is recorded in any case, once what it needs has been found to be there.

    Raises:
        KeyboardInterrupt: it was interrupted; what is finished is kept.
    """
    if not standing.missing:
        context.ledger.put_study(standing.request.record())
        return None
    options = context.options.training(context.typed)
    if not options.only_ray_knows:  # Ray takes long to start, and others want to see the request
        context.ledger.put_study(standing.request.record())
    if "ray" not in sys.modules and not options.quiet:
        begun = "starting Ray" if options.address == "local" else "joining the Ray cluster"
        print(f"{begun} ...", file=sys.stderr)
    # Ray and torch take seconds to import: only where there is something to train.
    from study.execution import training

    failures = replace(options.failures, failed_before=failed_before)
    session = training.TrainingSession(
        context.source, context.ledger, context.console, context.signals, context.exit_stack
    )
    return training.train(standing, session, replace(options, failures=failures))


if __name__ == "__main__":
    sys.exit(main())
