"""Feature maps of all lanes in memory: [image][height][width][channel][lane], bordered by zeros."""

from collections import defaultdict
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.engines.lanes.kernels import Map


@dataclass(frozen=True)
class FeatureMap:
    """A map, or the centre of one."""

    memory: Tensor
    """What it lies in, border included."""
    window: Map
    height: int
    width: int
    border: int

    @property
    def channels(self) -> int:
        return self.window.channels

    @property
    def pixels(self) -> Tensor:
        """The map without its border, as it lies in memory; of a whole map only."""
        rim = self.border
        return self.memory[:, rim : rim + self.height, rim : rim + self.width]

    def rows(self, first: int, count: int) -> "FeatureMap":
        """Look at `count` rows from `first` on, without a copy."""
        ours = self.window
        origin = ours.origin + first * ours.row * self.memory.element_size()
        window = Map(origin, ours.row, ours.image, ours.channels, ours.shared)
        return replace(self, window=window, height=count)

    def centre(self, height: int, width: int) -> "FeatureMap":
        """Crop the central part of that size, in pixels, without a copy."""
        top, left = (self.height - height) // 2, (self.width - width) // 2
        ours = self.window
        scalars = top * ours.row + left * self.memory.stride(2)
        origin = ours.origin + scalars * self.memory.element_size()
        window = Map(origin, ours.row, ours.image, ours.channels, ours.shared)
        return replace(self, window=window, height=height, width=width)


def window_on(memory: Tensor, border: int, shared: bool = False) -> Map:
    """Return the kernels' view of a map without its border; a shared one has no lanes."""
    skipped = border * (memory.stride(1) + memory.stride(2)) * memory.element_size()
    channels = 1 if shared else memory.shape[3]
    return Map(
        memory.data_ptr() + skipped, memory.stride(1), memory.stride(0), channels, int(shared)
    )


class Workspace:
    """Hands out maps for one batch size and takes them back, to be used again for another layer.

    Kernels never write a border, so that it stays zero whatever a map is used for.
    """

    def __init__(self, images: int, lanes: int, dtype: torch.dtype) -> None:
        self.images, self.lanes, self.dtype = images, lanes, dtype
        self.bytes = 0
        """What all maps take together."""
        self._free: dict[tuple[int, ...], list[FeatureMap]] = defaultdict(list)

    def take(self, height: int, width: int, channels: int, border: int) -> FeatureMap:
        """Return a map with any content and a border of zeros."""
        free = self._free[height, width, channels, border]
        if free:
            return free.pop()
        return self._new(height, width, border, (channels, self.lanes))

    def image(self, height: int, width: int, border: int, shared: bool) -> FeatureMap:
        """Return a map of grey values: of all lanes together, or each lane's own."""
        return self._new(height, width, border, () if shared else (1, self.lanes))

    def _new(self, height: int, width: int, border: int, numbers: tuple[int, ...]) -> FeatureMap:
        shape = (self.images, height + 2 * border, width + 2 * border, *numbers)
        memory = torch.zeros(shape, dtype=self.dtype)
        self.bytes += memory.nbytes
        return FeatureMap(memory, window_on(memory, border, not numbers), height, width, border)

    def give_back(self, used: FeatureMap) -> None:
        """Take a whole map back, whose content nobody needs any more."""
        self._free[used.height, used.width, used.channels, used.border].append(used)
