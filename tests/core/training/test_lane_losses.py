"""The native losses are those of `Objective.terms`, and their gradients autograd's."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.config import RunConfig
from core.engines.lanes.kernels import Kernels, kernels
from core.objective import LossValues, Objective
from core.training.lane_losses import lane_losses
from tests.core.engines.lanes.conftest import compiler as compiler
from tests.core.engines.lanes.packs import relative

PARENT = RunConfig(data="d" * 16, width=4)
KINDS = [
    ("hard", "cross_entropy", "shares"),
    *product(("soft", "mixed"), ("cross_entropy", "kl"), ("shares", "sum")),
]
OBJECTIVES = [
    Objective(
        RunConfig(
            data="d" * 16, teacher=PARENT, objective=kind, soft_loss=loss, mixture=mixture,
            soft_weight=0.3, temperature=temperature, class_weights_by=by,
        ),
        weight,
    )
    for (kind, loss, mixture), weight, by, temperature in product(
        KINDS, (1.0, 0.25, 12.5), ("target", "annotation"), (1.0, 0.5, 7.0)
    )
]  # fmt: skip
EXTREMES = [
    *(0.0, 20.0, -20.0, 20.5, -20.5, 80.0, -80.0, 800.0, -800.0, 1e4, -1e4),
    *(math.inf, -math.inf, math.nan),
]
"""None has an exponential so small that it loses digits, at any temperature: the kernel's is 0."""
CLOSE = 1e-12
Inputs = tuple[Tensor, Tensor, Tensor]


def inputs(
    lanes: int, shape: tuple[int, int, int], scale: float, dtype: torch.dtype, seed: int
) -> Inputs:
    generator = torch.Generator().manual_seed(seed)
    z, teacher_z = scale * torch.randn(2, lanes, *shape, generator=generator, dtype=dtype)
    masks = (torch.rand(lanes, *shape, generator=generator) < 0.3).to(dtype)
    return z, masks, teacher_z


def with_autograd(objective: Objective, z: Tensor, masks: Tensor, teacher_z: Tensor):
    """One network's loss, and its gradient, in PyTorch."""
    own = z.clone().requires_grad_()
    terms = objective.terms(own, masks, teacher_z if objective.config.needs_teacher else None)
    terms.total.backward()
    assert own.grad is not None
    return terms.values(), own.grad


def flat(values: LossValues) -> dict[str, float]:
    return {"loss": values.loss} | values.parts | values.target_means


def check_losses(library: Kernels, shape: tuple[int, int, int], scale: float, seed: int) -> None:
    """Every combination of everything, each in a lane of its own; for the double library.

    Twelve digits are those of the numbers that are subtracted from one another: logits in a loss,
    probabilities in a slope.
    """
    given_ = inputs(len(OBJECTIVES), shape, scale, torch.float64, seed)
    values, dz = lane_losses(OBJECTIVES, *given_, library)
    largest = max(1.0, *(float(tensor.abs().max()) for tensor in given_))
    for lane, objective in enumerate(OBJECTIVES):
        wanted, gradient = with_autograd(objective, *(tensor[lane] for tensor in given_))
        check_same(values[lane], wanted, CLOSE, CLOSE * largest * scale_of(objective))
        probabilities = gradient.numel() ** -0.5
        error = float((dz[lane] - gradient).norm())
        assert error <= CLOSE * max(float(gradient.norm()), probabilities), objective


def scale_of(objective: Objective) -> float:
    """What soft terms are multiplied by."""
    return max(1.0, objective.config.temperature**2)


def check_same(found: LossValues, wanted: LossValues, relative: float, absolute: float) -> None:
    assert flat(found) == pytest.approx(flat(wanted), rel=relative, abs=absolute, nan_ok=True)
    assert (found.parts.keys(), found.target_means.keys()) == (
        wanted.parts.keys(),
        wanted.target_means.keys(),
    )


@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 9), st.integers(1, 20)),
    scale=st.sampled_from([0.01, 1.0, 5.0, 30.0, 1e4]),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=5)
def test_every_objective_is_that_of_pytorch_in_double_precision(
    shape: tuple[int, int, int], scale: float, seed: int
) -> None:
    check_losses(kernels("double"), shape, scale, seed)


@pytest.mark.parametrize("objective", OBJECTIVES[::20])
@pytest.mark.parametrize("precision", ["double", "float"])
def test_huge_and_infinite_logits_and_nan_end_as_in_pytorch(
    objective: Objective, precision: str
) -> None:
    """Every pixel is a lane of its own, so that no sum hides any."""
    library = kernels("double" if precision == "double" else "float")
    grid = torch.tensor(list(product(EXTREMES, (0.0, 1.0), EXTREMES)), dtype=library.dtype)
    z, masks, teacher_z = (column.reshape(-1, 1, 1, 1) for column in grid.T)
    values, dz = lane_losses([objective] * len(grid), z, masks, teacher_z, library)
    rounding = CLOSE if precision == "double" else 1e-6
    for lane in range(len(grid)):
        wanted, gradient = with_autograd(objective, z[lane], masks[lane], teacher_z[lane])
        finite = [abs(float(x)) for x in (z[lane], teacher_z[lane]) if math.isfinite(x)]
        room = rounding * max([1.0, *finite]) * scale_of(objective)
        check_same(values[lane], wanted, rounding, room)
        found = float(dz[lane])
        assert found == pytest.approx(float(gradient), rel=rounding, abs=rounding, nan_ok=True)


@pytest.mark.parametrize("scale", [0.01, 1.0, 5.0, 30.0])
def test_single_precision_is_no_further_from_double_than_pytorch(scale: float) -> None:
    single = inputs(len(OBJECTIVES), (1, 40, 50), scale, torch.float32, 3)
    values, dz = lane_losses(OBJECTIVES, *single, kernels())
    ours, theirs = [], []
    for lane, objective in enumerate(OBJECTIVES):
        own = [tensor[lane] for tensor in single]
        exact, gradient = with_autograd(objective, *(tensor.double() for tensor in own))
        pytorch, of_pytorch = with_autograd(objective, *own)
        ours.append((relative(dz[lane], gradient), abs(values[lane].loss / exact.loss - 1)))
        theirs.append((relative(of_pytorch, gradient), abs(pytorch.loss / exact.loss - 1)))
    for mine, other in zip(torch.tensor(ours).mean(0), torch.tensor(theirs).mean(0), strict=True):
        assert mine <= 1.1 * other, (mine, other)


@given(lane=st.integers(0, 3), seed=st.integers(0, 99), data=st.data())
@settings(deadline=None, max_examples=10)
def test_a_lane_has_the_same_bits_whatever_is_beside_it(
    lane: int, seed: int, data: st.DataObject
) -> None:
    library = kernels()
    given_ = inputs(4, (1, 5, 11), 3.0, torch.float32, seed)
    objectives = data.draw(st.lists(st.sampled_from(OBJECTIVES), min_size=4, max_size=4))
    z, masks, teacher_z = (tensor[lane : lane + 1].clone() for tensor in given_)
    alone, dz_alone = lane_losses([objectives[lane]], z, masks, teacher_z, library)
    for other in range(4):
        if other != lane:
            given_[0][other] = data.draw(st.sampled_from(EXTREMES))
            given_[2][other] = data.draw(st.sampled_from(EXTREMES))
    values, dz = lane_losses(objectives, *given_, library)
    assert values[lane] == alone[0]
    assert dz[lane].equal(dz_alone[0])


def test_a_shared_tile_needs_no_copies_and_hard_labels_no_teacher() -> None:
    library = kernels()
    z, masks, teacher_z = inputs(len(OBJECTIVES), (2, 6, 9), 3.0, torch.float32, 0)
    mask, teacher = masks[:1].expand_as(masks), teacher_z[:1].expand_as(teacher_z)
    one = lane_losses(OBJECTIVES, z, mask, teacher, library)
    other = lane_losses(OBJECTIVES, z, mask.contiguous(), teacher.contiguous(), library)
    assert one[0] == other[0]
    assert one[1].equal(other[1])
    hard = [objective for objective in OBJECTIVES if not objective.config.needs_teacher]
    count = len(hard)
    without = lane_losses(hard, z[:count], masks[:count], None, library)
    unseen = torch.full_like(teacher_z, math.nan)
    with_one = lane_losses(hard, z[:count], masks[:count], unseen[:count], library)
    assert without[0] == with_one[0]
    assert without[1].equal(with_one[1])
