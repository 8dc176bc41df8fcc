"""The paper's reported figures: minima of windowed means (section 2.3).

Analysis, not identity: computed from a curve for any alpha_t and beta_t.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.errors import ConfigError

WINDOWED = (
    "test_loss_avg",
    "train_loss_avg",
    "train_loss_hard",
    "train_loss_soft",
    "train_loss_soft_kl",
    "train_loss_hard_excess",
    "train_loss_soft_excess",
)
"""Figures that depend on alpha_t and beta_t."""


@dataclass(frozen=True)
class Windows:
    """How many values the paper's windowed means are over.

    They are alpha_t training losses and beta_t test evaluations (Table 3: 25 evaluations, every
    n_t = 500 iterations).

    Example:
        >>> Windows(beta_t=1)
        Windows(alpha_t=5000, beta_t=1)
    """

    alpha_t: int = 5000
    beta_t: int = 25

    def __post_init__(self) -> None:
        """Raise ConfigError for a window without a value in it."""
        for name in ("alpha_t", "beta_t"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} {getattr(self, name)}: must be at least 1")


def windowed_minimum(values: Sequence[float], window: int) -> float | None:
    """Return the least mean of `window` consecutive values.

    None where there are fewer values than the window: a shorter mean is another figure. A window
    that holds a value that is not finite cannot be the minimum.
    """
    if len(values) < window:
        return None
    series = np.asarray(values, dtype=np.float64)
    series = np.where(np.isfinite(series), series, np.nan)
    means = np.convolve(series, np.ones(window), mode="valid") / window
    finite = means[np.isfinite(means)]
    return float(finite.min()) if finite.size else None


def reported_test_loss(
    iterations: Sequence[int], test_losses: Sequence[float], window: int
) -> float | None:
    """Return L*_test; the untrained network's evaluation at iteration 0 does not count."""
    trained = [loss for at, loss in zip(iterations, test_losses, strict=True) if at > 0]
    return windowed_minimum(trained, window)


def reported_figures(
    curve: Sequence[Mapping[str, Any]],
    windows: Windows,
    temperature: float | None = None,
    foreground_weight: float = 1.0,
) -> dict[str, Any]:
    """Compute the paper's figures of a whole curve.

    `test_loss_min`, `test_loss_avg`, `train_loss_avg`; of the mixed objective also
    `train_loss_hard` and `train_loss_soft`, the minima of its terms (`train_loss_soft_kl`: of the
    soft one less the entropy of its targets), each with its `_excess`: the
    least windowed mean of the loss less that of the stream's best constant on the same steps.
    A stream's fraction over a short window differs from its mean by chance, so a minimum over
    windows lies far below the constant's loss over all steps; over the same steps it does not.

    Args:
        curve: rows of the ledger's curves of one run, in order of iteration.
        windows: alpha_t and beta_t.
        temperature: T of the soft term, which is multiplied by T^2; only for the mixed objective.
        foreground_weight: w of the training loss.
    """
    iterations = [point["iteration"] for point in curve]
    tested = [math.nan if (x := point["test_loss"]) is None else float(x) for point in curve]
    figures: dict[str, Any] = {
        "test_loss_min": reported_test_loss(iterations, tested, 1),
        "test_loss_avg": reported_test_loss(iterations, tested, windows.beta_t),
        "train_loss_avg": windowed_minimum(steps_of(curve, "train_losses"), windows.alpha_t),
    }
    t = temperature or 1.0
    for kind in ("hard", "soft"):
        losses = steps_of(curve, f"{kind}_losses")
        figures[f"train_loss_{kind}"] = windowed_minimum(losses, windows.alpha_t)
        targets = np.asarray(steps_of(curve, f"{kind}_targets"))
        excess = None
        if 0 < len(losses) == len(targets):  # else the curve is damaged
            weights = steps_of(curve, "soft_weights") if kind == "soft" else []
            constant = constant_losses(targets, foreground_weight, weights)
            constant *= t * t if kind == "soft" else 1.0
            excess = windowed_minimum(list(np.asarray(losses) - constant), windows.alpha_t)
        figures[f"train_loss_{kind}_excess"] = excess
    pairs = zip(steps_of(curve, "soft_losses"), steps_of(curve, "soft_entropies"), strict=False)
    divergences = [loss - entropy for loss, entropy in pairs]
    figures["train_loss_soft_kl"] = windowed_minimum(divergences, windows.alpha_t)
    return figures


def constant_losses(
    targets: np.ndarray, foreground_weight: float = 1.0, weights: Sequence[float] = ()
) -> np.ndarray:
    """Compute at every step the loss of the answer that is best over all of them, in nats.

    Args:
        targets: mean target of each step, shape (steps,).
        foreground_weight: w of the training loss.
        weights: mean weight of a step's pixels, where each has one; w counts for nothing then.
    """
    w, each = foreground_weight, np.ones_like(targets)
    if len(weights) == len(targets):
        w, each = 1.0, np.asarray(weights, dtype=float)
    mean = float((each * targets).mean()) / float(each.mean())
    p = w * mean / (w * mean + 1.0 - mean)
    if not 0.0 < p < 1.0:
        return np.zeros_like(targets)
    return -2.0 * each * (w * targets * math.log(p) + (1.0 - targets) * math.log1p(-p))


def steps_of(curve: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """Join a per-step list of the curve over its evaluations; empty where there is none."""
    lists = (point.get(name) for point in curve)
    return [float(value) for values in lists if values is not None for value in values]
