"""Train several runs in step; what computes their networks is an engine."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.training.engine import Engine
from core.training.torch_engine import TorchEngine
from core.training.trainer import Trainer


class Pack:
    """Trains runs in step: as many steps at once as there are runs.

    Args:
        trainers: of runs that one engine computes together (see `pack_key`).
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = list(trainers)
        self.engine = engine_for(self.trainers)

    @property
    def running(self) -> list[Trainer]:
        """The runs that are not at their end."""
        return [trainer for trainer in self.trainers if not trainer.finished]

    def evaluations(
        self, pause: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[Trainer, dict[str, Any]]]:
        """Train on, yielding each run's evaluations of its curve, until all have ended.

        `pause` is called after every step. Where it is true the stream ends; another call continues
        it.
        """
        for trainer in self.trainers:
            trainer.goes_on()
        try:
            while running := self.running:
                due = [trainer for trainer in running if trainer.evaluation_due]
                if due:
                    yield from zip(due, self._evaluate(due), strict=True)
                else:
                    self._step(running)
                if pause():
                    return
        finally:
            for trainer in self.trainers:
                trainer.waits()

    def leave(self, trainer: Trainer) -> None:
        """Train a run no further."""
        self.trainers.remove(trainer)

    def collect(self) -> None:
        """Put what was computed into the trainers: networks and optimisers are up to date then."""
        self.engine.collect(self.running)

    def _step(self, trainers: Sequence[Trainer]) -> None:
        started = time.perf_counter()
        steps = self.engine.step(trainers)
        seconds = (time.perf_counter() - started) / len(trainers)
        for trainer, step in zip(trainers, steps, strict=True):
            trainer.after_step(step.values, step.only_head_bias, seconds)

    def _evaluate(self, trainers: Sequence[Trainer]) -> list[dict[str, Any]]:
        started = time.perf_counter()
        evaluations = self.engine.measure(trainers)
        norms = self.engine.gradient_norms(trainers)
        seconds = (time.perf_counter() - started) / len(trainers)
        rows = [
            trainer.after_evaluation(evaluation, gradients, seconds)
            for trainer, evaluation, gradients in zip(trainers, evaluations, norms, strict=True)
        ]
        ended = [trainer for trainer in trainers if trainer.finished]
        if ended:
            self.engine.collect(ended)
        return rows

    def measure_whole(self, trainers: Sequence[Trainer]) -> None:
        """Measure finished runs on all slices, which `Trainer.final_evaluation` then knows."""
        started = time.perf_counter()
        evaluations = self.engine.measure_whole(trainers)
        seconds = (time.perf_counter() - started) / len(trainers)
        for trainer, evaluation in zip(trainers, evaluations, strict=True):
            trainer.final = trainer.judged(evaluation)
            trainer.evaluate_seconds += seconds


def engine_for(trainers: Sequence[Trainer]) -> Engine:
    """Make the engine that the runs' configurations name.

    Raises:
        CompilerError: it is the lanes, and this machine cannot compile them.
    """
    if trainers[0].config.engine == "lanes":
        from core.training.lanes_engine import LanesEngine  # compiles on first use

        return LanesEngine(trainers)
    return TorchEngine()
