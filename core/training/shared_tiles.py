"""Draw each tile once for all runs of a pack that see it, and ask the teacher once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from jaxtyping import Float
from torch import Tensor

from core.engines.lanes.kernels import Kernels
from core.engines.lanes.network import LaneNetworks
from core.training.lane_tiles import LaneTileStream
from core.training.tiles import Batch
from core.training.trainer import Trainer

Stream = tuple[object, ...]
WIDEST_IN_LANES = 8
"""A teacher of more channels is no faster in lanes than in PyTorch."""


@dataclass(frozen=True)
class Task:
    """What a run is given at one step."""

    batch: Batch
    teacher_z: Float[Tensor, "batch side side"] | None
    """The teacher's logit differences, at temperature 1; None for hard labels."""


class SharedTiles:
    """Holds the tiles of the steps to come; runs of one data seed see the same.

    A teacher answers sixteen tiles in lanes nearly as fast as one, so it is asked for as many steps
    ahead as it takes to fill them. What a tile is, and what it answers, depends on neither.

    Args:
        library: the kernels.
    """

    def __init__(self, library: Kernels) -> None:
        self.library, self.lanes = library, library.lanes
        self._held: dict[Stream, dict[int, Task]] = {}
        self._teacher: LaneNetworks | None = None

    def tasks(self, trainers: Sequence[Trainer]) -> list[Task]:
        """Return what each trainer is given at its next step."""
        streams = [stream_of(trainer) for trainer in trainers]
        missing = {
            (stream, trainer.iteration): trainer
            for stream, trainer in zip(streams, trainers, strict=True)
            if trainer.iteration not in self._held.get(stream, {})
        }
        if missing:
            self._forget(streams, trainers)
            self._draw(missing)
        return [self._held[s][t.iteration] for s, t in zip(streams, trainers, strict=True)]

    def _batch(self, trainer: Trainer, step: int) -> Batch:
        return LaneTileStream(trainer.volumes, trainer.config, self.library).batch(step)

    def _forget(self, streams: Sequence[Stream], trainers: Sequence[Trainer]) -> None:
        """Drop the steps that nobody makes any more."""
        first: dict[Stream, int] = {}
        for stream, trainer in zip(streams, trainers, strict=True):
            first[stream] = min(first.get(stream, trainer.iteration), trainer.iteration)
        self._held = {
            stream: {s: task for s, task in self._held.get(stream, {}).items() if s >= start}
            for stream, start in first.items()
        }

    def _draw(self, missing: dict[tuple[Stream, int], Trainer]) -> None:
        config = next(iter(missing.values())).config
        teacher = config.teacher if config.needs_teacher else None
        if teacher is None or teacher.width > WIDEST_IN_LANES:
            for (stream, step), trainer in missing.items():
                batch = self._batch(trainer, step)
                task = Task(batch, trainer.teacher_logits(batch.images))
                self._held[stream][step] = task
            return
        wanted = list(islice(self._ahead(missing), max(self.lanes, len(missing))))
        for first in range(0, len(wanted), self.lanes):
            self._ask(wanted[first : first + self.lanes])

    def _ahead(
        self, missing: dict[tuple[Stream, int], Trainer]
    ) -> Iterator[tuple[Stream, int, Trainer]]:
        """Yield the steps that are missing, then those after them, and so on."""
        distance = 0
        while True:
            for (stream, step), trainer in missing.items():
                if step + distance not in self._held[stream]:
                    yield stream, step + distance, trainer
            distance += 1

    def _ask(self, wanted: Sequence[tuple[Stream, int, Trainer]]) -> None:
        """Draw tiles, and have the teacher answer them side by side."""
        batches = [self._batch(trainer, step) for _, step, trainer in wanted]
        trainer = wanted[0][2]
        seen = torch.stack([trainer.as_teacher_sees(batch.images) for batch in batches])
        if len(seen) < self.lanes:  # the last lanes see anything
            seen = torch.cat([seen, seen[:1].expand(self.lanes - len(seen), *seen.shape[1:])])
        if self._teacher is None:
            assert trainer.teacher is not None
            self._teacher = LaneNetworks([trainer.teacher] * self.lanes)
        answers = self._teacher.evaluate(seen)
        for (stream, step, _), batch, z in zip(wanted, batches, answers, strict=False):
            self._held[stream][step] = Task(batch, z)


def stream_of(trainer: Trainer) -> Stream:
    """Return what decides the tiles of a trainer, within one pack, whatever the step."""
    config = trainer.config
    return config.data_seed, config.elastic_sigma, config.flips
