"""Training what a request lacks, from the cluster's start to what is said of failed runs."""

import contextlib
import sys
from dataclasses import dataclass

from rich.console import Console

from core.data.sources import Source
from results.ledger.ledger import Ledger, log_name
from study.execution.cluster import cluster, is_running, slots_of
from study.execution.executor import Execution, Executor
from study.execution.horizons import said_of_shorter_runs
from study.execution.progress import StudyProgress
from study.execution.stopping import StopSignals
from study.execution.training_options import TrainingOptions
from study.pace import Pace
from study.standing import Standing


@dataclass(frozen=True)
class TrainingSession:
    """What the studies and rounds of one command share."""

    source: Source
    ledger: Ledger
    console: Console
    signals: StopSignals
    exit_stack: contextlib.ExitStack
    """Ends the one Ray cluster of the command, if any study trains."""


def train(standing: Standing, session: TrainingSession, options: TrainingOptions) -> Execution:
    """Train what is missing; what failed is said on stderr.

    Returns:
        How it ended.

    Raises:
        ConfigError: a cluster that cannot be had, or is too small for one trial.
        KeyboardInterrupt: it was interrupted; what is finished is kept.
        LedgerError: nothing can be stored there.
    """
    ledger = session.ledger

    def say(text: str) -> None:
        session.console.print(text, markup=False, highlight=False)

    volumes = session.source.load()
    ledger.storage.require_writable()
    finished = ledger.runs()
    columns = (finished.column(name).to_pylist() for name in ("run_id", "outcome"))
    known = {run_id: o for run_id, o in zip(*columns, strict=True) if run_id in standing.done}
    if not is_running():
        dashboard = session.exit_stack.enter_context(cluster(options.address, options.dashboard))
        session.signals.install()
        if options.dashboard:
            shown = f"http://{dashboard}" if dashboard else "not available on this cluster"
            say(
                f"dashboard: {shown} (actors are named '{standing.request.study.name} slot N'; it "
                "asks for the token that `ray get-auth-token` prints)"
            )
    slots = slots_of(options.resources)
    ledger.put_study(standing.request.record())
    said = said_of_shorter_runs(standing.missing, finished, ledger.storage)
    if said and not options.quiet:
        say(said)
    progress = StudyProgress(
        standing.request, known, Pace.of(finished), slots, session.console, quiet=options.quiet
    )
    with progress:
        execution = Executor(
            standing.request, ledger, volumes, progress, session.signals, options
        ).run()
    if execution.interrupted:
        raise KeyboardInterrupt
    report_failures(execution, progress.labels, ledger, options)
    return execution


def report_failures(
    execution: Execution, labels: dict[str, str], ledger: Ledger, options: TrainingOptions
) -> None:
    """Say on stderr which runs failed, why training stopped, and what trains the rest."""
    for run_id, failure in execution.failed.items():
        log = ledger.storage.path(log_name(run_id))
        print(f"failed: {labels[run_id]} ({run_id}): {failure.reason}; log: {log}", file=sys.stderr)
    if execution.stopped:
        print(f"stopped: {execution.stopped}", file=sys.stderr)
    if execution.failed:
        own_errors = any(failure.fault == "run" for failure in execution.failed.values())
        option = " --retry-failed" if own_errors and not options.failures.retry_failed else ""
        print(
            f"the others are kept; train what is missing with: {options.command_line}{option}",
            file=sys.stderr,
        )
