"""Choose recalibration and threshold, on validation pixels only."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

BINS = 4096
NEWTON_STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """What validation chose: p = sigmoid(slope z + offset); above `threshold` z is foreground."""

    slope: float
    offset: float
    threshold: float


@dataclass(frozen=True)
class LogitHistogram:
    """Validation pixels, gathered in equal bins of z, each at its own mean.

    4,096 weighted points stand for millions, with an error of the second order in the bin's width.
    """

    z: Float[np.ndarray, " bin"]
    foreground: Float[np.ndarray, " bin"]
    background: Float[np.ndarray, " bin"]

    @classmethod
    def of(
        cls, z: Float[Tensor, " pixel"], mask: Float[Tensor, " pixel"], bins: int = BINS
    ) -> "LogitHistogram":
        """Gather pixels: their logit differences z and their annotation, 0 or 1."""
        low, high = z.min(), z.max()
        width = float(high - low)
        scale = bins / width if width > 0 else 0.0
        index = ((z - low) * scale).long().clamp_(0, bins - 1)
        counts = torch.bincount(index, minlength=bins).double()
        foreground = torch.bincount(index, weights=mask.double(), minlength=bins)
        offsets = torch.bincount(index, weights=(z - low).double(), minlength=bins)
        return cls.of_bins(
            float(low), (counts - foreground).numpy(), foreground.numpy(), offsets.numpy()
        )

    @classmethod
    def of_bins(
        cls,
        low: float,
        background: Float[np.ndarray, " bin"],
        foreground: Float[np.ndarray, " bin"],
        offsets: Float[np.ndarray, " bin"],
    ) -> "LogitHistogram":
        """Leave empty bins out, of bins with their pixels and the sums of their z above `low`."""
        counts = background + foreground
        used = counts > 0
        mean = low + offsets[used] / counts[used]
        return cls(mean, foreground[used], background[used])


def calibrate(histogram: LogitHistogram) -> Calibration:
    """Find the maximum-likelihood slope (>= 0) and offset, and the threshold of the highest IoU.

    This is Platt scaling (Platt 1999), by Newton's method with step halving.
    """
    slope, offset = fit_sigmoid(histogram)
    return Calibration(slope, offset, best_threshold(histogram))


def fit_sigmoid(histogram: LogitHistogram) -> tuple[float, float]:
    """Fit slope and offset of sigmoid(slope z + offset); a slope that would be negative is 0."""
    total = histogram.foreground + histogram.background
    positives = float(histogram.foreground.sum())
    fraction = positives / float(total.sum())
    base = float(np.log(fraction / (1.0 - fraction)))
    centre = float(np.average(histogram.z, weights=total))
    spread = float(np.sqrt(np.average((histogram.z - centre) ** 2, weights=total)))
    if spread == 0.0:
        return 0.0, base
    design = np.stack([(histogram.z - centre) / spread, np.ones_like(histogram.z)], axis=1)
    weights = total / total.sum()
    share = histogram.foreground / total.sum()

    def loss(beta: Float[np.ndarray, "2"]) -> float:
        z = design @ beta
        return float(weights @ np.logaddexp(0.0, z) - share @ z)

    beta = np.array([0.0, base])
    current = loss(beta)
    for _ in range(NEWTON_STEPS):
        p = 0.5 * (1.0 + np.tanh(0.5 * (design @ beta)))
        gradient = design.T @ (weights * p - share)
        hessian = (design * (weights * p * (1.0 - p))[:, None]).T @ design
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient)
        halvings = 0
        while (trial := loss(beta - step)) > current and halvings < 40:
            step, halvings = step / 2.0, halvings + 1
        if current - trial < 1e-12:
            break
        beta, current = beta - step, trial
    if beta[0] < 0.0:
        return 0.0, base
    return float(beta[0] / spread), float(beta[1] - beta[0] * centre / spread)


def best_threshold(histogram: LogitHistogram) -> float:
    """Return the threshold whose rule `foreground where z > threshold` has the highest IoU."""
    true = np.cumsum(histogram.foreground[::-1])[::-1]
    false = np.cumsum(histogram.background[::-1])[::-1]
    iou = true / (histogram.foreground.sum() + false)
    best = int(np.argmax(iou))
    if best == 0:
        return float(histogram.z[0]) - 1.0
    return float(histogram.z[best - 1] + histogram.z[best]) / 2.0
