import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from core.evaluation.calibration import (
    Calibration,
    LogitHistogram,
    best_threshold,
    calibrate,
    fit_sigmoid,
)

seeds = st.integers(0, 2**32 - 1)


def pixels(seed: int, count: int, signal: float) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    mask = np.zeros(count)
    mask[: max(1, count // 6)] = 1.0
    z = rng.normal(-2.0, 1.5, count) + signal * mask
    return torch.from_numpy(z).float(), torch.from_numpy(mask).float()


def mean_loss(beta: np.ndarray, z: torch.Tensor, mask: torch.Tensor) -> float:
    logit = beta[0] * z.double().numpy() + beta[1]
    return float(np.mean(np.logaddexp(0.0, logit) - mask.double().numpy() * logit))


@given(
    seed=seeds, signal=st.sampled_from([0.5, 2.0, 4.0]), scale=st.sampled_from([1e-3, 1.0, 50.0])
)
@settings(deadline=None, max_examples=25)
def test_fit_is_as_good_as_scipys_on_the_raw_pixels(seed: int, signal: float, scale: float) -> None:
    z, mask = pixels(seed, 3000, signal)
    ours = mean_loss(np.array(fit_sigmoid(LogitHistogram.of(z * scale, mask))), z * scale, mask)
    best = minimize(mean_loss, np.zeros(2), args=(z, mask), method="BFGS", options={"gtol": 1e-8})
    assert ours == pytest.approx(best.fun, abs=1e-6)


@given(seed=seeds, signal=st.floats(-4.0, 4.0))
@settings(deadline=None, max_examples=40)
def test_slope_is_never_negative(seed: int, signal: float) -> None:
    z, mask = pixels(seed, 500, signal)
    slope, offset = fit_sigmoid(LogitHistogram.of(z, mask))
    assert slope >= 0.0
    if signal < -1.5:
        assert slope == 0.0
        q = float(mask.mean())
        assert offset == pytest.approx(math.log(q / (1 - q)), rel=1e-6)


@pytest.mark.parametrize("logit", [0.0, 3.3, -1e6, 1e-30])
def test_constant_logits_keep_only_the_base_rate(logit: float) -> None:
    mask = (torch.arange(1000) % 20 == 0).float()
    calibration = calibrate(LogitHistogram.of(torch.full((1000,), logit), mask))
    assert calibration.slope == 0.0
    assert calibration.offset == pytest.approx(math.log(0.05 / 0.95))
    assert calibration.threshold < logit


@given(seed=seeds, count=st.integers(2, 60), levels=st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_threshold_has_the_highest_iou(seed: int, count: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    z = rng.integers(0, levels, count).astype(np.float32) / 4.0
    mask = (rng.random(count) < 0.3).astype(np.float32)
    mask[0] = 1.0

    def iou(marked: np.ndarray) -> float:
        return float((marked & (mask > 0)).sum() / (marked | (mask > 0)).sum())

    threshold = best_threshold(LogitHistogram.of(torch.from_numpy(z), torch.from_numpy(mask)))
    best = max(iou(z >= candidate) for candidate in np.unique(z))
    assert iou(z > threshold) == pytest.approx(best, rel=1e-12)
    assert iou(z >= threshold) == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_separable_pixels_end_with_finite_numbers(scale: float) -> None:
    z = torch.linspace(-1.0, 1.0, 400) * scale
    mask = (z > 0.2 * scale).float()
    calibration = calibrate(LogitHistogram.of(z, mask))
    assert all(map(math.isfinite, vars(calibration).values()))
    assert calibration.slope > 0.0
    assert torch.equal(z > calibration.threshold, mask > 0.5)
    base_rate = mean_loss(np.array([0.0, math.log(0.4 / 0.6)]), z, mask)
    assert mean_loss(np.array(fit_sigmoid(LogitHistogram.of(z, mask))), z, mask) < 0.05 * base_rate


@given(seed=seeds, count=st.integers(1, 3000), bins=st.sampled_from([1, 7, 4096]))
@settings(deadline=None, max_examples=25)
def test_a_histogram_loses_no_pixel(seed: int, count: int, bins: int) -> None:
    z, mask = pixels(seed, count, 2.0)
    histogram = LogitHistogram.of(z, mask, bins)
    total = histogram.foreground + histogram.background
    assert histogram.foreground.sum() == float(mask.sum())
    assert total.sum() == count
    assert (total > 0).all()
    assert len(histogram.z) <= bins
    assert (np.diff(histogram.z) > 0).all()
    assert float(total @ histogram.z) / count == pytest.approx(float(z.double().mean()), abs=1e-5)


def test_calibration_does_not_depend_on_the_scale_of_the_logits() -> None:
    z, mask = pixels(0, 2000, 3.0)
    plain: Calibration = calibrate(LogitHistogram.of(z, mask))
    scaled = calibrate(LogitHistogram.of(z * 8.0 + 16.0, mask))
    assert scaled.slope == pytest.approx(plain.slope / 8.0, rel=1e-3)
    assert scaled.offset == pytest.approx(plain.offset - 16.0 * plain.slope / 8.0, rel=1e-3)
    assert scaled.threshold == pytest.approx(plain.threshold * 8.0 + 16.0, rel=1e-3)
