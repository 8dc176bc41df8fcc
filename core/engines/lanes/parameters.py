"""Numbers that each network has, laid out for the kernels: one buffer, the lanes last."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor


@dataclass(frozen=True)
class Place:
    """Where one tensor of a network lies in the buffer."""

    first: int
    """Its first row of the buffer."""
    shape: tuple[int, ...]
    """The tensor's shape in the network."""
    order: tuple[int, ...]
    """Its axes in the order of the kernels."""

    @property
    def rows(self) -> slice:
        return slice(self.first, self.first + prod(self.shape))


def kernel_order(name: str, axes: int) -> tuple[int, ...]:
    """Return a tensor's axes in the order of the kernels.

    3x3 convolutions want [row][column][channel in][channel out]. PyTorch holds the channels that
    come in first for transposed ones, [channel in][channel out]; the head stays [class][channel].
    """
    if axes != 4:
        return tuple(range(axes))
    return (2, 3, 0, 1) if name.startswith(("up.", "head.")) else (2, 3, 1, 0)


class LaneBuffer:
    """One buffer [row][lane] of all tensors of every network, by their names.

    Args:
        tensors: the names and tensors of one network, in order; only their shapes count.
        lanes: how many networks there is room for.
        dtype: of the numbers.
    """

    def __init__(
        self, tensors: Iterable[tuple[str, Tensor]], lanes: int, dtype: torch.dtype
    ) -> None:
        self.places: dict[str, Place] = {}
        rows = 0
        for name, tensor in tensors:
            order = kernel_order(name, tensor.dim())
            self.places[name] = Place(rows, tuple(tensor.shape), order)
            rows += tensor.numel()
        self.values = torch.zeros(rows, lanes, dtype=dtype)

    def __contains__(self, name: str) -> bool:
        return name in self.places

    def address(self, name: str) -> int:
        """Return where a tensor begins in memory."""
        return self.values[self.places[name].first :].data_ptr()

    def of(self, name: str) -> Tensor:
        """Return a tensor of all networks, in the network's own shape after the lane's axis.

        It is a view: what is written to it is in the buffer.
        """
        place = self.places[name]
        laid = self.values[place.rows].view(*(place.shape[axis] for axis in place.order), -1)
        back = [place.order.index(axis) for axis in range(len(place.shape))]
        return laid.permute(len(back), *back)

    def like(self) -> "LaneBuffer":
        """Return another buffer of zeros with the same places."""
        other = object.__new__(LaneBuffer)
        other.places, other.values = self.places, torch.zeros_like(self.values)
        return other
