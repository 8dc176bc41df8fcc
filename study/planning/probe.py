"""Seconds per iteration of runs that were never trained here: a few steps of each kind."""

import time
from collections.abc import Iterable

from core.config import RunConfig
from core.data.sources import Volumes
from core.engines.lanes.kernels import kernels
from core.networks import build_network, weights_of
from core.training.pack import Pack
from core.training.process import configure_process
from core.training.trainer import Trainer

PROBE_SECONDS = 3.0
"""Training of each kind, beside one evaluation."""


def seconds_per_iteration(config: RunConfig, volumes: Volumes, threads: int) -> float:
    """Time one run on a machine that does nothing else, its evaluations included; nothing is
    written. With the engine `lanes` as many runs are timed as it trains at once.

    The networks that it would learn or start from are untrained ones here: they take as long.
    """
    configure_process(threads)
    teacher = build_network(config.teacher) if config.needs_teacher and config.teacher else None
    start = weights_of(build_network(config.start_from)) if config.start_from else None
    count = kernels().lanes if config.engine == "lanes" else 1
    configs = [config.with_seeds(seed, seed) for seed in range(count)]
    trainers = [Trainer(each, volumes, teacher, "cpu", start) for each in configs]
    pack, trainer = Pack(trainers), trainers[0]
    advance(pack.evaluations(lambda: trainer.iteration > 0))  # the first step is a slow one
    first, steps = trainer.train_seconds, trainer.iteration
    deadline = time.monotonic() + PROBE_SECONDS
    advance(pack.evaluations(lambda: time.monotonic() >= deadline))
    if trainer.iteration > steps:
        step = (trainer.train_seconds - first) / (trainer.iteration - steps)
    else:
        step = first / max(1, steps)
    return step + trainer.evaluate_seconds / len(trainer.curve) / config.eval_every


def advance(evaluations: Iterable[object]) -> None:
    for _ in evaluations:
        pass
