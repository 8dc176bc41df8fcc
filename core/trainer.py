"""One training run without any executor: a configuration in, a stream of evaluations out."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import safetensors.torch
import torch
from jaxtyping import Float
from torch import Tensor

from core.config import RunConfig
from core.data import Volumes, require_tile_fits
from core.evaluate import Evaluation, evaluate
from core.losses import hard_loss, logit_difference, soft_loss, soft_targets
from core.tiles import Batch, TileStream
from core.unet import KUNet
from results.errors import ConfigError, DataError
from results.outcomes import classify

META = "meta"
"""Name of the checkpoint's tensor that holds everything which is not a tensor, as JSON bytes."""


class Trainer:
    """Trains one configuration; pausing, checkpointing and restoring change no number.

    Args:
        config: the run, bound to the data of `volumes`.
        volumes: training, validation and testing stacks.
        teacher: the trained network of `config.teacher`; needed for soft labels.
        device: where the networks live.

    Raises:
        ConfigError: a soft objective without a teacher, or another data set's volumes.
        DataError: the tile is larger than a slice.
    """

    def __init__(
        self,
        config: RunConfig,
        volumes: Volumes,
        teacher: KUNet | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        if config.objective == "soft" and teacher is None:
            raise ConfigError("objective='soft' needs the trained teacher network, got None")
        if config.data != volumes.fingerprint:
            raise ConfigError(
                f"the run is bound to data '{config.data}', the volumes are '{volumes.fingerprint}'"
            )
        require_tile_fits(config.tile, volumes.training.images.shape[1:])
        self.config = config
        self.volumes = volumes
        self.device = torch.device(device)
        self.network = to_device(build_network(config), self.device)
        self.teacher = teacher
        if teacher is not None:
            to_device(teacher, self.device).eval()
        self.optimizer = build_optimizer(config, self.network)
        self.foreground_weight = foreground_weight(config, volumes)
        self.stream = TileStream(volumes, config)
        self.curve_validation = volumes.validation.evenly_spaced(config.curve_validation_slices)
        self.curve_testing = volumes.testing.evenly_spaced(config.curve_slices)

        for name, part in (
            ("validation", self.curve_validation),
            ("testing", self.curve_testing),
        ):
            if not 0.0 < part.foreground_fraction < 1.0:
                raise DataError(
                    f"the {len(part.images)} {name} slices of the curve hold only one class; "
                    "use more of them"
                )

        self.iteration = 0
        self.diverged = False
        self.curve: list[dict[str, Any]] = []
        self.pending_losses: list[float] = []
        self.target_sum = 0.0
        self.train_seconds = 0.0
        self.evaluate_seconds = 0.0
        self.started_at = datetime.now(UTC).isoformat()

    @property
    def finished(self) -> bool:
        """Whether the horizon is reached, or a loss or weight was not finite, and evaluated."""
        ended = self.diverged or self.iteration >= self.config.iterations
        return ended and bool(self.curve) and self.curve[-1]["iteration"] == self.iteration

    @property
    def target_mean(self) -> float:
        """Mean training target so far: the stream's foreground fraction, or the teacher's mean
        probability at T. NaN before the first step."""
        return self.target_sum / self.iteration if self.iteration else math.nan

    def evaluations(self, pause: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
        """Train on, yielding each evaluation of the curve, from iteration 0 to the horizon.

        `pause` is asked after every step; where it says so the stream ends, to be continued by
        another call, also after a checkpoint and in another process.
        """
        while not self.finished:
            if self._evaluation_due():
                yield self._evaluate_curve()
            else:
                self._step()
            if pause():
                return

    def _evaluation_due(self) -> bool:
        if self.curve and self.curve[-1]["iteration"] == self.iteration:
            return False
        at_end = self.diverged or self.iteration == self.config.iterations
        return at_end or self.iteration % self.config.eval_every == 0

    def _step(self) -> None:
        started = time.perf_counter()
        loss, target_mean = self.train_on(self.stream.batch(self.iteration))
        self.iteration += 1
        self.target_sum += target_mean
        self.pending_losses.append(loss)
        self.diverged = not math.isfinite(loss)
        self.train_seconds += time.perf_counter() - started

    def train_on(self, batch: Batch) -> tuple[float, float]:
        """One optimiser step; the loss before it, and the mean target."""
        images = batch.images.to(self.device).contiguous(memory_format=torch.channels_last)
        targets = self.targets(images, batch.masks.to(self.device))
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(logit_difference(self.network(images)), targets)
        loss.backward()
        self.optimizer.step()
        return float(loss.detach()), float(targets.mean(dtype=torch.float64))

    @torch.no_grad()
    def targets(
        self, images: Float[Tensor, "batch 1 tile tile"], masks: Float[Tensor, "batch tile tile"]
    ) -> Float[Tensor, "batch tile tile"]:
        """What the student is to predict: the annotation, or the teacher's probabilities at T,
        made in situ on the same augmented tile (section 3.2)."""
        if self.config.objective == "hard":
            return masks
        assert self.teacher is not None
        return soft_targets(logit_difference(self.teacher(images)), self.config.temperature)

    def loss(
        self, z: Float[Tensor, "batch tile tile"], targets: Float[Tensor, "batch tile tile"]
    ) -> Float[Tensor, ""]:
        """The training objective of the configuration."""
        if self.config.objective == "hard":
            return hard_loss(z, targets, self.foreground_weight)
        return soft_loss(z, targets, self.config.temperature, self.foreground_weight)

    def _evaluate_curve(self) -> dict[str, Any]:
        evaluation = self._measure(self.curve_validation, self.curve_testing)
        losses, self.pending_losses = self.pending_losses, []
        row = asdict(evaluation) | {
            "iteration": self.iteration,
            "train_loss": float(np.mean(losses)) if losses else None,
            "train_losses": losses,
            "outcome": self.outcome(evaluation),
        }
        self.curve.append(row)
        return row

    def final_evaluation(self) -> Evaluation:
        """Measure the network as it is on every slice."""
        return self._measure(self.volumes.validation, self.volumes.testing)

    def _measure(self, validation: Any, testing: Any) -> Evaluation:
        started = time.perf_counter()
        evaluation = evaluate(self.network, self.volumes, validation, testing)
        if evaluation.finite and (self.diverged or not has_finite_weights(self.network)):
            evaluation = Evaluation(**(asdict(evaluation) | {"finite": False}))
        self.evaluate_seconds += time.perf_counter() - started
        return evaluation

    def outcome(self, evaluation: Evaluation) -> str:
        """What an evaluation of the present network says, given the curve so far."""
        losses = [row["test_loss"] for row in self.curve]
        at_curve = self.curve and self.curve[-1]["iteration"] == self.iteration
        if not at_curve:
            losses.append(evaluation.test_loss)
        barrier = self.curve[0]["barrier"] if self.curve else evaluation.barrier
        return classify(
            finite=evaluation.finite,
            constant=evaluation.constant,
            logit_std=evaluation.logit_std,
            deviance_calibrated=evaluation.deviance_explained_calibrated,
            recent_test_losses=losses,
            barrier=barrier,
        )

    def checkpoint(self) -> bytes:
        """Everything needed to continue bit-equally, as safetensors: weights, optimiser, curve."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            for name, value in state.items():
                if value is not None:
                    tensors[f"optimizer.{index}.{name}"] = value
        meta = {
            name: getattr(self, name)
            for name in (
                "iteration",
                "diverged",
                "curve",
                "pending_losses",
                "target_sum",
                "train_seconds",
                "evaluate_seconds",
                "started_at",
            )
        }
        meta["run_id"] = self.config.run_id
        packed = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8).copy()
        tensors = {name: value.contiguous() for name, value in tensors.items()}
        return safetensors.torch.save(tensors | {META: torch.from_numpy(packed)})

    def restore(self, checkpoint: bytes) -> None:
        """Continue from a checkpoint of the same configuration.

        Raises:
            ConfigError: the checkpoint is damaged or belongs to another network.
        """
        try:
            tensors = safetensors.torch.load(checkpoint)
            meta = json.loads(tensors.pop(META).numpy().tobytes())
            if meta.pop("run_id") != self.config.run_id:
                raise ValueError("it belongs to another run")
            self.network.load_state_dict(with_prefix(tensors, "network."))
            self._restore_optimizer(with_prefix(tensors, "optimizer."))
        except Exception as error:  # whatever a damaged file provokes
            raise ConfigError(f"the checkpoint cannot be used: {error}") from error
        for name, value in meta.items():
            setattr(self, name, value)

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        parameters = list(self.network.parameters())
        for name, value in tensors.items():
            index, key = name.split(".", 1)
            parameter = parameters[int(index)]
            if value.shape == parameter.shape:  # fused steps walk memory: same strides needed
                value = torch.empty_like(parameter, requires_grad=False).copy_(value)
            state.setdefault(int(index), {})[key] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})


def build_network(config: RunConfig) -> KUNet:
    """The untrained network of a configuration."""
    return KUNet(config.width, config.batch_norm, init=config.init, init_seed=config.init_seed)


def to_device(network: KUNet, device: torch.device) -> KUNet:
    """The network on a device, channels last: twice as fast as NCHW on a CPU at these widths."""
    network.to(device)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def network_from_weights(config: RunConfig, weights: bytes) -> KUNet:
    """A trained network from its safetensors bytes, in evaluation mode."""
    network = build_network(config)
    network.load_state_dict(safetensors.torch.load(weights))
    return network.eval()


def weights_of(network: KUNet) -> bytes:
    """The network's weights and running statistics as safetensors bytes."""
    return safetensors.torch.save(
        {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    )


def build_optimizer(config: RunConfig, network: KUNet) -> torch.optim.Optimizer:
    """Adam with PyTorch's defaults, or SGD with momentum as in Ronneberger et al. 2015."""
    if config.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), lr=config.lr, fused=True)
    return torch.optim.SGD(network.parameters(), lr=config.lr, momentum=config.momentum, fused=True)


def foreground_weight(config: RunConfig, volumes: Volumes) -> float:
    """w of the training loss: 1, a given number, or background over foreground of the training
    slices (section 3.10)."""
    if config.class_weights == "none":
        return 1.0
    if config.class_weights == "inverse_frequency":
        fraction = volumes.training.foreground_fraction
        return (1.0 - fraction) / fraction
    return float(config.class_weights)


def has_finite_weights(network: KUNet) -> bool:
    return all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())


def with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with the prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
