import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from core.losses import hard_loss, logit_difference, pixel_loss, soft_loss, soft_targets

seeds = st.integers(0, 2**32 - 1)


def random(seed: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(0.0, 4.0, (2, 2, 5, 7)))
    return logits, torch.from_numpy(rng.random((2, 5, 7)))


@pytest.mark.parametrize(
    ("z", "target", "weight", "expected"),
    [
        (0.0, 1.0, 1.0, 1.386294361),  # p = 1/2: -2 ln(1/2) = 2 ln 2
        (0.0, 0.0, 1.0, 1.386294361),
        (math.log(3.0), 1.0, 1.0, 0.575364145),  # p = 3/4: -2 ln(3/4) = 2 ln 4 - 2 ln 3
        (math.log(3.0), 0.0, 1.0, 2.772588722),  # p = 3/4: -2 ln(1/4) = 4 ln 2
        (math.log(3.0), 0.5, 1.0, 1.673976434),  # the mean of the two above
        (math.log(3.0), 1.0, 3.0, 1.726092435),  # three times -2 ln(3/4)
        (math.log(3.0), 0.0, 3.0, 2.772588722),  # the weight is the foreground's alone
    ],
)
def test_golden_values(z: float, target: float, weight: float, expected: float) -> None:
    loss = pixel_loss(torch.tensor([z]).double(), torch.tensor([target]).double(), weight)
    assert float(loss) == pytest.approx(expected, abs=1e-9 + 1e-7 * expected)


@given(seed=seeds)
@settings(deadline=None, max_examples=20)
def test_hard_loss_is_twice_the_cross_entropy_of_the_two_logits(seed: int) -> None:
    logits, probabilities = random(seed)
    mask = (probabilities > 0.5).double()
    expected = 2.0 * F.cross_entropy(logits, mask.long())
    assert float(hard_loss(logit_difference(logits), mask)) == pytest.approx(float(expected))


@given(seed=seeds)
@settings(deadline=None, max_examples=20)
def test_hard_loss_is_the_bce_of_both_one_hot_channels_added(seed: int) -> None:
    logits, probabilities = random(seed)
    mask = (probabilities > 0.5).double()
    softmax = logits.softmax(dim=1)
    expected = F.binary_cross_entropy(softmax[:, 1], mask)
    expected = expected + F.binary_cross_entropy(softmax[:, 0], 1.0 - mask)
    assert float(hard_loss(logit_difference(logits), mask)) == pytest.approx(float(expected))


@given(seed=seeds, weight=st.floats(0.01, 100.0))
@settings(deadline=None, max_examples=20)
def test_class_weights_multiply_the_foreground_term(seed: int, weight: float) -> None:
    logits, target = random(seed)
    z = logit_difference(logits)
    p = torch.sigmoid(z)
    naive = -2.0 * (weight * target * p.log() + (1.0 - target) * (1.0 - p).log())
    torch.testing.assert_close(pixel_loss(z, target, weight), naive, rtol=1e-6, atol=1e-12)


@given(seed=seeds)
@settings(deadline=None, max_examples=10)
def test_weight_one_is_no_weight(seed: int) -> None:
    logits, target = random(seed)
    z = logit_difference(logits)
    torch.testing.assert_close(pixel_loss(z, target, 1.0), pixel_loss(z, target, 1.0 + 1e-12))


def test_loss_and_gradient_stay_finite_at_extreme_logits() -> None:
    z = torch.tensor([[[-1e30, -1e4, 1e4, 1e30]]], requires_grad=True)
    mask = torch.tensor([[[0.0, 1.0, 0.0, 1.0]]])
    for weight in (1.0, 5.0):
        (gradient,) = torch.autograd.grad(hard_loss(z, mask, weight), z)
        assert bool(torch.isfinite(gradient).all())
        assert math.isfinite(float(hard_loss(z, mask, weight).detach()))


@given(seed=seeds, temperature=st.sampled_from([0.5, 1.0, 5.0, 40.0]))
@settings(deadline=None, max_examples=20)
def test_the_teachers_own_logits_have_no_gradient(seed: int, temperature: float) -> None:
    z = logit_difference(random(seed)[0]).requires_grad_()
    targets = soft_targets(z.detach(), temperature)
    (gradient,) = torch.autograd.grad(soft_loss(z, targets, temperature), z)
    linear_above_twenty = 2.0 / temperature * math.exp(-20.0) / z.numel()  # PyTorch's softplus
    assert float(gradient.abs().max()) < linear_above_twenty + 1e-15


@given(seed=seeds)
@settings(deadline=None, max_examples=10)
def test_a_certain_teacher_gives_hard_labels(seed: int) -> None:
    logits, probabilities = random(seed)
    mask = (probabilities > 0.5).double()
    targets = soft_targets(2000.0 * (mask - 0.5), 1.0)
    z = logit_difference(logits)
    torch.testing.assert_close(soft_loss(z, targets, 1.0), hard_loss(z, mask))


@given(seed=seeds, temperature=st.sampled_from([0.5, 1.0, 5.0, 40.0]))
@settings(deadline=None, max_examples=20)
def test_gradient_at_a_temperature(seed: int, temperature: float) -> None:
    """d/dz of 2 (softplus(z/T) - q z/T) is (2/T) (sigmoid(z/T) - q)."""
    logits, target = random(seed)
    z = logit_difference(logits).requires_grad_()
    (gradient,) = torch.autograd.grad(soft_loss(z, target, temperature), z)
    naive = 2.0 / temperature * (torch.sigmoid(z.detach() / temperature) - target) / z.numel()
    torch.testing.assert_close(gradient, naive)


@given(seed=seeds)
@settings(deadline=None, max_examples=20)
def test_a_large_temperature_matches_logits(seed: int) -> None:
    """T^2 times a pixel's gradient tends to (z - z_t)/2, for sigmoid(x) = 1/2 + x/4 + O(x^3)."""
    z = logit_difference(random(seed)[0]).requires_grad_()
    teacher = logit_difference(random(seed + 1)[0])
    for temperature in (1e2, 1e3):
        targets = soft_targets(teacher, temperature)
        (gradient,) = torch.autograd.grad(soft_loss(z, targets, temperature), z)
        per_pixel = temperature**2 * z.numel() * gradient
        largest = max(float(z.detach().abs().max()), float(teacher.abs().max()))
        third_order = 2.0 * largest**3 / (24.0 * temperature**2)
        limit = (z.detach() - teacher) / 2.0
        assert float((per_pixel - limit).abs().max()) <= third_order + 1e-6
