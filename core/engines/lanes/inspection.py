"""Look at the networks of a pack: dead ReLUs, gradients, and whether numbers are finite.

The counterparts for one network in PyTorch are in `core.evaluation.dead_runs` and `core.networks`.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Bool
from torch import Tensor

from core.engines.lanes.network import LaneNetworks
from core.unet import BLOCKS


class DeadChannels:
    """Counts the channels of ReLUs that answered 0 everywhere, of all that was watched."""

    def __init__(self, pack: LaneNetworks) -> None:
        self._pack = pack

    def of(self, lane: int) -> list[int]:
        """Count a network's dead channels per level, in the order of `BLOCKS`."""
        maxima = self._pack.maxima
        return [
            sum(int((maxima.of(f"{block}.{index}")[lane] <= 0).sum()) for index in (0, 1))
            for block in BLOCKS
        ]


@contextmanager
def watching_relus(pack: LaneNetworks) -> Iterator[DeadChannels]:
    """Forget what ReLUs answered so far; `pack.evaluate(..., watching=True)` remembers from now."""
    pack.maxima.values.fill_(-math.inf)
    yield DeadChannels(pack)


def gradient_norms(pack: LaneNetworks) -> list[list[float | None]]:
    """Return, of each network, the Euclidean norm of the gradient per level.

    The levels are in the order of `BLOCKS`, the head comes last; None where it is not finite. A
    level's transposed convolution belongs to it.
    """
    squares = {level: torch.zeros(pack.lanes, dtype=torch.float64) for level in (*BLOCKS, "head")}
    for name, place in pack.gradients.places.items():
        part, _, rest = name.partition(".")
        level = f"{'expansive' if part == 'up' else part}.{rest.partition('.')[0]}"
        rows = pack.gradients.values[place.rows].double()
        squares["head" if part == "head" else level] += rows.square_().sum(dim=0)
    norms = torch.stack(list(squares.values()), dim=1).sqrt()[: pack.count].tolist()
    return [[norm if math.isfinite(norm) else None for norm in lane] for lane in norms]


def only_head_bias_learns(pack: LaneNetworks) -> Bool[Tensor, " lane"]:
    """Say of each network whether every gradient but the head bias's is exactly zero."""
    gradients = pack.gradients
    head_bias = gradients.places["head.bias"].rows
    learns = torch.zeros(pack.lanes, dtype=torch.bool)
    for rows in (slice(head_bias.stop, None), slice(0, head_bias.start)):
        learns |= gradients.values[rows].ne(0).any(dim=0)
    return ~learns[: pack.count]


def finite_weights(pack: LaneNetworks) -> Bool[Tensor, " lane"]:
    """Say of each network whether all its weights and running statistics are finite numbers."""
    finite = torch.isfinite(pack.weights.values).all(dim=0)
    return (finite & torch.isfinite(pack.running.values).all(dim=0))[: pack.count]
