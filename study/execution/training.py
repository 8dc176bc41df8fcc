"""Training what a request lacks, from the cluster's start to what is said of failed runs."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from core.config import RunConfig
from core.data.sources import Source
from core.engines.lanes.cache import is_compiled
from core.engines.lanes.compiler import CompilerError
from core.engines.lanes.kernels import kernels
from results.ledger.layout import log_name
from results.ledger.ledger import Ledger
from results.streams import print_line
from study.execution.cluster import cluster, is_running, slots_of
from study.execution.display import LiveDisplay
from study.execution.executor import Execution, Executor
from study.execution.forecast import Forecast
from study.execution.horizons import said_of_shorter_runs
from study.execution.stopping import StopSignals
from study.execution.tracker import RunTracker
from study.execution.training_options import TrainingOptions
from study.planning.pace import Pace
from study.planning.standing import Standing


@dataclass(frozen=True)
class TrainingSession:
    """What the studies and rounds of one command share."""

    source: Source
    ledger: Ledger
    console: Console
    signals: StopSignals
    exit_stack: contextlib.ExitStack
    """Ends the one Ray cluster of the command, if any study trains."""

    def say(self, text: str) -> None:
        print_line(self.console, text)

    def require_cluster(self, options: TrainingOptions, study: str) -> None:
        """Start or join the cluster, unless an earlier study of the command has done so."""
        if is_running():
            return
        when_lost = f"finished runs are kept, train what is missing with: {options.command_line}"
        dashboard = self.exit_stack.enter_context(
            cluster(options.address, options.dashboard, when_lost)
        )
        self.signals.install()
        if options.dashboard:
            shown = f"http://{dashboard}" if dashboard else "not available on this cluster"
            self.say(
                f"dashboard: {shown} (under Actors, the column Repr says '{study} slot N'; it asks "
                "for the token that `ray get-auth-token` prints)"
            )


def train(standing: Standing, session: TrainingSession, options: TrainingOptions) -> Execution:
    """Train what is missing; what failed is said on stderr.

    Returns:
        How it ended.

    Raises:
        ConfigError: a cluster that cannot be had, or is too small for one trial.
        KeyboardInterrupt: it was interrupted; what is finished is kept.
        LedgerError: the place cannot be read or written.
    """
    ledger = session.ledger
    volumes = session.source.load()
    finished = ledger.runs()
    columns = (finished.column(name).to_pylist() for name in ("run_id", "outcome"))
    known = {run_id: o for run_id, o in zip(*columns, strict=True) if run_id in standing.done}
    lanes = lanes_for(standing.missing, options, session.say)
    session.require_cluster(options, standing.request.study.name)
    slots = slots_of(options.resources)
    if options.only_ray_knows:
        ledger.put_study(standing.request.record())
    said = said_of_shorter_runs(standing.missing, finished, ledger.storage)
    if said and not options.quiet:
        session.say(said)
    tracker = RunTracker(standing.request, known)
    forecast = Forecast(tracker, Pace.of(finished), slots)
    with LiveDisplay(tracker, forecast, session.console, quiet=options.quiet):
        execution = Executor(tracker, ledger, volumes, session.signals, options, lanes).run()
    if execution.interrupted:
        raise KeyboardInterrupt
    report_failures(execution, tracker.labels, ledger, options)
    return execution


def lanes_for(
    missing: Sequence[RunConfig], options: TrainingOptions, say: Callable[[str], None]
) -> int:
    """Find how many runs of the engine `lanes` a trial trains at once; compile what that takes.

    Raises:
        CompilerError: runs need the lanes, and this machine cannot compile them.
    """
    if all(config.engine != "lanes" for config in missing):
        return 1
    if not is_compiled() and not options.quiet:
        say("compiling the engine lanes for this CPU (once) ...")
    try:
        lanes = kernels().lanes
    except CompilerError as error:
        raise CompilerError(f"{error}; or give --engine torch") from error
    return min(lanes, options.most_together or lanes)


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
