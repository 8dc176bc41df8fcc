"""Train one run without any executor: a configuration goes in, evaluations come out."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from core.config import RunConfig
from core.data.sources import Stack, Volumes
from core.evaluation.evaluate import Evaluation, evaluate
from core.losses import logit_difference
from core.networks import build_optimizer, has_finite_weights, to_device, weights_of
from core.objective import Terms
from core.training.checkpoint import pack, unpack
from core.training.initial import initial_network
from core.training.run_progress import RunProgress
from core.training.tiles import Batch
from core.training.trainer_inputs import require_inputs
from core.unet import KUNet
from results.ledger.digest import sha256_of


class Trainer(RunProgress):
    """Trains one configuration; pausing, checkpointing and restoring change no number.

    It holds the run's network and optimiser. What computes their steps is an engine's matter, for
    several trainers at once (`core.training.pack`); whenever `evaluations` has returned, they are
    here.

    Args:
        config: the run, bound to the data of `volumes`.
        volumes: the training, validation and testing stacks.
        teacher: the trained network of `config.teacher`; soft labels need it.
        device: the device that the networks live on.
        start: the final weights of `config.start_from`, safetensors bytes.

    Raises:
        ConfigError, DataError: an input is missing or does not fit (see `trainer_inputs`).
    """

    def __init__(
        self,
        config: RunConfig,
        volumes: Volumes,
        teacher: KUNet | None = None,
        device: str | torch.device = "cpu",
        start: bytes | None = None,
    ) -> None:
        require_inputs(config, volumes, teacher, start)
        super().__init__(config, volumes)
        self.device = torch.device(device)
        network = initial_network(config, self.volumes, start)
        self.initial_weights_sha256 = sha256_of(weights_of(network))
        self.network = to_device(network, self.device)
        self.teacher, self.teacher_volumes = teacher, self.volumes
        if teacher is not None and config.teacher is not None:
            to_device(teacher, self.device).eval()
            self.teacher_volumes = volumes.scaled(config.teacher.input_scale)
        self.optimizer = build_optimizer(config, self.network)
        self.final: Evaluation | None = None
        """What the finished network is worth on every slice, where that was measured already."""
        self._paused_at = time.perf_counter()

    def evaluations(self, pause: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
        """Train on, yielding each evaluation of the curve, from iteration 0 to the horizon.

        `pause` is called after every step. Where it is true the stream ends; another call continues
        it, even after a checkpoint and in another process.
        """
        from core.training.pack import Pack  # which is made of trainers

        alone = Pack([self])
        try:
            for _, row in alone.evaluations(pause):
                yield row
        finally:
            alone.collect()

    def waits(self) -> None:
        """Begin to count the seconds in which nothing is done for this run."""
        self._paused_at = time.perf_counter()

    def goes_on(self) -> None:
        """End what `waits` began."""
        self.wait_seconds += time.perf_counter() - self._paused_at

    def backward(self, batch: Batch) -> Terms:
        """Return the loss of a batch, and leave its gradient in the network's parameters."""
        images = batch.images.to(self.device).contiguous(memory_format=torch.channels_last)
        masks = batch.masks.to(self.device)
        self.optimizer.zero_grad(set_to_none=True)
        teacher_z = self.teacher_logits(images)
        terms = self.objective.terms(logit_difference(self.network(images)), masks, teacher_z)
        terms.total.backward()
        return terms

    @torch.no_grad()
    def teacher_logits(
        self, images: Float[Tensor, "batch 1 tile tile"]
    ) -> Float[Tensor, "batch side side"] | None:
        """Return the teacher's logit differences on the same augmented tile (section 3.2).

        Hard labels need none: None.
        """
        if not self.config.needs_teacher:
            return None
        assert self.teacher is not None
        return logit_difference(self.teacher(self.as_teacher_sees(images)))

    def as_teacher_sees(
        self, images: Float[Tensor, "batch 1 tile tile"]
    ) -> Float[Tensor, "batch 1 tile tile"]:
        """Scale a batch's grey values as the teacher was trained to see them."""
        ours, theirs = self.volumes, self.teacher_volumes
        if (ours.shift, ours.divisor) == (theirs.shift, theirs.divisor):
            return images
        return (images * ours.divisor + (ours.shift - theirs.shift)) / theirs.divisor

    def final_evaluation(self) -> Evaluation:
        """Measure the network as it is on every slice."""
        if self.final is not None:
            return self.final
        started = time.perf_counter()
        evaluation = self.measure(self.volumes.validation, self.volumes.testing)
        self.evaluate_seconds += time.perf_counter() - started
        return self.judged(evaluation)

    def measure(self, validation: Stack, testing: Stack) -> Evaluation:
        """Measure the network as it is, calibrated on one stack, on another."""
        evaluation = evaluate(self.network, self.volumes, validation, testing)
        finite = evaluation.finite and has_finite_weights(self.network)
        return replace(evaluation, finite=finite)

    def checkpoint(self) -> bytes:
        """Return what continuing bit-equally takes, as safetensors: weights, optimiser, curve."""
        return pack(self.config.curve_id, self.network, self.optimizer, self.state())

    def restore(self, checkpoint: bytes) -> None:
        """Continue from a checkpoint of the same configuration, even if its horizon is another one.

        Raises:
            ConfigError: the checkpoint is damaged, belongs to another run or lies beyond this
                run's horizon; this trainer is of no use then.
        """
        meta = unpack(checkpoint, self.config.curve_id, self.network, self.optimizer)
        self.restore_state(meta)
