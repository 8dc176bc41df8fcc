"""The paper's reported figures: minima of windowed means (section 2.3).

Analysis, not identity: computed from a curve for any alpha_t and beta_t.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Windows:
    """alpha_t training losses, beta_t test evaluations; Table 3: 25 evaluations, n_t = 500."""

    alpha_t: int = 5000
    beta_t: int = 25


def windowed_minimum(values: Sequence[float], window: int) -> float | None:
    """min over k of the mean of `window` consecutive values.

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
    """L*_test: the untrained network's evaluation at iteration 0 does not count."""
    trained = [loss for at, loss in zip(iterations, test_losses, strict=True) if at > 0]
    return windowed_minimum(trained, window)
