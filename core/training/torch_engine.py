"""PyTorch computes one network after another, on any device: the reference for other engines."""

from collections.abc import Sequence

from core.evaluation.dead_runs import gradient_norms, only_head_bias_learns
from core.evaluation.evaluate import Evaluation
from core.networks import set_learning_rate
from core.training.engine import Engine, Step
from core.training.trainer import Trainer


class TorchEngine(Engine):
    """Computes with the trainers' own networks and optimisers; see `core.training.engine`."""

    def step(self, trainers: Sequence[Trainer]) -> list[Step]:
        return [self._step(trainer) for trainer in trainers]

    def _step(self, trainer: Trainer) -> Step:
        batch = trainer.stream.batch(trainer.iteration)
        trainer.begins_with(batch)
        terms = trainer.backward(batch)
        set_learning_rate(trainer.config, trainer.optimizer, trainer.iteration)
        trainer.optimizer.step()
        return Step(terms.values(), only_head_bias_learns(trainer.network))

    def measure(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        return [t.measure(t.curve_validation, t.curve_testing) for t in trainers]

    def gradient_norms(self, trainers: Sequence[Trainer]) -> list[list[float | None]]:
        return [self._gradient_norms(trainer) for trainer in trainers]

    def _gradient_norms(self, trainer: Trainer) -> list[float | None]:
        buffers = [(buffer, buffer.clone()) for buffer in trainer.network.buffers()]
        trainer.backward(trainer.stream.batch(trainer.iteration))
        for buffer, value in buffers:  # running statistics must not see a tile twice
            buffer.copy_(value)
        return gradient_norms(trainer.network)

    def measure_whole(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        return [t.measure(t.volumes.validation, t.volumes.testing) for t in trainers]

    def collect(self, trainers: Sequence[Trainer]) -> None:
        """Do nothing: the state is where it belongs."""
