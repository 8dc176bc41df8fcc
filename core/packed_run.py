"""One run of a study from its newest checkpoint to its row, under a lease."""

import contextlib
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from core.config import RunConfig
from core.data.sources import Volumes
from core.evaluation.picture import picture
from core.networks import network_from_weights, weights_of
from core.run_row import run_row
from core.training.checkpoint import checkpoint_folder, usable_checkpoints
from core.training.trainer import Trainer
from results.errors import ConfigError, StorageError
from results.ledger.attempt import Fault
from results.ledger.layout import log_name
from results.ledger.leases import Lease, Leases
from results.ledger.ledger import Ledger
from results.windows import Windows

PROGRESS_SECONDS = 10.0


@dataclass(frozen=True)
class Job:
    """What all runs of one command share; nothing of it is part of a run's identity."""

    study: str
    out: str
    windows: Windows
    threads: int
    use_gpu: bool
    code: Mapping[str, Any] = field(default_factory=dict)
    """The commit of the program, and whether its files differ from it."""
    owner: str = "nobody"
    """The token of the command that leases the runs, see `results.ledger.leases`."""
    checkpoint_seconds: float = 30.0
    """How many seconds of training a crash may cost."""
    keep_state: frozenset[str] = frozenset()
    """The runs whose state at the horizon is kept, so that a longer one can go on from it."""


class PackedRun:
    """Takes one run of a pack from its newest checkpoint to its row; the pack trains it."""

    def __init__(self, config: RunConfig, volumes: Volumes, job: Job, ledger: Ledger) -> None:
        self.config, self.volumes, self.job, self.ledger = config, volumes, job, ledger
        self.run_id = config.run_id
        self.leases = Leases(ledger.storage)
        self.checkpoint_name = f"{checkpoint_folder(config)}/{self.run_id}.safetensors"
        self.keeps_state = self.run_id in job.keep_state
        self.trainer: Trainer | None = None
        self.log: list[str] = []
        self.saved_at = self.told_at = time.monotonic()

    @property
    def training(self) -> Trainer:
        """The trainer of a run that has begun."""
        assert self.trainer is not None, "the run has not begun"
        return self.trainer

    @property
    def has_state_to_keep(self) -> bool:
        """Whether the run's present state is to be kept, for a longer one to go on from."""
        return self.keeps_state and self.training.at_horizon_unmeasured

    @property
    def checkpoint_due(self) -> bool:
        """Whether a crash would cost more than it may."""
        is_due = time.monotonic() - self.saved_at >= self.job.checkpoint_seconds
        return is_due or self.has_state_to_keep

    def anew(self) -> "PackedRun":
        """Return this run as it was before it began."""
        return type(self)(self.config, self.volumes, self.job, self.ledger)

    def begin(self) -> dict[str, Any] | None:
        """Lease the run and go to its newest checkpoint; return a report if it is not trained."""
        try:
            holder = self.leases.acquire(self.run_id, self.job.owner)
            if holder is not None:
                return self._report("elsewhere", 0, reason=str(holder))
            outcome = self.ledger.outcome(self.run_id)
            if outcome is not None:  # another command was faster
                self.leases.release(self.run_id, self.job.owner)
                return self._report("finished", self.config.iterations, outcome=outcome)
            self.trainer = self._start()
        except Exception as error:
            return self.fail(error)
        return None

    def note(self, point: dict[str, Any]) -> None:
        """Write an evaluation to the run's log."""
        self._say(
            f"iteration {point['iteration']}: train loss {point['train_loss']}, "
            f"test loss {point['test_loss']}, {point['outcome']}"
        )

    def progress(self) -> dict[str, Any]:
        """Tell how far the run is, or that its lease is another's by now."""
        trainer = self.training
        if not self._tell(trainer):
            return self._report("elsewhere", trainer.iteration, reason="another command")
        return self._report("running", trainer.iteration)

    def commit(self) -> dict[str, Any]:
        """Store what the run has become."""
        try:
            trainer = self.training
            return self._report("finished", trainer.iteration, outcome=self._commit(trainer))
        except Exception as error:
            return self.fail(error)

    def leave(self) -> None:
        """Save what is not finished and give the lease back."""
        with contextlib.suppress(StorageError):  # the newest checkpoint is a little older then
            self.save_checkpoint()
            self.leases.release(self.run_id, self.job.owner)

    def fail(self, error: Exception) -> dict[str, Any]:
        """Note that the run ended in an error."""
        iteration = self.trainer.iteration if self.trainer else 0
        self._say("".join(traceback.format_exception(error)))
        reason = f"{type(error).__name__}: {error}"
        fault = fault_of(error)
        with contextlib.suppress(StorageError):  # the report says it as well
            self._write_log()
            log = self.ledger.storage.path(log_name(self.run_id))
            self.ledger.put_attempt(self.run_id, reason, log, fault)
            self.leases.release(self.run_id, self.job.owner)
        return self._report("failed", iteration, reason=reason, fault=fault)

    def _start(self) -> Trainer:
        earlier = self.ledger.storage.get(log_name(self.run_id)) or b""
        self.log = earlier.decode(errors="replace").splitlines()
        trainer = self._newest()
        self._say(f"run {self.run_id} from iteration {trainer.iteration} on {trainer.device}")
        self._say(str(self.config.to_dict()))
        self._write_log()
        return trainer

    def _newest(self) -> Trainer:
        """Return a trainer at the newest usable checkpoint, be it a shorter run's, or at step 0."""
        for name, content in usable_checkpoints(self.ledger.storage, self.config, self._say):
            trainer = self._new()
            try:
                trainer.restore(content)
                return trainer
            except ConfigError as error:
                self._say(f"{self.ledger.storage.path(name)}: {error}")
        return self._new()

    def _new(self) -> Trainer:
        device = "cuda" if self.job.use_gpu and torch.cuda.is_available() else "cpu"
        teacher = start = None
        if self.config.needs_teacher:
            assert self.config.teacher is not None
            weights = self.ledger.weights(self.config.teacher.run_id)
            teacher = network_from_weights(self.config.teacher, weights)
        if self.config.start_from is not None:
            start = self.ledger.weights(self.config.start_from.run_id)
        return Trainer(self.config, self.volumes, teacher, device, start)

    def _commit(self, trainer: Trainer) -> str:
        """Store what the run has become, and return its outcome."""
        weights = weights_of(trainer.network)
        row = run_row(trainer, self.job.windows, weights, self.job.code)
        self._say(f"outcome {row['outcome']}, test loss {row['test_loss_final']}")
        self._write_log()
        shown = picture(trainer.network, trainer.volumes)
        self.ledger.put_run(row, trainer.curve, weights, shown)
        if not self.keeps_state:
            self.ledger.storage.remove(self.checkpoint_name)
        self.leases.release(self.run_id, self.job.owner)
        return row["outcome"]

    def _tell(self, trainer: Trainer) -> bool:
        """Write now and then how far the run is; return False if its lease is another's by now."""
        if time.monotonic() - self.told_at < PROGRESS_SECONDS:
            return True
        self.told_at = time.monotonic()
        at, horizon = trainer.iteration, self.config.iterations
        return self.leases.progress(Lease(self.run_id, self.job.owner, at, horizon))

    def save_checkpoint(self) -> None:
        """Store the state of a run that is not finished."""
        if self.trainer is not None and not self.trainer.finished:
            self.ledger.storage.put(self.checkpoint_name, self.trainer.checkpoint())
            self._write_log()
        self.saved_at = time.monotonic()

    def _report(self, state: str, iteration: int, **more: str) -> dict[str, Any]:
        seconds = 0.0
        if self.trainer is not None:
            seconds = self.trainer.train_seconds + self.trainer.evaluate_seconds
        report = {"run_id": self.run_id, "state": state, "iteration": iteration}
        return report | {"seconds": seconds, **more}

    def _say(self, line: str) -> None:
        self.log.append(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {line}")

    def _write_log(self) -> None:
        self.ledger.storage.put(log_name(self.run_id), ("\n".join(self.log) + "\n").encode())


def fault_of(error: Exception) -> Fault:
    """Say whether an error is the machine's, so that another try may help, or the run's own."""
    if isinstance(error, (OSError, MemoryError, StorageError, torch.OutOfMemoryError)):
        return "machine"
    return "machine" if "can't allocate memory" in str(error) else "run"  # PyTorch on a CPU
