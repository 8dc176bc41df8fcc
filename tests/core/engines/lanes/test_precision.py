"""In single precision the kernels are as near to double precision as PyTorch is, or nearer."""

import copy

import pytest
import torch

from core.choices import BatchNorm, Padding
from core.engines.lanes.network import LaneNetworks
from core.unet import KUNet
from tests.core.engines.lanes.lane_gradients import loss_gradients
from tests.core.engines.lanes.packs import (
    Task,
    gradient_errors,
    lively_networks,
    relative,
    task,
    with_pytorch,
)


def in_double(given: Task) -> Task:
    tensors = (given.images.double(), given.masks.double(), given.teacher_z.double())
    return Task(*tensors, given.objectives)


def mean_errors(
    width: int, batch_norm: BatchNorm, padding: Padding, sides: tuple[int, int], lanes: int
) -> tuple[list[float], list[float]]:
    """Mean relative errors of z and of gradients: the kernels', and PyTorch's own."""
    answer = (4, 4) if padding == "valid" else sides
    networks = lively_networks(lanes, width, batch_norm, padding, torch.float32, seed=5)
    single = task(
        "hard", sides, answer, lanes=lanes, batch=1, shared=False, dtype=torch.float32, seed=5
    )
    exact: list[KUNet] = [copy.deepcopy(network).double() for network in networks]
    z = with_pytorch(exact, in_double(single))
    theirs = with_pytorch(networks, single)
    pack = LaneNetworks(networks)
    ours = pack.forward(single.images)
    pack.backward(loss_gradients(ours, single.loss)[1])
    of_gradients = gradient_errors(exact, lambda lane, name: pack.gradients.of(name)[lane])

    def of_torch(lane: int, name: str) -> torch.Tensor:
        gradient = networks[lane].get_parameter(name).grad
        assert gradient is not None
        return gradient

    of_theirs = gradient_errors(exact, of_torch)
    return (
        [relative(ours, z), sum(of_gradients.values()) / len(of_gradients)],
        [relative(theirs, z), sum(of_theirs.values()) / len(of_theirs)],
    )


@pytest.mark.parametrize(
    ("width", "batch_norm", "padding", "sides"),
    [
        (1, "none", "same", (64, 64)),
        (2, "none", "same", (64, 64)),
        (4, "none", "same", (64, 64)),
        (2, "none", "valid", (188, 188)),
    ],
)
def test_errors_are_no_larger_than_those_of_pytorch(
    width: int, batch_norm: BatchNorm, padding: Padding, sides: tuple[int, int]
) -> None:
    ours, theirs = mean_errors(width, batch_norm, padding, sides, 4)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine <= 1.5 * other, (ours, theirs)
