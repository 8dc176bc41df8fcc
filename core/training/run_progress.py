"""How far one run is and what was measured on the way; nothing here knows a network."""

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.config import RunConfig
from core.data.sources import Volumes
from core.evaluation.dead_runs import DeadWatch
from core.evaluation.evaluate import Evaluation
from core.objective import LossValues, Objective
from core.training.tiles import Batch, TileStream
from results.errors import ConfigError
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


class RunProgress:
    """Remembers a run's steps and evaluations, and says what is due and what it has come to.

    Args:
        config: the run, bound to the data of `volumes`.
        volumes: the training, validation and testing stacks.
    """

    def __init__(self, config: RunConfig, volumes: Volumes) -> None:
        self.config, self.volumes = config, volumes.scaled(config.input_scale)
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
        self.initial_weights_sha256: str | None = None
        self.first_tile_sha256: str | None = None

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
    def evaluation_due(self) -> bool:
        """Whether the next thing to do is an evaluation, not a step."""
        if self._measured:
            return False
        at_end = self.diverged or self.iteration == self.config.iterations
        return at_end or self.iteration % self.config.eval_every == 0

    @property
    def at_horizon_unmeasured(self) -> bool:
        """Whether all steps are done and the last evaluation is not.

        From this state a longer run goes on as if its horizon had always been the longer one.
        """
        return self.iteration == self.config.iterations and not self._measured

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

    def begins_with(self, batch: Batch) -> None:
        """Remember the first batch of the run by its digest; later ones leave that as it is."""
        if self.iteration == 0:
            self.first_tile_sha256 = batch.sha256()

    def after_step(self, values: LossValues, only_head_bias: bool, seconds: float) -> None:
        """Note a step.

        Args:
            values: its loss, before the step.
            only_head_bias: whether every gradient but the head bias's was exactly zero.
            seconds: what it took.
        """
        self.iteration += 1
        self.dead.after_step(only_head_bias, self.iteration)
        self.diverged = not math.isfinite(values.loss)
        means = values.target_means
        for name, value in means.items():
            kind = name.removesuffix("_targets")
            weight = means.get("soft_weights", 1.0) if kind == "soft" else 1.0
            self.target_sums[kind] = self.target_sums.get(kind, 0.0) + weight * value
        for name, value in {"train_losses": values.loss, **values.parts, **means}.items():
            self.pending.setdefault(name, []).append(value)
        self.train_seconds += seconds

    def after_evaluation(
        self, evaluation: Evaluation, norms: list[float | None], seconds: float
    ) -> dict[str, Any]:
        """Note an evaluation of the curve, and return its row.

        Args:
            evaluation: of the slices of the curve.
            norms: of the gradient, see `core.evaluation.dead_runs.gradient_norms`.
            seconds: what it took.
        """
        evaluation = self.judged(evaluation)
        self.evaluate_seconds += seconds
        self.dead.at_evaluation(evaluation.constant, self.iteration, self.config.eval_every)
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

    def judged(self, evaluation: Evaluation) -> Evaluation:
        """Return the evaluation, not finite where the run has diverged already."""
        return replace(evaluation, finite=evaluation.finite and not self.diverged)

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

    def state(self) -> dict[str, Any]:
        """Return all that is remembered, as plain values, for `restore_state`."""
        meta = {name: getattr(self, name) for name in STATE}
        return meta | {"dead": asdict(self.dead), "iterations": self.config.iterations}

    def restore_state(self, meta: Mapping[str, Any]) -> None:
        """Go on from a `state`, even if this run's horizon is another one.

        Raises:
            ConfigError: something is missing, or it lies beyond this run's horizon.
        """
        try:
            state = {name: meta[name] for name in STATE}
            dead = DeadWatch(**meta["dead"])
        except (KeyError, TypeError) as error:
            raise ConfigError(f"the checkpoint cannot be used: {error!r}") from error
        if state["iteration"] > self.config.iterations:
            raise ConfigError(
                f"the checkpoint is at iteration {state['iteration']}, beyond the horizon of "
                f"{self.config.iterations}"
            )
        self.dead = dead
        for name, value in state.items():
            setattr(self, name, value)
