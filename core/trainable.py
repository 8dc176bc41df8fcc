"""Train packs of runs in Ray Tune's actors, which are reused; checkpoints and results are ours."""

from collections.abc import Mapping
from typing import Any

from ray import tune

from core.config import RunConfig
from core.data.sources import Volumes
from core.pack_runner import PackRunner
from core.packed_run import Job, PackedRun
from core.training.process import configure_process
from results.ledger.ledger import Ledger

REPORT_SECONDS = 1.0


class RunPack(tune.Trainable):
    """Trains the runs of a pack and commits each to the ledger.

    Tune's configuration holds under `cell` the `pack`, a list of `RunConfig.to_dict()`, how many of
    them are trained `together`, and the `slot` by which the dashboard names the actor. An error
    ends the run it happens in: the traceback goes to its log, an attempt to the ledger, and the
    pack goes on.
    """

    run_class = PackedRun

    def setup(  # pyright: ignore[reportIncompatibleMethodOverride]: tune.with_parameters' own way
        self, config: dict[str, Any], volumes: Volumes, job: Job
    ) -> None:
        """Set an actor up; Tune calls it once. `volumes` live in Ray's object store, read-only."""
        self.volumes = volumes
        self.job = job
        self.name = f"{job.study} slot {config['cell']['slot']}"
        self.ledger = Ledger(job.out)
        self._begin(config)

    def __repr__(self) -> str:
        """Name the actor in the dashboard."""
        return getattr(self, "name", "study")

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next pack in this process; True says that Tune need not start another."""
        self._begin(new_config)
        return True

    def _begin(self, config: Mapping[str, Any]) -> None:
        configure_process(self.job.threads)
        cell = config["cell"]
        runs = [RunConfig.from_dict(values) for values in cell["pack"]]
        self.runner = PackRunner(
            runs, cell["together"], self.volumes, self.job, self.ledger, self.run_class
        )

    def step(self) -> dict[str, Any]:
        """Train for about a second and report on each run; `done` with the pack's last one."""
        reports = self.runner.advance(REPORT_SECONDS)
        return {"runs": reports, "done": self.runner.done}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Do nothing: Tune's storage is thrown away, the checkpoints are ours."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Do nothing, see `save_checkpoint`."""

    def cleanup(self) -> None:
        """Save what is not finished; Tune calls this when the actor is stopped, also by Ctrl-C."""
        self.runner.leave()
