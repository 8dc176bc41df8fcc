"""Take the losses of a pack's networks natively: what `Objective.terms` and its gradient are.

Every network has its own objective, and each is taken by itself: nothing depends on another lane.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from core.engines.lanes.kernels import Kernels
from core.objective import LossValues, Objective

SUMS = 6
"""The numbers that the kernel sums up over the pixels."""


def lane_losses(
    objectives: Sequence[Objective],
    z: Float[Tensor, "lane batch height width"],
    masks: Float[Tensor, "lane batch height width"],
    teacher_z: Float[Tensor, "lane batch height width"] | None,
    library: Kernels,
) -> tuple[list[LossValues], Float[Tensor, "lane batch height width"]]:
    """Return every network's loss, and the gradient of each with respect to its own z.

    Args:
        objectives: of each lane.
        z: the students' logit differences, at temperature 1, in the library's precision.
        masks: the annotation, 0 or 1. Lanes that see the same tile need no copies: `expand` it.
        teacher_z: the teachers' logit differences, likewise; None where no lane has soft labels.
            That of a lane with hard labels is not looked at.
        library: the kernels.
    """
    dz = torch.empty_like(z, memory_format=torch.contiguous_format)
    teachers = [None] * len(z) if teacher_z is None else teacher_z
    of_lanes = zip(objectives, z.detach(), masks, teachers, dz, strict=True)
    values = [_losses(*of_lane, library) for of_lane in of_lanes]
    return values, dz


def _losses(
    objective: Objective,
    z: Tensor,
    masks: Tensor,
    teacher_z: Tensor | None,
    dz: Tensor,
    library: Kernels,
) -> LossValues:
    """Return one network's loss, and write its gradient to dz."""
    config, weight = objective.config, objective.foreground_weight
    soft, mixed = config.needs_teacher, config.objective == "mixed"
    pixels, temperature = z.numel(), config.temperature
    on_hard, on_soft = objective.shares if mixed else (1.0, temperature**-2)
    planes = [z.contiguous(), masks.contiguous()]
    if soft:
        assert teacher_z is not None, "soft labels need a teacher"
        planes.append(teacher_z.contiguous())
    assert all(plane.dtype == library.dtype for plane in (*planes, dz))
    sums = torch.empty(SUMS, dtype=torch.float64)
    by_annotation = objective.weights_pixels
    library.call(
        "losses",
        pixels,
        mixed or not soft,
        soft,
        soft and objective.needs_entropy,
        *(plane.data_ptr() for plane in planes),
        *(() if soft else (None,)),
        weight,
        1.0 if by_annotation else weight,
        weight - 1.0 if by_annotation else 0.0,
        temperature,
        on_hard / pixels,
        on_soft * temperature / pixels,
        dz.data_ptr(),
        sums.data_ptr(),
    )()
    means = [total / pixels for total in sums.tolist()]
    return _values(objective, *means)


def _values(
    objective: Objective,
    hard: float,
    soft: float,
    entropy: float,
    hard_target: float,
    soft_target: float,
    soft_weight: float,
) -> LossValues:
    """Put means over pixels together as `Terms` does."""
    config = objective.config
    if config.objective == "hard":
        return LossValues(hard, {}, {"hard_targets": hard_target})
    targets = {"soft_targets": soft_target}
    if objective.weights_pixels:
        targets = {"soft_weights": soft_weight, "soft_targets": soft_target / soft_weight}
    if config.objective == "soft":
        return LossValues(soft - entropy, {}, targets)
    scaled, entropy = config.temperature**2 * soft, config.temperature**2 * entropy
    parts = {"hard_losses": hard, "soft_losses": scaled, "soft_entropies": entropy}
    loss = objective.mixed(hard, scaled, entropy)
    return LossValues(loss, parts, {"hard_targets": hard_target} | targets)
