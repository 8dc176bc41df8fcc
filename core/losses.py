"""Losses follow the paper: the cross-entropy of both one-hot channels, averaged over pixels.

For a softmax of two classes that sum is exactly twice the usual negative log-likelihood, and it
depends on the two logits only through their difference z = foreground - background. Everything
here is a function of z.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def logit_difference(
    logits: Float[Tensor, "batch 2 height width"],
) -> Float[Tensor, "batch height width"]:
    """Return z = foreground logit - background logit."""
    return logits[:, 1] - logits[:, 0]


def pixel_loss(
    z: Float[Tensor, "*shape"],
    target: Float[Tensor, "*shape"],
    foreground_weight: float = 1.0,
) -> Float[Tensor, "*shape"]:
    """Return -2 (w q log p + (1 - q) log(1 - p)) per pixel, with p = sigmoid(z) and q the target.

    Source: H of section 2.3; in nats. A `foreground_weight` w other than 1 multiplies the
    foreground term; for annotations, q of 0 or 1, that is weighting foreground pixels.
    """
    if foreground_weight == 1.0:
        return 2.0 * (F.softplus(z) - target * z)
    return 2.0 * (foreground_weight * target * F.softplus(-z) + (1.0 - target) * F.softplus(z))


def hard_loss(
    z: Float[Tensor, "batch height width"],
    mask: Float[Tensor, "batch height width"],
    foreground_weight: float = 1.0,
) -> Float[Tensor, ""]:
    """Return the mean loss against the annotation (0 or 1)."""
    return pixel_loss(z, mask, foreground_weight).mean()


def soft_targets(
    teacher_z: Float[Tensor, "batch height width"], temperature: float
) -> Float[Tensor, "batch height width"]:
    """Return the teacher's foreground probability at the temperature (section 3.3)."""
    return torch.sigmoid(teacher_z / temperature)


def soft_loss(
    z: Float[Tensor, "batch height width"],
    targets: Float[Tensor, "batch height width"],
    temperature: float,
    foreground_weight: float = 1.0,
    pixel_weights: Float[Tensor, "batch height width"] | None = None,
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of teacher and student, both at the temperature (section 3.4).

    It is not multiplied by T^2: the paper does so only where soft and hard terms are added (section
    3.7).

    Args:
        z: the student's logit differences, at temperature 1.
        targets: the teacher's foreground probabilities q at the temperature.
        temperature: T.
        foreground_weight: w of class weights by target, w q log p + (1 - q) log(1 - p), which moves
            the best z of a pixel by T log w.
        pixel_weights: w(x) of class weights by annotation, of each pixel's whole loss (Ronneberger
            et al. 2015), which leaves the best z of a pixel where it is.
    """
    losses = pixel_loss(z / temperature, targets, foreground_weight)
    return losses.mean() if pixel_weights is None else (pixel_weights * losses).mean()


def annotation_weights(
    mask: Float[Tensor, "batch height width"], foreground_weight: float
) -> Float[Tensor, "batch height width"]:
    """Return w(x): the weight where the annotation is foreground, else 1.

    It is the class-balancing part of Ronneberger et al.'s map. The part that presses touching cells
    apart needs their instances, which a mask of two classes does not have.
    """
    return 1.0 + (foreground_weight - 1.0) * mask


def target_entropy(
    teacher_z: Float[Tensor, "batch height width"],
    temperature: float,
    foreground_weight: float = 1.0,
    pixel_weights: Float[Tensor, "batch height width"] | None = None,
) -> Float[Tensor, ""]:
    """Return the cross-entropy that a student equal to the teacher would have.

    Subtracting it makes the Kullback-Leibler divergence of section 3.6. It does not depend on the
    student, so both losses have the same gradient: exchanging them cannot change a training.
    """
    targets = soft_targets(teacher_z, temperature)
    return soft_loss(teacher_z, targets, temperature, foreground_weight, pixel_weights)
