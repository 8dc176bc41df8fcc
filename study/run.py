"""The command `python -m study.run`: train what is missing of a study, print its answer."""

import argparse
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.config import RunConfig
from core.data import Source, open_source
from results.commands import DONE, exit_status
from results.errors import ConfigError
from results.ledger import Ledger, log_name
from results.wording import counted
from study.arguments import parse_seeds
from study.ask import Ask, ask
from study.discovery import catalogue_names, find_study
from study.options import build_parser
from study.pace import Pace, work_of
from study.stopping import StopSignals
from study.until import Sampling, Until, sample

if TYPE_CHECKING:
    from study.execute import Execution

FAILED = 1
"""Exit status where some run has no outcome."""
PLAIN_WIDTH = 100
"""Columns of the output where it does not go to a terminal."""


@dataclass(frozen=True)
class Plan:
    """An ask held against the ledger."""

    ask: Ask
    runs: dict[str, RunConfig]
    done: set[str]

    @property
    def missing(self) -> list[RunConfig]:
        return [config for run_id, config in self.runs.items() if run_id not in self.done]

    @classmethod
    def of(cls, asked: Ask, ledger: Ledger) -> "Plan":
        runs = asked.distinct
        return cls(asked, runs, ledger.finished(runs))


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
    asks = [
        ask(
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
        dry_run(asks, until, ledger, options)
        return DONE
    statuses = []
    with contextlib.ExitStack() as session:
        setting = Setting(source, ledger, options, console, signals, session)
        for asked in asks:  # an earlier one may have trained some of its runs
            if until:
                statuses.append(run_until(Sampling(asked, until, ledger), setting))
            else:
                statuses.append(run_plan(Plan.of(asked, ledger), setting))
    return max(statuses)


def list_studies(as_json: bool) -> None:
    studies = [find_study(name) for name in catalogue_names()]
    if as_json:
        fields = ("name", "question", "reference", "seeds")
        print(json.dumps([{f: getattr(study, f) for f in fields} for study in studies]))
        return
    for study in studies:
        print(f"{study.name:<20} {study.question} ({study.reference})")


def slots_here(options: argparse.Namespace) -> int:
    """How many trials this machine takes at once."""
    return max(1, int((os.cpu_count() or 1) / options.cpus_per_trial))


def dry_run(
    asks: Sequence[Ask], until: Until | None, ledger: Ledger, options: argparse.Namespace
) -> None:
    """Say how many runs, how many are there, and the expected time; write nothing."""
    pace = Pace.of(ledger.runs())
    slots = slots_here(options)
    reports = []
    for asked in asks:
        sampling = Sampling(asked, until, ledger) if until else None
        plan = Plan.of(sampling.final() if sampling else asked, ledger)
        remaining = [
            work_of(config for config in generation if config.run_id not in plan.done)
            for generation in plan.ask.generations()
        ]
        expected = pace.expect(remaining, slots)
        reports.append(
            {
                "study": plan.ask.study.name,
                "profile": plan.ask.profile,
                "data": plan.ask.data_source,
                "out": options.out,
                "runs": len(plan.runs),
                "done": len(plan.done),
                "missing": len(plan.missing),
                "expected_seconds": expected.seconds if expected.complete else None,
                "expected": str(expected),
            }
        )
        if sampling:
            outlook = sampling.outlook(pace, slots)
            reports[-1]["until_width"] = {
                **(plan.ask.until_width or {}),
                "seeds_a_cell": outlook.seeds,
                "supposed_seeds_a_cell": outlook.supposed,
                "outlook": str(outlook),
            }
    if options.json:
        print(json.dumps(reports))
        return
    for report in reports:
        print(
            f"{report['study']}: {counted(report['runs'], 'run')}, {report['done']} already in "
            f"{options.out}, {report['missing']} to train; profile {report['profile']}, data "
            f"{report['data']}; expected time on {counted(slots, 'slot')} of this machine: "
            f"{report['expected']}"
        )
        if until:
            print(f"and then, {report['until_width']['outlook']}")


def run_plan(plan: Plan, setting: Setting) -> int:
    """Train what is missing, print the answer, and say where everything lies."""
    asked, options = plan.ask, setting.options
    if not options.quiet:
        setting.console.print(
            f"{asked.study.name}: {counted(len(plan.runs), 'run')}, {len(plan.done)} already in "
            f"--out {options.out}; profile {asked.profile}, --data {asked.data_source}",
            markup=False,
            highlight=False,
        )
    execution = train(plan, setting) if plan.missing else None
    show_answer(asked, setting.ledger.put_study(asked.record()), setting)
    return FAILED if execution and (execution.failed or execution.stopped) else DONE


def run_until(sampling: Sampling, setting: Setting) -> int:
    """Train round by round until every cell is known closely enough, and print the answer."""
    ledger, options = setting.ledger, setting.options
    failed: set[str] = set()

    def tell(line: str) -> None:
        if not options.quiet:
            setting.console.print(line, markup=False, highlight=False)

    def train_round(asked: Ask) -> bool:
        plan = Plan.of(asked, ledger)
        execution = train(plan, setting, len(failed)) if plan.missing else None
        failed.update(execution.failed if execution else ())
        return execution is None or execution.stopped is None

    tell(str(sampling.outlook(Pace.of(ledger.runs()), slots_here(options))))
    asked, ask_id = sample(sampling, train_round, tell)
    show_answer(asked, ask_id, setting)
    return FAILED if Plan.of(asked, ledger).missing else DONE


def train(plan: Plan, setting: Setting, failed_before: int = 0) -> "Execution":
    """Train what is missing; how it ended. What failed is said on stderr.

    Raises:
        KeyboardInterrupt: it was interrupted; what is finished is kept.
    """
    ledger, options, console = setting.ledger, setting.options, setting.console
    # Ray and torch take seconds to import: only where there is something to train.
    from study.cluster import Resources, cluster, is_running
    from study.execute import Conduct, Executor
    from study.horizons import said_of_shorter_runs
    from study.progress import StudyProgress

    volumes = setting.source.load()
    ledger.storage.require_writable()
    resources = Resources(options.cpus_per_trial, options.gpus_per_trial)
    finished = ledger.runs()
    columns = (finished.column(name).to_pylist() for name in ("run_id", "outcome"))
    known = {run_id: o for run_id, o in zip(*columns, strict=True) if run_id in plan.done}
    if not is_running():
        dashboard = setting.session.enter_context(cluster(options.address, options.dashboard))
        setting.signals.install()
        if options.dashboard:
            shown = f"http://{dashboard}" if dashboard else "not available on this cluster"
            console.print(
                f"dashboard: {shown} (actors are named '{plan.ask.study.name} slot N'; it asks for "
                "the token that `ray get-auth-token` prints)",
                markup=False,
                highlight=False,
            )
    slots = resources.slots()
    ledger.put_study(plan.ask.record())
    said = said_of_shorter_runs(plan.missing, finished, ledger.storage)
    if said and not options.quiet:
        console.print(said, markup=False, highlight=False)
    progress = StudyProgress(
        plan.ask, known, Pace.of(finished), slots, console, quiet=options.quiet
    )
    conduct = Conduct(
        retries=options.retries,
        max_failures=options.max_failures,
        failed_before=failed_before,
        retry_failed=options.retry_failed,
        checkpoint_seconds=options.checkpoint_every,
        keep_state=options.keep_state,
    )
    with progress:
        execution = Executor(
            plan.ask, ledger, volumes, resources, progress, setting.signals, conduct
        ).run()
    if execution.interrupted:
        raise KeyboardInterrupt
    own_errors = False
    for run_id, failure in execution.failed.items():
        own_errors |= failure.fault == "run"
        log = ledger.storage.path(log_name(run_id))
        print(
            f"failed: {progress.labels[run_id]} ({run_id}): {failure.reason}; log: {log}",
            file=sys.stderr,
        )
    if execution.stopped:
        print(f"stopped: {execution.stopped}", file=sys.stderr)
    if execution.failed:
        option = " --retry-failed" if own_errors and not options.retry_failed else ""
        print(
            f"the others are kept; train what is missing with: {command_line()}{option}",
            file=sys.stderr,
        )
    return execution


def show_answer(asked: Ask, ask_id: str, setting: Setting) -> None:
    """Print the study's answers and tables, or with `--json` its rows."""
    ledger, options, console = setting.ledger, setting.options, setting.console
    from results.loading import load_curves, load_study
    from results.reports.lines import teachers_of
    from results.reports.sentences import answers
    from results.reports.summary import print_answer
    from results.statistics.compared import compared

    name = asked.study.name
    frame = load_study(options.out, name, ask_id)
    where: dict[str, Any] = {
        "runs": ledger.storage.path("ledger/runs"),
        "curves": ledger.storage.path("ledger/curves"),
        "weights": ledger.storage.path("weights"),
        "pictures": ledger.storage.path("predictions"),
        "logs": ledger.storage.path("logs"),
    }
    if options.json:
        records = json.loads(frame.to_json(orient="records", date_format="iso") or "[]")
        print(json.dumps({"study": name, "ask_id": ask_id, "rows": records, "where": where}))
        return
    record = asked.record()
    curves = load_curves(options.out, frame["run_id"] if record["claims"] else ())
    found = answers(frame, record, curves, compared(frame, record))
    print_answer(console, frame, record, teachers_of(frame, ledger), found)
    for what, path in where.items():
        print(f"{what + ':':<10} {path}")
    out = "" if options.out == "outputs" else f" --out {shlex.quote(options.out)}"
    print(f"more tables, and figures: python -m study.report {name}{out}")
    print(f"in pandas: results.load_study({options.out!r}, {name!r})")


def command_line() -> str:
    return "python -m study.run " + shlex.join(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
