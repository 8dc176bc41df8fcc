"""The command `python -m scripts.overhead`: what a run costs beside its training.

Runs that train nothing go through everything else that a run goes through: Ray Tune, a worker, a
lease, a row, a curve, weights and a log in the ledger. Reported, never asserted.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.config import RunConfig
from core.data.phantom import Phantom
from core.data.sources import PhantomSource
from core.packed_run import PackedRun
from core.run_row import config_columns
from core.trainable import RunPack
from results.command_line import DONE, json_option, program
from results.ledger.ledger import Ledger
from results.option_types import COUNT_FROM_ONE, POSITIVE
from scripts.places import place
from searchspaces.axes import Axis
from study.definition import Study
from study.execution.cluster import cluster, slots_of
from study.execution.display import LiveDisplay
from study.execution.executor import Executor
from study.execution.forecast import Forecast
from study.execution.stopping import StopSignals
from study.execution.tracker import RunObserver, RunTracker
from study.execution.training_options import Resources, TrainingOptions
from study.planning.pace import Pace
from study.profiles import usual_profiles
from study.requesting import request_study

EXAMPLE = """example:
  python -m scripts.overhead --runs 1000
      ten minutes on two cores
"""
EVALUATIONS = 100

STUDY = Study(
    name="overhead",
    question="What does a run cost that trains nothing?",
    reference="none",
    base=RunConfig(width=1),
    axes=(Axis("lr", (1e-3,)),),
    seeds=1,
    profiles=usual_profiles(),
)


class IdleRun(PackedRun):
    """A run that is over as soon as it has begun; its figures mean nothing."""

    def begin(self) -> dict[str, Any]:
        self.leases.acquire(self.run_id, self.job.owner)
        now = datetime.now(UTC)
        row = config_columns(self.config) | {
            "outcome": "flat",
            "fell": True,
            "learned": False,
            "iterations_done": 0,
            "train_seconds": 0.0,
            "evaluate_seconds": 0.0,
            "started_at": now,
            "finished_at": now,
        }
        curve = [{"iteration": k, "test_loss": 0.5, "outcome": "flat"} for k in range(EVALUATIONS)]
        self._say("nothing to do")
        self._write_log()
        self.ledger.put_run(row, curve, b"")
        self.leases.release(self.run_id, self.job.owner)
        return self._report("finished", 0, outcome="flat")


class IdlePack(RunPack):
    run_class = IdleRun


class Notes(RunObserver):
    """Notes time and memory of the driver whenever a tenth of the runs is finished."""

    def __init__(self, tracker: RunTracker) -> None:
        self.tracker, self.started = tracker, time.monotonic()
        self.notes: list[dict[str, float]] = []
        tracker.observers.append(self)

    def on_finished(self, run_id: str, outcome: str, *, elsewhere: bool) -> None:
        done, total = len(self.tracker.outcomes), len(self.tracker.configs)
        if done % max(1, total // 10) == 0:
            self.notes.append(
                {
                    "runs": done,
                    "seconds": time.monotonic() - self.started,
                    "driver_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                }
            )


def measure(runs: int, out: Path, cpus: float, console: Console) -> dict[str, Any]:
    """Train nothing so many times, each on so many CPUs; what it took."""
    source = PhantomSource(Phantom(training_slices=12, testing_slices=3, side=64))
    request = request_study(STUDY, source, "smoke", seeds=[(seed, seed) for seed in range(runs)])
    ledger, resources = Ledger(str(out)), Resources(cpus)
    with StopSignals() as signals, cluster("local", dashboard=False):
        signals.install()
        tracker = RunTracker(request, {})
        notes = Notes(tracker)
        slots = slots_of(resources)
        with LiveDisplay(tracker, Forecast(tracker, Pace(), slots), console):
            options = TrainingOptions(resources)
            executor = Executor(tracker, ledger, source.load(), signals, options)
            begun = time.monotonic()
            executor.run(IdlePack)
            seconds = time.monotonic() - begun
    files = [path for path in out.rglob("*") if path.is_file()]
    finished = len(ledger.finished(request.distinct))
    return {
        "runs": runs,
        "finished": finished,
        "slots": slots,
        "seconds": seconds,
        "seconds_a_run_and_slot": seconds * slots / runs,
        "bytes_a_run": sum(path.stat().st_size for path in files) / runs,
        "files_a_run": len(files) / runs,
        "notes": notes.notes,
    }


@program("scripts.overhead", "Measure what a run costs beside its training.", EXAMPLE)
@click.option(
    "--runs", type=COUNT_FROM_ONE, default=200, metavar="N", help="how many (default: 200)"
)
@click.option("--out", metavar="DIR", help="keep the ledger there (default: a temporary directory)")
@click.option(
    "--cpus-per-trial",
    type=POSITIVE,
    default=1.0,
    metavar="X",
    help="CPUs a run takes, fractions allowed: more runs at once (default: 1)",
)
@json_option
def main(runs: int, out: str | None, cpus_per_trial: float, as_json: bool) -> int:
    """Train the runs, measure and print."""
    with place(out) as folder:
        report = measure(runs, Path(folder), cpus_per_trial, Console(stderr=True))
    if as_json:
        print(json.dumps(report))
        return DONE
    print(
        f"{report['finished']} of {report['runs']} runs in {report['seconds']:.0f} s on "
        f"{report['slots']} slots: "
        f"{report['seconds_a_run_and_slot']:.2f} s a run and slot, "
        f"{report['bytes_a_run'] / 1000:.1f} kB and {report['files_a_run']:.1f} files a run"
    )
    for note in report["notes"]:
        print(
            f"after {note['runs']:>6.0f} runs: {note['seconds']:>6.0f} s, driver's largest memory "
            f"{note['driver_megabytes']:.0f} MB"
        )
    return DONE


if __name__ == "__main__":
    sys.exit(main())
