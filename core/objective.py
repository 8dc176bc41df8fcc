"""What a run is trained for: the terms of its loss, their targets, its own best constant."""

from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from core.config import RunConfig
from core.data.sources import Volumes
from core.losses import annotation_weights, hard_loss, soft_loss, soft_targets, target_entropy
from results.outcomes import ConstantTerm

Number = TypeVar("Number", float, Tensor)


@dataclass(frozen=True)
class LossValues:
    """The loss of one batch in numbers, as a trainer remembers it."""

    loss: float
    parts: dict[str, float]
    """The terms that there are, by the name of their column in the curve."""
    target_means: dict[str, float]
    """The mean targets, weighted where pixels are, by the name of their column in the curve, and
    the mean weight of a pixel where it has one."""


@dataclass(frozen=True)
class Terms:
    """The loss of one batch, and its parts.

    `hard` and `soft` are the mixed objective's parts before their shares are taken; the soft one is
    the cross-entropy multiplied by T^2, as the paper reports it (Table 5).
    """

    total: Float[Tensor, ""]
    hard: Float[Tensor, ""] | None = None
    soft: Float[Tensor, ""] | None = None
    hard_targets: Float[Tensor, "batch height width"] | None = None
    soft_targets: Float[Tensor, "batch height width"] | None = None
    soft_weights: Float[Tensor, "batch height width"] | None = None
    """The weight of each pixel's soft loss; None where it is not the annotation that decides it."""
    soft_entropy: Float[Tensor, ""] | None = None
    """T^2 x the soft term of a student equal to the teacher, by which cross-entropy exceeds KL."""

    def values(self) -> LossValues:
        """The same in numbers, without a graph."""
        return LossValues(float(self.total.detach()), self.parts(), self.target_means())

    def parts(self) -> dict[str, float]:
        """The terms that there are, as numbers, by the name of their column in the curve."""
        named = {
            "hard_losses": self.hard,
            "soft_losses": self.soft,
            "soft_entropies": self.soft_entropy,
        }
        return {name: float(term.detach()) for name, term in named.items() if term is not None}

    def target_means(self) -> dict[str, float]:
        """The mean targets, weighted where pixels are, by the name of their column in the curve,
        and the mean weight of a pixel where it has one."""
        found = {}
        if self.hard_targets is not None:
            found["hard_targets"] = mean(self.hard_targets)
        if self.soft_targets is not None and self.soft_weights is not None:
            found["soft_weights"] = mean(self.soft_weights)
            weighted = mean(self.soft_weights * self.soft_targets)
            found["soft_targets"] = weighted / found["soft_weights"]
        elif self.soft_targets is not None:
            found["soft_targets"] = mean(self.soft_targets)
        return found


def mean(values: Tensor) -> float:
    return float(values.mean(dtype=torch.float64))


@dataclass(frozen=True)
class Objective:
    """The training loss, of hard labels, a teacher's probabilities or both (3.1, 3.4, 3.7)."""

    config: RunConfig
    foreground_weight: float
    """w of the training loss; it is 1 without class weights."""

    @classmethod
    def of(cls, config: RunConfig, volumes: Volumes) -> "Objective":
        """Build a configuration's objective; class weights may depend on the training slices."""
        return cls(config, foreground_weight(config, volumes))

    def terms(
        self,
        z: Float[Tensor, "batch height width"],
        masks: Float[Tensor, "batch height width"],
        teacher_z: Float[Tensor, "batch height width"] | None = None,
    ) -> Terms:
        """Return the loss of the student's logit differences z.

        Args:
            z: the student's logit differences, at temperature 1.
            masks: the annotation, 0 or 1.
            teacher_z: the teacher's, at temperature 1; None for hard labels.
        """
        weight, temperature = self.foreground_weight, self.config.temperature
        if teacher_z is None:
            return Terms(hard_loss(z, masks, weight), hard_targets=masks)
        targets = soft_targets(teacher_z, temperature)
        pixels = annotation_weights(masks, weight) if self.weights_pixels else None
        on_targets = 1.0 if self.weights_pixels else weight
        soft = soft_loss(z, targets, temperature, on_targets, pixels)
        entropy = None
        if self.needs_entropy:
            entropy = target_entropy(teacher_z, temperature, on_targets, pixels)
        if self.config.objective == "soft":
            total = soft if entropy is None else soft - entropy
            return Terms(total, soft_targets=targets, soft_weights=pixels)
        assert entropy is not None
        hard = hard_loss(z, masks, weight)
        scaled, entropy = temperature**2 * soft, temperature**2 * entropy
        total = self.mixed(hard, scaled, entropy)
        return Terms(total, hard, scaled, masks, targets, pixels, entropy)

    @property
    def needs_entropy(self) -> bool:
        """Whether what a student equal to the teacher loses is subtracted, or reported."""
        return self.config.soft_loss == "kl" or self.config.objective == "mixed"

    def mixed(self, hard: Number, scaled: Number, entropy: Number) -> Number:
        """Return the mixed objective's loss of its terms, of which the latter two are T^2 x soft
        ones."""
        on_hard, on_soft = self.shares
        total = on_hard * hard + on_soft * scaled
        return total - on_soft * entropy if self.config.soft_loss == "kl" else total

    @property
    def weights_pixels(self) -> bool:
        """Whether the annotation decides the weight of a pixel's soft loss."""
        return self.foreground_weight != 1.0 and self.config.class_weights_by == "annotation"

    @property
    def shares(self) -> tuple[float, float]:
        """What the mixed objective multiplies the hard and the scaled soft term by."""
        if self.config.mixture == "sum":
            return 1.0, 1.0
        return 1.0 - self.config.soft_weight, self.config.soft_weight

    def constant_terms(
        self, hard_mean: float, soft_mean: float, soft_weight: float = 1.0
    ) -> list[ConstantTerm]:
        """Return what the objective wants of a network with one answer for every pixel.

        Args:
            hard_mean: the stream's foreground fraction so far.
            soft_mean: the teacher's mean probability at T so far, weighted as pixels are; NaN for
                hard labels.
            soft_weight: the mean weight of a pixel's soft loss.
        """
        weight, temperature = self.foreground_weight, self.config.temperature
        if self.config.objective == "hard":
            return [ConstantTerm(hard_mean, 1.0, weight, 1.0)]
        on_targets = 1.0 if self.weights_pixels else weight
        if self.config.objective == "soft":
            return [ConstantTerm(soft_mean, temperature, on_targets, soft_weight)]
        on_hard, on_soft = self.shares
        on_soft *= soft_weight * temperature**2
        return [
            ConstantTerm(hard_mean, 1.0, weight, on_hard),
            ConstantTerm(soft_mean, temperature, on_targets, on_soft),
        ]


def foreground_weight(config: RunConfig, volumes: Volumes) -> float:
    """Return w of the training loss (section 3.10).

    It is 1, a given number, or the training slices' ratio of background to foreground pixels.
    """
    if config.class_weights == "none":
        return 1.0
    if config.class_weights == "inverse_frequency":
        fraction = volumes.training.foreground_fraction
        return (1.0 - fraction) / fraction
    return float(config.class_weights)
