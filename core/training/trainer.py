"""Train one run without any executor: a configuration goes in, evaluations come out."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.config import RunConfig
from core.data.sources import Stack, Volumes
from core.evaluation.dead_runs import DeadWatch, gradient_norms
from core.evaluation.evaluate import Evaluation, evaluate
from core.losses import logit_difference
from core.networks import (
    build_optimizer,
    has_finite_weights,
    set_learning_rate,
    to_device,
    weights_of,
)
from core.objective import Objective, Terms
from core.training.checkpoint import pack, unpack
from core.training.initial import initial_network
from core.training.tiles import Batch, TileStream
from core.training.trainer_inputs import require_inputs
from core.unet import KUNet
from results.errors import ConfigError
from results.ledger.digest import sha256_of
from results.ledger.schema import PER_STEP
from results.outcomes import ConstantTerm, classify, worst_constant

STATE = (
    "iteration",
    "diverged",
    "curve",
    "pending",
    "target_sums",
    "train_seconds",
    "evaluate_seconds",
    "wait_seconds",
    "started_at",
    "initial_weights_sha256",
    "first_tile_sha256",
)
"""What a checkpoint holds besides tensors and the dead-run detector."""


class Trainer:
    """Trains one configuration; pausing, checkpointing and restoring change no number.

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
        self.config, self.volumes = config, volumes.scaled(config.input_scale)
        self.device = torch.device(device)
        network = initial_network(config, self.volumes, start)
        self.initial_weights_sha256 = sha256_of(weights_of(network))
        self.first_tile_sha256: str | None = None
        self.network = to_device(network, self.device)
        self.teacher, self.teacher_volumes = teacher, self.volumes
        if teacher is not None and config.teacher is not None:
            to_device(teacher, self.device).eval()
            self.teacher_volumes = volumes.scaled(config.teacher.input_scale)
        self.optimizer = build_optimizer(config, self.network)
        self.objective = Objective.of(config, volumes)
        self.stream = TileStream(self.volumes, config)
        self.curve_validation, self.curve_testing = volumes.curve(
            config.curve_validation_slices, config.curve_slices
        )
        self.iteration, self.diverged = 0, False
        self.dead = DeadWatch()
        self.curve: list[dict[str, Any]] = []
        self.pending: dict[str, list[float]] = {}
        self.target_sums: dict[str, float] = {}
        self.train_seconds = self.evaluate_seconds = self.wait_seconds = 0.0
        self.started_at = datetime.now(UTC).isoformat()
        self._paused_at = time.perf_counter()

    @property
    def stopped_dead(self) -> bool:
        """Whether the configuration stops dead runs and this one is dead."""
        return self.config.stop_dead and self.dead.dead_at is not None

    @property
    def finished(self) -> bool:
        """Whether the run is at its end (its horizon, dead, not finite) and was evaluated there."""
        ended = self.diverged or self.stopped_dead or self.iteration >= self.config.iterations
        return ended and self._measured

    @property
    def _measured(self) -> bool:
        return bool(self.curve) and self.curve[-1]["iteration"] == self.iteration

    def target_mean(self, kind: str) -> float:
        """Return the mean training target so far, NaN where there is none.

        The mean of the `hard` targets is the stream's foreground fraction, that of the `soft` ones
        the teacher's mean probability at T, weighted where pixels are.
        """
        if not self.iteration or kind not in self.target_sums:
            return math.nan
        whole = self.target_sums.get("soft_weights") if kind == "soft" else None
        return self.target_sums[kind] / (whole or self.iteration)

    def constant_terms(self) -> list[ConstantTerm]:
        """Return what the objective wants of a network with one answer; nothing at step 0."""
        if not self.iteration:
            return []
        weight = self.target_sums.get("soft_weights", self.iteration) / self.iteration
        means = self.target_mean("hard"), self.target_mean("soft")
        return self.objective.constant_terms(*means, weight)

    def evaluations(self, pause: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
        """Train on, yielding each evaluation of the curve, from iteration 0 to the horizon.

        `pause` is called after every step. Where it is true the stream ends; another call continues
        it, even after a checkpoint and in another process.
        """
        self.wait_seconds += time.perf_counter() - self._paused_at
        try:
            while not self.finished:
                if self._evaluation_due():
                    yield self._evaluate_curve()
                else:
                    self._step()
                if pause():
                    return
        finally:
            self._paused_at = time.perf_counter()

    def _evaluation_due(self) -> bool:
        if self._measured:
            return False
        at_end = self.diverged or self.iteration == self.config.iterations
        return at_end or self.iteration % self.config.eval_every == 0

    def _step(self) -> None:
        started = time.perf_counter()
        batch = self.stream.batch(self.iteration)
        if self.iteration == 0:
            self.first_tile_sha256 = batch.sha256()
        terms = self.backward(batch)
        set_learning_rate(self.config, self.optimizer, self.iteration)
        self.optimizer.step()
        self.iteration += 1
        self.dead.after_backward(self.network, self.iteration)
        self._remember(terms)
        self.train_seconds += time.perf_counter() - started

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
        ours, theirs = self.volumes, self.teacher_volumes
        if (ours.shift, ours.divisor) != (theirs.shift, theirs.divisor):
            images = (images * ours.divisor + (ours.shift - theirs.shift)) / theirs.divisor
        return logit_difference(self.teacher(images))

    def _remember(self, terms: Terms) -> None:
        loss = float(terms.total.detach())
        self.diverged = not math.isfinite(loss)
        means = terms.target_means()
        for name, value in means.items():
            kind = name.removesuffix("_targets")
            weight = means.get("soft_weights", 1.0) if kind == "soft" else 1.0
            self.target_sums[kind] = self.target_sums.get(kind, 0.0) + weight * value
        for name, value in {"train_losses": loss, **terms.parts(), **means}.items():
            self.pending.setdefault(name, []).append(value)

    def _evaluate_curve(self) -> dict[str, Any]:
        evaluation = self._measure(self.curve_validation, self.curve_testing)
        self.dead.at_evaluation(evaluation.constant, self.iteration, self.config.eval_every)
        norms = self._gradient_norms()
        pending, self.pending = self.pending, {}
        losses = pending.get("train_losses")
        row = (
            asdict(evaluation)
            | dict.fromkeys(PER_STEP)
            | pending
            | {
                "iteration": self.iteration,
                "train_loss": float(np.mean(losses)) if losses else None,
                "train_losses": losses or [],
                "outcome": self.outcome(evaluation),
                "gradient_norms": norms,
                "train_seconds": self.train_seconds,
                "evaluate_seconds": self.evaluate_seconds,
            }
        )
        self.curve.append(row)
        return row

    def _gradient_norms(self) -> list[float | None]:
        """Measure the loss's gradient on the tile that comes next; the network stays as it is."""
        started = time.perf_counter()
        buffers = [(buffer, buffer.clone()) for buffer in self.network.buffers()]
        self.backward(self.stream.batch(self.iteration))
        for buffer, value in buffers:  # running statistics must not see a tile twice
            buffer.copy_(value)
        norms = gradient_norms(self.network)
        self.evaluate_seconds += time.perf_counter() - started
        return norms

    def final_evaluation(self) -> Evaluation:
        """Measure the network as it is on every slice."""
        return self._measure(self.volumes.validation, self.volumes.testing)

    def _measure(self, validation: Stack, testing: Stack) -> Evaluation:
        started = time.perf_counter()
        evaluation = evaluate(self.network, self.volumes, validation, testing)
        if evaluation.finite and (self.diverged or not has_finite_weights(self.network)):
            evaluation = replace(evaluation, finite=False)
        self.evaluate_seconds += time.perf_counter() - started
        return evaluation

    def outcome(self, evaluation: Evaluation) -> str:
        """Classify an evaluation of the present network, given the curve so far."""
        losses = [row["test_loss"] for row in self.curve]
        if not self._measured:
            losses.append(evaluation.test_loss)
        return classify(
            finite=evaluation.finite,
            constant=evaluation.constant,
            logit_std=evaluation.logit_std,
            deviance_calibrated=evaluation.deviance_explained_calibrated,
            recent_test_losses=losses,
            worst_constant=worst_constant(
                self.curve_testing.foreground_fraction, self.constant_terms()
            ),
        )

    def checkpoint(self) -> bytes:
        """Return what continuing bit-equally takes, as safetensors: weights, optimiser, curve."""
        meta = {name: getattr(self, name) for name in STATE}
        meta |= {"dead": asdict(self.dead), "iterations": self.config.iterations}
        return pack(self.config.curve_id, self.network, self.optimizer, meta)

    def restore(self, checkpoint: bytes) -> None:
        """Continue from a checkpoint of the same configuration, even if its horizon is another one.

        Raises:
            ConfigError: the checkpoint is damaged, belongs to another run or lies beyond this
                run's horizon; this trainer is of no use then.
        """
        meta = unpack(checkpoint, self.config.curve_id, self.network, self.optimizer)
        try:
            state = {name: meta[name] for name in STATE}
            self.dead = DeadWatch(**meta["dead"])
        except (KeyError, TypeError) as error:
            raise ConfigError(f"the checkpoint cannot be used: {error!r}") from error
        if state["iteration"] > self.config.iterations:
            raise ConfigError(
                f"the checkpoint is at iteration {state['iteration']}, beyond the horizon of "
                f"{self.config.iterations}"
            )
        for name, value in state.items():
            setattr(self, name, value)

    def at_horizon_unmeasured(self) -> bool:
        """Say whether all steps are done and the last evaluation is not.

        From this state a longer run goes on as if its horizon had always been the longer one.
        """
        return self.iteration == self.config.iterations and not self._measured
