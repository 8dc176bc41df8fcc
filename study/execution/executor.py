"""What is trained when: generations in order, waves of runs, the ledger as the truth."""

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ray import tune

from core.config import RunConfig
from core.data.sources import Volumes
from core.packed_run import Job
from core.trainable import RunPack
from results.errors import LedgerError, StorageError
from results.ledger.layout import log_name
from results.ledger.leases import Leases
from results.ledger.ledger import Ledger
from results.text import counted
from study.execution.cluster import slots_of
from study.execution.experiment import run_experiment
from study.execution.heartbeat import Heartbeat
from study.execution.packing import PlannedPack, packs_of
from study.execution.preflight import preflight
from study.execution.stopping import StopSignals
from study.execution.tracker import Failure, RunObserver, RunTracker
from study.execution.training_options import TrainingOptions
from study.execution.version import version

WAVE = 500
"""Trials a Tune experiment at the most: its state is rewritten whole at every snapshot."""
POLL_SECONDS = 2.0


@dataclass
class Execution:
    """How a command ended."""

    failed: dict[str, Failure] = field(default_factory=dict)
    """Runs without an outcome."""
    interrupted: bool = False
    stopped: str | None = None
    """Why no more runs were started."""


class Executor(RunObserver):
    """Trains every run of a request that has no row yet, parents before those that need them.

    Args:
        tracker: of the request's runs; the executor listens to it.
        ledger: where the runs go.
        volumes: of the request's data.
        signals: of the command, which may stop it.
        options: what the user chose.
        lanes: how many runs of the engine `lanes` a trial trains at once.
    """

    def __init__(
        self,
        tracker: RunTracker,
        ledger: Ledger,
        volumes: Volumes,
        signals: StopSignals,
        options: TrainingOptions,
        lanes: int = 1,
    ) -> None:
        self.tracker, self.request = tracker, tracker.request
        self.ledger, self.volumes, self.signals = ledger, volumes, signals
        self.resources, self.policy = options.resources, options.failures
        self.checkpoints = options.checkpoints
        self.leases = Leases(ledger.storage)
        self.execution = Execution()
        self.tries: Counter[str] = Counter()
        self.alone: set[str] = set()
        """Runs that were at work when a whole experiment broke down."""
        self.slots, self.lanes = slots_of(self.resources), lanes
        tracker.observers.append(self)

    def run(self, pack: type[RunPack] = RunPack) -> Execution:
        """Train; return how it ended. Every lease is given back, whatever happens."""
        with Heartbeat(self.leases, self.request.study.name) as heartbeat:
            job = self._job(heartbeat.token)
            trainable = tune.with_resources(
                tune.with_parameters(pack, volumes=self.volumes, job=job),
                {"cpu": self.resources.cpus, "gpu": self.resources.gpus},
            )
            for generation in self.request.generations():
                self._train(generation, trainable, job.owner)
                if self.execution.interrupted or self.execution.stopped:
                    break
        return self.execution

    def _job(self, owner: str) -> Job:
        return Job(
            study=self.request.study.name,
            out=absolute(self.ledger.storage.location),
            windows=self.request.study.profiles[self.request.profile].windows,
            threads=self.resources.threads,
            use_gpu=self.resources.gpus > 0,
            code=version(),
            owner=owner,
            checkpoint_seconds=self.checkpoints.every_seconds,
            keep_state=self.request.kept_states(everything=self.checkpoints.keep_final),
        )

    def _train(self, generation: Sequence[RunConfig], trainable: Any, owner: str) -> None:
        """Train what is missing of a generation, until every run of it has ended."""
        done = self.ledger.finished(config.run_id for config in generation)
        todo = self._without_failed([c for c in generation if c.run_id not in done])
        self.execution.stopped = preflight(todo, self.ledger)
        while todo and not self.execution.stopped:
            again: list[RunConfig] = []
            held: list[RunConfig] = []
            for wave in self._waves(todo):
                runs = [config for pack in wave for config in pack.runs]
                for config in runs:
                    self.tracker.start_again(config.run_id)
                broken = run_experiment(
                    trainable,
                    wave,
                    self.slots,
                    self.tracker,
                    lambda: self.execution.stopped is not None,
                    self.signals,
                )
                if broken:
                    self._fail_what_was_at_work(runs, owner, broken)
                self._hold_against_ledger(runs, owner, again, held, bool(broken))
                if self.execution.interrupted or self.execution.stopped:
                    return
            todo = again + held if again else self._wait_for_others(held)

    def _without_failed(self, missing: list[RunConfig]) -> list[RunConfig]:
        """Those that did not end in an error of their own before, or all with `--retry-failed`."""
        if self.policy.retry_failed:
            return missing
        attempts = self.ledger.attempts(config.run_id for config in missing)
        failed = {run_id: a for run_id, a in attempts.items() if a.fault == "run"}
        for run_id, attempt in failed.items():
            failure = Failure(f"{attempt.reason} (an earlier start)", "run")
            self.tracker.failures[run_id] = self.execution.failed[run_id] = failure
        return [config for config in missing if config.run_id not in failed]

    def _waves(self, todo: Sequence[RunConfig]) -> list[list[PlannedPack]]:
        """What is given to Tune at once; a run that may need all the memory comes alone."""
        together = [config for config in todo if config.run_id not in self.alone]
        packs = packs_of(together, self.lanes, self.slots)
        waves = [packs[start : start + WAVE] for start in range(0, len(packs), WAVE)]
        alone = [config for config in todo if config.run_id in self.alone]
        return waves + [[PlannedPack((config,), 1)] for config in alone]

    def _fail_what_was_at_work(self, runs: Sequence[RunConfig], owner: str, reason: str) -> None:
        """Call the runs failed that were at work when an experiment broke down; each is tried
        again with nothing beside it."""
        for config in runs:
            run_id = config.run_id
            if not self.tracker.has_ended(run_id) and self.leases.is_held_by(run_id, owner):
                self.alone.add(run_id)
                self.tracker.fail(run_id, Failure(reason, "machine", lost=True))

    def _hold_against_ledger(
        self,
        runs: Sequence[RunConfig],
        owner: str,
        again: list[RunConfig],
        held: list[RunConfig],
        broken: bool,
    ) -> None:
        """Sort the runs without a row: to be tried `again`, `held` by other commands, failed. A
        run of which nothing was heard was interrupted."""
        done = self.ledger.finished(config.run_id for config in runs)
        for config in runs:
            run_id = config.run_id
            failure = self.tracker.failures.get(run_id)
            if run_id in done:
                continue
            if failure is not None:
                self.tries[run_id] += 1
                if failure.lost:
                    self._record_lost(run_id, failure, owner)
                if failure.fault == "machine" and self.tries[run_id] <= self.policy.retries:
                    again.append(config)
                else:
                    self.execution.failed[run_id] = failure
            elif run_id in self.tracker.elsewhere:
                held.append(config)
            elif broken:
                again.append(config)
            elif not self.execution.stopped:
                self.execution.interrupted = True

    def _record_lost(self, run_id: str, failure: Failure, owner: str) -> None:
        """Do for a worker that died what it could not do itself."""
        with contextlib.suppress(StorageError):
            log = self.ledger.storage.path(log_name(run_id))
            self.ledger.put_attempt(run_id, failure.reason, log, failure.fault)
            self.leases.release(run_id, owner)

    def on_failed(self, run_id: str, failure: Failure) -> None:
        """Stop where going on would lose what runs have learned, or where the user said so."""
        limit = self.policy.max_failures
        failed = self.tracker.failures.keys() | self.execution.failed.keys()
        count = self.policy.failed_before + len(failed)
        if limit is not None and count >= limit:
            self.execution.stopped = f"{counted(count, 'run')} failed (--max-failures {limit})"
        if failure.fault == "machine":
            try:
                self.ledger.storage.require_writable()
            except LedgerError as error:
                self.execution.stopped = f"nothing can be stored any more: {error}"

    def _wait_for_others(self, held: list[RunConfig]) -> list[RunConfig]:
        """Wait until the commands that train these runs have finished them, or one of them has
        given a run up; return what is not finished."""
        said: set[str] = set()
        while held:
            outcomes = {
                row["run_id"]: row["outcome"]
                for row in self.ledger.runs(config.run_id for config in held).to_pylist()
            }
            self.tracker.finish_elsewhere(outcomes)
            held = [config for config in held if config.run_id not in outcomes]
            holders = {config.run_id: self.leases.holder(config.run_id) for config in held}
            if None in holders.values():
                return held
            for holder in sorted({str(holder) for holder in holders.values()} - said):
                said.add(holder)
                self.tracker.wait([r for r, h in holders.items() if str(h) == holder], holder)
            if held:
                time.sleep(POLL_SECONDS)
        return []


def absolute(location: str) -> str:
    """Return a place that means the same in workers, which run in directories of their own."""
    return location if "://" in location else str(Path(location).absolute())
