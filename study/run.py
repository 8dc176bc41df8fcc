"""The command `python -m study.run`: train what is missing of a study, print its answer."""

import argparse
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from core.data.sources import Source, open_source
from results.commands import DONE, exit_status
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.text import counted, titled
from study.arguments import parse_seeds
from study.discovery import catalogue_names, find_study
from study.dry_run import dry_run
from study.execution.stopping import StopSignals
from study.execution.training_options import (
    CheckpointPolicy,
    FailurePolicy,
    Resources,
    TrainingOptions,
)
from study.least_seeds import too_few_seeds
from study.options import build_parser
from study.pace import Pace, slots_here
from study.request import StudyRequest, request_study
from study.standing import Standing
from study.until import Sampling, Until, sample

if TYPE_CHECKING:
    from study.execution.executor import Execution

FAILED = 1
"""Exit status where some run has no outcome."""
PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


@dataclass(frozen=True)
class Setting:
    """What all studies of a command share."""

    source: Source
    ledger: Ledger
    options: argparse.Namespace
    console: Console
    signals: StopSignals
    session: contextlib.ExitStack
    """Holds the one Ray cluster of the command, if any study trains."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    options = build_parser().parse_args(arguments)
    on_terminal = sys.stdout.isatty()
    console = Console(stderr=options.json, width=None if on_terminal else PLAIN_WIDTH)

    def body() -> int:
        with StopSignals() as signals:
            return command(options, console, signals)

    return exit_status(body, f"continue with: {command_line()}")


def command(options: argparse.Namespace, console: Console, signals: StopSignals) -> int:
    if options.list:
        list_studies(options.json)
        return DONE
    if not options.studies:
        raise ConfigError(f"name a study: {', '.join(catalogue_names())}; see --help")
    for option in ("data", "out"):
        if not getattr(options, option):
            raise ConfigError(f"--{option}: is empty; leave it out for the default")
    cpus = os.cpu_count() or 1
    if options.address == "local" and options.cpus_per_trial > cpus:
        raise ConfigError(f"--cpus-per-trial {options.cpus_per_trial:g}: this machine has {cpus}")
    studies = [find_study(name) for name in dict.fromkeys(options.studies)]
    source = open_source(options.data, options.foreground)
    ledger = Ledger(options.out)
    ledger.storage.require_usable()
    profile = options.profile or ("paper" if options.gpus_per_trial > 0 else "laptop")
    seeds = None if options.seeds is None else parse_seeds(options.seeds)
    until = Until.of(options, seeds)
    fingerprint = source.fingerprint
    requests = [
        request_study(
            study,
            source,
            profile,
            seeds=until.pairs if until else seeds,
            only=options.only,
            sets=options.sets,
            fingerprint=fingerprint,
        )
        for study in studies
    ]
    if options.dry_run:
        dry_run(requests, until, ledger, options)
        return DONE
    statuses = []
    with contextlib.ExitStack() as session:
        setting = Setting(source, ledger, options, console, signals, session)
        for request in requests:  # an earlier one may have trained some of its runs
            if until:
                statuses.append(run_until(Sampling(request, until, ledger), setting))
            else:
                statuses.append(run_study(Standing.of(request, ledger), setting))
    return max(statuses)


def list_studies(as_json: bool) -> None:
    studies = [find_study(name) for name in catalogue_names()]
    if as_json:
        fields = ("name", "question", "reference", "seeds")
        print(json.dumps([{f: getattr(study, f) for f in fields} for study in studies]))
        return
    for study in studies:
        print(f"{study.name:<20} {titled(study.question, study.reference)}")


def run_study(standing: Standing, setting: Setting) -> int:
    """Train what is missing, print the answer, and say where everything lies."""
    request, options = standing.request, setting.options
    if not options.quiet:
        setting.console.print(
            f"{request.study.name}: {counted(len(standing.runs), 'run')}, {len(standing.done)} "
            f"already in --out {options.out}; profile {request.profile}, --data "
            f"{request.data_source}",
            markup=False,
            highlight=False,
        )
        for line in too_few_seeds(request) if standing.missing else ():
            setting.console.print(line, markup=False, highlight=False)
    execution = train(standing, setting) if standing.missing else None
    show(request, setting.ledger.put_study(request.record()), setting)
    return FAILED if execution and (execution.failed or execution.stopped) else DONE


def run_until(sampling: Sampling, setting: Setting) -> int:
    """Train round by round until every cell is known closely enough, and print the answer."""
    ledger, options = setting.ledger, setting.options
    failed: set[str] = set()

    def tell(line: str) -> None:
        if not options.quiet:
            setting.console.print(line, markup=False, highlight=False)

    def train_round(request: StudyRequest) -> bool:
        standing = Standing.of(request, ledger)
        execution = train(standing, setting, len(failed)) if standing.missing else None
        failed.update(execution.failed if execution else ())
        return execution is None or execution.stopped is None

    tell(str(sampling.outlook(Pace.of(ledger.runs()), slots_here(options.cpus_per_trial))))
    request, request_id = sample(sampling, train_round, tell)
    show(request, request_id, setting)
    return FAILED if Standing.of(request, ledger).missing else DONE


def show(request: StudyRequest, request_id: str, setting: Setting) -> None:
    from study.answer import show_answer  # pandas and scipy: only where there is something to show

    show_answer(request, request_id, setting.ledger, setting.console, as_json=setting.options.json)


def train(standing: Standing, setting: Setting, failed_before: int = 0) -> "Execution":
    """Train what is missing; how it ended. What failed is said on stderr.

    Raises:
        KeyboardInterrupt: it was interrupted; what is finished is kept.
    """
    # Ray and torch take seconds to import: only where there is something to train.
    from study.execution import training

    session = training.TrainingSession(
        setting.source, setting.ledger, setting.console, setting.signals, setting.session
    )
    return training.train(standing, session, training_options(setting.options, failed_before))


def training_options(options: argparse.Namespace, failed_before: int) -> TrainingOptions:
    return TrainingOptions(
        resources=Resources(options.cpus_per_trial, options.gpus_per_trial),
        address=options.address,
        dashboard=options.dashboard,
        quiet=options.quiet,
        failures=FailurePolicy(
            retries=options.retries,
            max_failures=options.max_failures,
            failed_before=failed_before,
            retry_failed=options.retry_failed,
        ),
        checkpoints=CheckpointPolicy(
            every_seconds=options.checkpoint_every, keep_final=options.keep_state
        ),
        command_line=command_line(),
    )


def command_line() -> str:
    return "python -m study.run " + shlex.join(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
