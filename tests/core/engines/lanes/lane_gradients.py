"""Take the loss of every network of a pack, each by itself, in PyTorch."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Loss = Callable[[int, Float[Tensor, "batch height width"]], Float[Tensor, ""]]
"""From a lane and its z to its loss."""


def loss_gradients(
    z: Float[Tensor, "lane batch height width"], loss: Loss
) -> tuple[list[Float[Tensor, ""]], Float[Tensor, "lane batch height width"]]:
    """Return every network's loss, and the gradient of each with respect to its own z.

    Losses may differ from lane to lane. Each is taken of its own tensor, which is several times
    faster than one graph over all of them, and what it computes cannot depend on other lanes.
    """
    losses, gradients = [], torch.zeros_like(z)
    for lane, logits in enumerate(z.detach()):
        own = logits.requires_grad_()
        own.grad = gradients[lane]
        value = loss(lane, own)
        value.backward()
        losses.append(value.detach())
    return losses, gradients
