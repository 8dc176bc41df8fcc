"""Draw each tile once for all runs of a pack that see it, and ask the teacher once."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from core.training.tiles import Batch
from core.training.trainer import Trainer

Key = tuple[object, ...]


@dataclass(frozen=True)
class Task:
    """What a run is given at one step."""

    batch: Batch
    teacher_z: Float[Tensor, "batch side side"] | None
    """The teacher's logit differences, at temperature 1; None for hard labels."""


class SharedTiles:
    """Holds the tiles of the present step; runs of one data seed see the same."""

    def __init__(self) -> None:
        self._held: dict[Key, Task] = {}

    def tasks(self, trainers: Sequence[Trainer]) -> list[Task]:
        """Return what each trainer is given at its next step."""
        keys = [key_of(trainer) for trainer in trainers]
        held = {key: self._held[key] for key in keys if key in self._held}
        for key, trainer in zip(keys, trainers, strict=True):
            if key not in held:
                batch = trainer.stream.batch(trainer.iteration)
                held[key] = Task(batch, trainer.teacher_logits(batch.images))
        self._held = held
        return [held[key] for key in keys]


def key_of(trainer: Trainer) -> Key:
    """Return what decides the tiles of a trainer's next step, within one pack."""
    config = trainer.config
    return config.data_seed, trainer.iteration, config.elastic_sigma, config.flips
