"""One Tune experiment: explicit packs of runs in a given order, each a trial."""

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from ray import tune
from ray.exceptions import RayError

from study.execution.packing import PlannedPack
from study.execution.stopping import StopSignals


class Stopper(tune.Stopper):
    """Ends an experiment as soon as there is a reason to."""

    def __init__(self, must_stop: Callable[[], bool]) -> None:
        self.must_stop = must_stop

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self.must_stop()


def run_experiment(
    trainable: Any,
    packs: Sequence[PlannedPack],
    slots: int,
    callback: tune.Callback,
    must_stop: Callable[[], bool],
    signals: StopSignals,
) -> str | None:
    """Train packs in this order, so many at once.

    Args:
        trainable: a `RunPack` with its resources and parameters.
        packs: what to train.
        slots: how many run at once; the dashboard names the actors by them.
        callback: hears the reports.
        must_stop: asked after every report.
        signals: told while Tune is at work, which has to be stopped in a way of its own.

    Returns:
        Why the experiment broke down, or None. It returns normally when trials failed, and when it
        was interrupted. A worker that Ray kills for want of memory takes the whole experiment with
        it (Ray 2.60: `OutOfMemoryError` is neither an actor's nor a task's).
    """
    cells = [
        {
            "pack": [config.to_dict() for config in pack.runs],
            "together": pack.together,
            "slot": index % slots + 1,
        }
        for index, pack in enumerate(packs)
    ]
    with tempfile.TemporaryDirectory(prefix="study-tune-") as storage:
        tuner = tune.Tuner(
            trainable,
            param_space={"cell": tune.grid_search(cells)},
            tune_config=tune.TuneConfig(
                reuse_actors=True,
                trial_name_creator=lambda trial: f"run-{trial.trial_id}",
                trial_dirname_creator=lambda trial: trial.trial_id,
            ),
            run_config=tune.RunConfig(
                name="study",
                storage_path=storage,
                verbose=0,
                stop=Stopper(must_stop),
                callbacks=[callback],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        signals.tuning = True
        try:
            tuner.fit()
        except Exception as error:
            if not any(isinstance(e, RayError) for e in (error, error.__cause__)):
                raise
            return str(error.__cause__ or error).strip().splitlines()[0]
        finally:
            signals.tuning = False
        return None
