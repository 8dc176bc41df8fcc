"""Max-pooling chooses among equal values and NaN as PyTorch does."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from core.engines.lanes.kernels import kernels
from core.engines.lanes.maps import FeatureMap, Workspace

VALUES = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan]


def put(space: Workspace, values: Tensor, border: int) -> FeatureMap:
    """Lay (lane, batch, channel, height, width) out as a map."""
    laid = space.take(values.shape[3], values.shape[4], values.shape[2], border)
    laid.pixels.copy_(values.permute(1, 3, 4, 2, 0))
    return laid


def got(laid: FeatureMap) -> Tensor:
    return laid.pixels.permute(4, 0, 3, 1, 2)


@given(
    batch=st.integers(1, 2),
    channels=st.integers(1, 3),
    height=st.integers(1, 4),
    width=st.integers(1, 5),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=40)
def test_values_and_gradients_go_where_those_of_pytorch_do(
    batch: int, channels: int, height: int, width: int, seed: int
) -> None:
    library = kernels("double")
    generator = torch.Generator().manual_seed(seed)
    shape = library.lanes, batch, channels, 2 * height, 2 * width
    x = torch.tensor(VALUES, dtype=torch.float64)[
        torch.randint(len(VALUES), shape, generator=generator)
    ].requires_grad_()
    wanted = F.max_pool2d(x.flatten(0, 1), 2).unflatten(0, shape[:2])
    dy = torch.randn(wanted.shape, generator=generator, dtype=torch.float64)
    (dx,) = torch.autograd.grad(wanted, x, dy)
    before = torch.randn(shape, generator=generator, dtype=torch.float64)

    space = Workspace(batch, library.lanes, torch.float64)
    source, of_y, into = put(space, x.detach(), 1), put(space, dy, 2), put(space, before, 2)
    y = space.take(height, width, channels, 1)
    size = batch, height, width
    library.call("pool", *size, source.window, y.window)()
    library.call("pool_gradient", *size, source.window, of_y.window, into.window)()
    assert torch.equal(got(y).nan_to_num(nan=7.0), wanted.detach().nan_to_num(nan=7.0))
    assert torch.equal(got(into), before + dx)
    for laid in (y, into):
        inner = laid.pixels.clone()
        laid.pixels.zero_()
        assert not bool(laid.memory.any()), "a border was written"
        laid.pixels.copy_(inner)
