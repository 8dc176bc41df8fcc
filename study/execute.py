"""Ray Tune as the executor: generations in order, waves of packs, the ledger as the truth."""

import contextlib
import logging
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray
from ray import tune

from core.config import RunConfig
from core.data import Volumes
from core.trainable import Job, RunPack
from results.errors import ConfigError
from results.ledger import Ledger, log_name
from study.ask import Ask
from study.progress import StudyProgress
from study.version import version

WAVE = 500
"""Trials a Tune experiment at the most: its state is rewritten whole at every snapshot."""


@dataclass(frozen=True)
class Resources:
    """What one trial takes, in CPUs and GPUs; fractions share a device."""

    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def threads(self) -> int:
        return max(1, int(self.cpus))

    def slots(self) -> int:
        """How many trials the running cluster takes at once.

        Raises:
            ConfigError: not even one.
        """
        have = ray.cluster_resources()
        limits = []
        for kind, each in (("CPU", self.cpus), ("GPU", self.gpus)):
            if each <= 0:
                continue
            available = have.get(kind, 0.0)
            if each > available:
                option = f"--{kind.lower()}s-per-trial"
                raise ConfigError(f"{option} {each:g}: the cluster has {available:g} {kind}s")
            limits.append(int(available / each + 1e-9))
        return min(limits)


@dataclass
class Execution:
    """How a command ended."""

    failed: dict[str, str] = field(default_factory=dict)
    """Run id to reason."""
    interrupted: bool = False
    stopped: str | None = None
    """Why later generations were not started."""


def is_running() -> bool:
    """Whether this process has a cluster already."""
    return ray.is_initialized()


@contextlib.contextmanager
def cluster(address: str, dashboard: bool) -> Iterator[str | None]:
    """A Ray cluster for the time of a command. Yields the dashboard's address, if it has one."""
    local = address == "local"
    try:
        context = ray.init(
            address=address,
            include_dashboard=dashboard if local else None,
            log_to_driver=False,
            configure_logging=True,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(f"--address {address}: no Ray cluster there ({reason})") from error
    # A worker that dies is a line of the progress display, not a traceback of Tune's.
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    # Tune saves and returns on SIGUSR1, and dies of SIGTERM.
    previous = signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        yield context.dashboard_url or None
    finally:
        signal.signal(signal.SIGTERM, previous)
        ray.shutdown()


def execute(
    ask: Ask,
    ledger: Ledger,
    volumes: Volumes,
    resources: Resources,
    callback: StudyProgress,
) -> Execution:
    """Train every run that has no row yet, teachers before their students."""
    execution = Execution()
    slots = resources.slots()
    job = Job(
        study=ask.study.name,
        out=absolute(ledger.storage.location),
        windows=ask.study.profiles[ask.profile].windows,
        threads=resources.threads,
        use_gpu=resources.gpus > 0,
        code=version(),
    )
    trainable = tune.with_resources(
        tune.with_parameters(RunPack, volumes=volumes, job=job),
        {"cpu": resources.cpus, "gpu": resources.gpus},
    )
    for generation in ask.generations():
        done = ledger.finished(config.run_id for config in generation)
        missing = [config for config in generation if config.run_id not in done]
        unusable = unusable_parents(missing, ledger)
        if unusable:
            execution.stopped = unusable
            return execution
        for start in range(0, len(missing), WAVE):
            wave = missing[start : start + WAVE]
            run_wave(trainable, wave, slots, callback)
            settle(wave, ledger, callback, execution)
            if execution.interrupted:
                return execution
    return execution


def run_wave(
    trainable: Any, wave: Sequence[RunConfig], slots: int, callback: StudyProgress
) -> None:
    """One Tune experiment of explicit cells, in design order."""
    packs = [
        {"pack": [config.to_dict()], "slot": index % slots + 1} for index, config in enumerate(wave)
    ]
    with tempfile.TemporaryDirectory(prefix="study-tune-") as storage:
        tune.Tuner(
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
                callbacks=[callback],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        ).fit()


def settle(
    wave: Sequence[RunConfig], ledger: Ledger, callback: StudyProgress, execution: Execution
) -> None:
    """Hold what Tune did against the ledger: it returns normally when trials failed, and also
    when it was interrupted."""
    done = ledger.finished(config.run_id for config in wave)
    for config in wave:
        if config.run_id in done:
            continue
        reason = callback.failures.get(config.run_id)
        if reason is None:
            execution.interrupted = True
        else:
            execution.failed[config.run_id] = reason
            if config.run_id in callback.lost:  # its worker died and could not say so itself
                log = ledger.storage.path(log_name(config.run_id))
                ledger.put_attempt(config.run_id, reason, log)


def unusable_parents(students: Sequence[RunConfig], ledger: Ledger) -> str | None:
    """Why these runs cannot be started, or None: the runs whose weights they need must be there,
    and a teacher must have learned."""
    starts = {run.start_from.run_id for run in students if run.start_from is not None}
    teachers = {
        run.teacher.run_id for run in students if run.needs_teacher and run.teacher is not None
    }
    needed = starts | teachers
    rows = {row["run_id"]: row for row in ledger.runs(needed).to_pylist()} if needed else {}
    for run_id in sorted(needed):
        row = rows.get(run_id)
        kind = "teacher" if run_id in teachers else "start"
        if row is None:
            return f"the {kind} {run_id} has no outcome, so the runs that need it were not started"
        if kind == "teacher" and not row["learned"]:
            return (
                f"the teacher {run_id} did not learn ({row['outcome']}, test loss "
                f"{row['test_loss_final']:.3f}, barrier {row['barrier']:.3f}), so its students "
                "were not started; give it more iterations with --set teacher.iterations=N"
            )
        ledger.weights(run_id)
    return None


def absolute(location: str) -> str:
    """Workers run in directories of their own."""
    return location if "://" in location else str(Path(location).absolute())
