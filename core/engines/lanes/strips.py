"""Maps of which only some rows are in memory, and the order in which all layers compute rows."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from core.engines.lanes.kernels import Call, Map
from core.engines.lanes.maps import window_on


@dataclass
class Strip:
    """The rows of a map that are in memory; more is known of them when all steps are known."""

    height: int
    width: int
    channels: int
    border: int
    chunk: int
    """So many rows are computed at once."""
    done: int = 0
    """So many rows are computed."""
    room: int = 0
    """There is room for so many rows,"""
    top: int = 0
    """the first of which is this one."""
    memory: Tensor = field(default_factory=lambda: torch.empty(0))

    def allocate(self, most: int, lanes: int, dtype: torch.dtype) -> None:
        """Make room for `most` rows that are needed at once, and for more: then few are moved."""
        self.room = min(self.height, most + most // 4 + self.chunk)
        rim = 2 * self.border
        shape = 1, self.room + rim, self.width + rim, self.channels, lanes
        self.memory = torch.zeros(shape, dtype=dtype)

    def window(self, row: int, left: int = 0) -> Map:
        """Return the kernels' view from a row and a column on."""
        whole = window_on(self.memory, self.border)
        scalars = (row - self.top) * whole.row + left * self.memory.stride(2)
        whole.origin += scalars * self.memory.element_size()
        return whole

    def forget(self, below: int) -> Call:
        """Move the rows from `below` on to the top, so that there is room for more."""
        first, size = self.border + below - self.top, self.memory.element_size()
        row = self.memory.stride(1) * size
        to = self.memory.data_ptr() + self.border * row
        self.top, moved = below, self.done - below
        return partial(ctypes.memmove, to, self.memory.data_ptr() + first * row, moved * row)


Rows = tuple[int, int]


@dataclass(frozen=True)
class Stage:
    """A layer: what it takes, what it leaves, and the calls that compute some rows of it."""

    answer: Strip
    sources: tuple[tuple[Strip, Callable[[int, int], Rows]], ...]
    """Each with the rows of it that some rows of the answer take; they may lie beyond it."""
    calls: Callable[[int, int], list[tuple[bool, Call]]]


class Schedule:
    """The rows of all layers in an order in which each finds what it takes, as late as possible.

    Args:
        stages: the layers, each behind its sources.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = {id(stage.answer): stage for stage in stages}
        self.steps: list[tuple[Stage, int, int]] = []
        """Each a layer, the first of the rows that it computes, and the one behind them."""
        for stage in reversed(stages):
            self._advance(stage.answer, stage.answer.height)
        for stage in stages:
            stage.answer.done = 0

    def _advance(self, strip: Strip, to: int) -> None:
        """Put down what must be computed, and in which order, to have a strip's rows up to `to`."""
        stage = self._stages[id(strip)]
        while strip.done < min(to, strip.height):
            first, last = strip.done, min(strip.done + strip.chunk, strip.height)
            for source, reach in stage.sources:
                self._advance(source, reach(first, last)[1])
            self.steps.append((stage, first, last))
            strip.done = last

    def kept(self) -> list[int]:
        """Return for every step the first row of its answer that is written in it or read later."""
        lowest: dict[int, int] = {}
        kept: list[int] = []
        for stage, first, last in reversed(self.steps):
            kept.append(min(first, lowest.get(id(stage.answer), first)))
            for source, reach in stage.sources:
                row = max(0, reach(first, last)[0])
                lowest[id(source)] = min(row, lowest.get(id(source), row))
        return kept[::-1]
