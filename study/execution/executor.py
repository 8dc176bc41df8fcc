"""Ray Tune as the executor: generations in order, waves of packs, the ledger as the truth."""

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ray import tune
from ray.exceptions import RayError

from core.config import RunConfig
from core.data.sources import Volumes
from core.trainable import Job, RunPack
from results.errors import LedgerError, StorageError
from results.ledger.leases import Leases
from results.ledger.ledger import Ledger, log_name
from results.text import counted
from study.execution.cluster import slots_of
from study.execution.heartbeat import Heartbeat
from study.execution.preflight import unusable_parents
from study.execution.progress import Failure, StudyProgress
from study.execution.stopping import StopSignals
from study.execution.training_options import TrainingOptions
from study.execution.version import version
from study.request import StudyRequest

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


class Stopper(tune.Stopper):
    """Ends a Tune experiment as soon as the execution has a reason to stop."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self.execution.stopped is not None


class Executor:
    """Trains every run of a request that has no row yet, parents before those that need them."""

    def __init__(
        self,
        request: StudyRequest,
        ledger: Ledger,
        volumes: Volumes,
        progress: StudyProgress,
        signals: StopSignals,
        options: TrainingOptions,
    ) -> None:
        self.request, self.ledger, self.volumes = request, ledger, volumes
        self.progress, self.signals = progress, signals
        self.resources, self.policy = options.resources, options.failures
        self.checkpoints = options.checkpoints
        self.leases = Leases(ledger.storage)
        self.execution = Execution()
        self.tries: Counter[str] = Counter()
        self.alone: set[str] = set()
        """Runs that were at work when a whole experiment broke down."""
        self.slots = slots_of(self.resources)
        progress.on_failure = self._on_failure

    def run(self, pack: type[RunPack] = RunPack) -> Execution:
        """Train; how it ended. Every lease is given back, whatever happens."""
        with Heartbeat(self.leases, self.request.study.name) as heartbeat:
            job = Job(
                study=self.request.study.name,
                out=absolute(self.ledger.storage.location),
                windows=self.request.study.profiles[self.request.profile].windows,
                threads=self.resources.threads,
                use_gpu=self.resources.gpus > 0,
                code=version(),
                owner=heartbeat.token,
                checkpoint_seconds=self.checkpoints.every_seconds,
                keep_state=self.request.kept_states(everything=self.checkpoints.keep_final),
            )
            trainable = tune.with_resources(
                tune.with_parameters(pack, volumes=self.volumes, job=job),
                {"cpu": self.resources.cpus, "gpu": self.resources.gpus},
            )
            for generation in self.request.generations():
                self._train(generation, trainable, job.owner)
                if self.execution.interrupted or self.execution.stopped:
                    break
        return self.execution

    def _train(self, generation: Sequence[RunConfig], trainable: Any, owner: str) -> None:
        done = self.ledger.finished(config.run_id for config in generation)
        todo = self._without_failed([c for c in generation if c.run_id not in done])
        self.execution.stopped = unusable_parents(todo, self.ledger)
        while todo and not self.execution.stopped:
            again: list[RunConfig] = []
            held: list[RunConfig] = []
            for wave in self._waves(todo):
                for config in wave:
                    self.progress.again(config.run_id)
                broken = self._tune(trainable, wave)
                if broken:
                    self._break(wave, owner, broken)
                self._settle(wave, owner, again, held, bool(broken))
                if self.execution.interrupted or self.execution.stopped:
                    return
            todo = again + held if again else self._wait_for_others(held)

    def _without_failed(self, missing: list[RunConfig]) -> list[RunConfig]:
        """Those that did not end in an error of their own before, or all with `--retry-failed`."""
        if self.policy.retry_failed:
            return missing
        attempts = self.ledger.attempts(config.run_id for config in missing)
        failed = {run_id: a for run_id, a in attempts.items() if a.get("fault") == "run"}
        for run_id, attempt in failed.items():
            failure = Failure(f"{attempt.get('reason')} (an earlier start)", "run")
            self.progress.failures[run_id] = self.execution.failed[run_id] = failure
        return [config for config in missing if config.run_id not in failed]

    def _waves(self, todo: Sequence[RunConfig]) -> list[Sequence[RunConfig]]:
        together = [config for config in todo if config.run_id not in self.alone]
        waves: list[Sequence[RunConfig]] = [
            together[start : start + WAVE] for start in range(0, len(together), WAVE)
        ]
        return waves + [[config] for config in todo if config.run_id in self.alone]

    def _tune(self, trainable: Any, wave: Sequence[RunConfig]) -> str | None:
        """One Tune experiment of explicit cells, in design order.

        Returns:
            Why it broke down, or None. A worker that Ray kills for want of memory takes the whole
            experiment with it (Ray 2.60: `OutOfMemoryError` is neither an actor's nor a task's).
        """
        packs = [
            {"pack": [config.to_dict()], "slot": index % self.slots + 1}
            for index, config in enumerate(wave)
        ]
        with tempfile.TemporaryDirectory(prefix="study-tune-") as storage:
            tuner = tune.Tuner(
                trainable,
                param_space={"cell": tune.grid_search(packs)},
                tune_config=tune.TuneConfig(
                    reuse_actors=True,
                    trial_name_creator=lambda trial: f"run-{trial.trial_id}",
                    trial_dirname_creator=lambda trial: trial.trial_id,
                ),
                run_config=tune.RunConfig(
                    name="study",
                    storage_path=storage,
                    verbose=0,
                    stop=Stopper(self.execution),
                    callbacks=[self.progress],
                    checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                ),
            )
            self.signals.tuning = True
            try:
                tuner.fit()
            except Exception as error:
                if not any(isinstance(e, RayError) for e in (error, error.__cause__)):
                    raise
                return str(error.__cause__ or error).strip().splitlines()[0]
            finally:
                self.signals.tuning = False
            return None

    def _break(self, wave: Sequence[RunConfig], owner: str, reason: str) -> None:
        """Call the runs that were at work failed; each is tried again with nothing beside it."""
        for config in wave:
            run_id = config.run_id
            ended = run_id in self.progress.outcomes or run_id in self.progress.failures
            if not ended and self.leases.is_held_by(run_id, owner):
                self.alone.add(run_id)
                self.progress.fail(run_id, Failure(reason, "machine", lost=True))

    def _settle(
        self,
        wave: Sequence[RunConfig],
        owner: str,
        again: list[RunConfig],
        held: list[RunConfig],
        broken: bool,
    ) -> None:
        """Hold what Tune did against the ledger: it returns normally when trials failed, and also
        when it was interrupted."""
        done = self.ledger.finished(config.run_id for config in wave)
        for config in wave:
            run_id = config.run_id
            failure = self.progress.failures.get(run_id)
            if run_id in done:
                continue
            if failure is not None:
                self.tries[run_id] += 1
                if failure.lost:
                    self._bury(run_id, failure, owner)
                if failure.fault == "machine" and self.tries[run_id] <= self.policy.retries:
                    again.append(config)
                else:
                    self.execution.failed[run_id] = failure
            elif run_id in self.progress.elsewhere:
                held.append(config)
            elif broken:
                again.append(config)
            elif not self.execution.stopped:
                self.execution.interrupted = True

    def _bury(self, run_id: str, failure: Failure, owner: str) -> None:
        """Do for a worker that died what it could not do itself."""
        with contextlib.suppress(StorageError):
            log = self.ledger.storage.path(log_name(run_id))
            self.ledger.put_attempt(run_id, failure.reason, log, failure.fault)
            self.leases.release(run_id, owner)

    def _on_failure(self, failure: Failure) -> None:
        """Stop where going on would lose what runs have learned, or where the user said so."""
        limit = self.policy.max_failures
        failed = {r for r, f in self.progress.failures.items() if r not in self.execution.failed}
        failed |= set(self.execution.failed)
        count = self.policy.failed_before + len(failed)
        if limit is not None and count >= limit:
            self.execution.stopped = f"{counted(count, 'run')} failed (--max-failures {limit})"
        if failure.fault == "machine":
            try:
                self.ledger.storage.require_writable()
            except LedgerError as error:
                self.execution.stopped = (
                    f"nothing can be stored any more: {error}; make room, then continue with the "
                    "same command"
                )

    def _wait_for_others(self, held: list[RunConfig]) -> list[RunConfig]:
        """Wait until the commands that train these runs have finished them; those they gave up."""
        said: set[str] = set()
        while held:
            outcomes = {
                row["run_id"]: row["outcome"]
                for row in self.ledger.runs(config.run_id for config in held).to_pylist()
            }
            self.progress.finished_elsewhere(outcomes)
            held = [config for config in held if config.run_id not in outcomes]
            holders = {config.run_id: self.leases.holder(config.run_id) for config in held}
            if None in holders.values():
                return [config for config in held if holders[config.run_id] is None]
            for holder in sorted({str(holder) for holder in holders.values()} - said):
                said.add(holder)
                theirs = [r for r, h in holders.items() if str(h) == holder]
                named = "; ".join(self.progress.labels[run_id] for run_id in theirs[:3])
                more = f" and {len(theirs) - 3} more" if len(theirs) > 3 else ""
                self.progress.say(f"waiting for {holder}, which trains {named}{more}")
            if held:
                time.sleep(POLL_SECONDS)
        return []


def absolute(location: str) -> str:
    """Workers run in directories of their own."""
    return location if "://" in location else str(Path(location).absolute())
