"""The kernel calls that answer one image from top to bottom, a few rows of a map at a time.

What a layer has left is taken up while it is in the cache, and no map is in memory as a whole: one
holds the rows that are still needed. Every pixel is computed as in `plan`, bit for bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from core.engines.lanes.kernels import Call, Kernels
from core.engines.lanes.maps import FeatureMap, Workspace
from core.engines.lanes.plan import EPSILON, Tensors
from core.engines.lanes.strips import Rows, Schedule, Stage, Strip
from core.unet import LEVELS

CHUNK_BYTES = 1 << 19
"""What a layer computes at once, about. Found by measuring: of less, wide networks read their
weights too often; more leaves the cache, and holds more rows for those that come after."""


@dataclass(frozen=True)
class Step:
    """Some calls; whether they only look at channels' maxima; the answer's rows that follow."""

    calls: list[tuple[bool, Call]]
    logits: tuple[int, FeatureMap] | None = None


class StreamedPlan:
    """The steps from an image that all lanes share to the logits, in evaluation mode."""

    def __init__(
        self, kernels: Kernels, tensors: Tensors, height: int, width: int, pad: int
    ) -> None:
        self.kernels, self.tensors, self.pad = kernels, tensors, pad
        self.shape = height, width
        space = Workspace(1, kernels.lanes, kernels.dtype)
        self.image = space.image(height, width, pad, shared=True)
        self.bytes = space.bytes
        self._stages: list[Stage] = []
        self.logits = self._network()
        self.steps = self._bound()

    def _network(self) -> Strip:
        x: Strip | None = None
        skips: list[Strip] = []
        for level in range(LEVELS):
            if x is not None:
                skips.append(x)
                x = self._pool(x)
            x = self._block(f"contracting.{level}", x)
        assert x is not None
        for level in reversed(range(LEVELS - 1)):
            x = self._block(f"expansive.{level}", skips[level], self._up(level, x))
        return self._head(x)

    def _strip(
        self, height: int, width: int, channels: int, border: int, multiple: int = 1
    ) -> Strip:
        """Return a map, of which a multiple of so many rows is computed at once."""
        row = width * channels * self.kernels.lanes * self.kernels.dtype.itemsize
        chunk = max(1, CHUNK_BYTES // row // multiple) * multiple
        return Strip(height, width, channels, border, min(height, chunk))

    def _add(self, stage: Stage) -> Strip:
        self._stages.append(stage)
        return stage.answer

    def _call(self, kernel: str, rows: int, width: int, *arguments: object) -> Call:
        return self.kernels.call(kernel, 1, rows, width, *arguments)

    def _block(self, name: str, *sources: Strip | None) -> Strip:
        return self._convolution(name, 1, (self._convolution(name, 0, sources),))

    def _convolution(self, block: str, index: int, sources: tuple[Strip | None, ...]) -> Strip:
        weights, pad = self.tensors.weights, self.pad
        name, norm = f"{block}.conv{index}", f"{block}.norm{index}"
        own = weights.address(f"{name}.weight"), weights.address(f"{name}.bias")
        normed = f"{norm}.weight" in weights
        smallest = sources[-1] or self.image
        y = self._strip(
            smallest.height + 2 * pad - 2,
            smallest.width + 2 * pad - 2,
            weights.places[f"{name}.bias"].shape[0],
            pad,
        )
        strips = [source for source in sources if source is not None]
        crops = [
            ((s.height - smallest.height) // 2, (s.width - smallest.width) // 2) for s in strips
        ]
        table = torch.zeros(4 * y.channels, self.kernels.lanes, dtype=self.kernels.dtype)
        highest = self.tensors.maxima.address(f"{block}.{index}")

        def calls(a: int, b: int) -> list[tuple[bool, Call]]:
            pairs = zip(strips, crops, strict=True)
            windows = [s.window(a + top, left) for s, (top, left) in pairs]
            if not windows:
                windows = [self.image.rows(a, b - a).window]
            size, answer = (b - a, y.width), y.window(a)
            second = windows[1] if len(windows) > 1 else None
            found = [
                (
                    False,
                    self._call(
                        "convolution", *size, pad, windows[0], second, *own, not normed, answer
                    ),
                )
            ]
            if normed:
                affine = weights.address(f"{norm}.weight"), weights.address(f"{norm}.bias")
                running = self.tensors.running
                moved = [running.address(f"{norm}.running_{what}") for what in ("mean", "var")]
                found.append(
                    (
                        False,
                        self._call(
                            "norm_running",
                            *size,
                            answer,
                            *affine,
                            EPSILON,
                            *moved,
                            table.data_ptr(),
                            answer,
                        ),
                    )
                )
            found.append((True, self._call("channel_maxima", *size, answer, highest)))
            return found

        def reach(top: int) -> Callable[[int, int], Rows]:
            return lambda a, b: (a + top - pad, b + top + 2 - pad)

        reached = [(s, reach(top)) for s, (top, _) in zip(strips, crops, strict=True)]
        return self._add(Stage(y, tuple(reached), calls))

    def _pool(self, x: Strip) -> Strip:
        y = self._strip(x.height // 2, x.width // 2, x.channels, self.pad)
        return self._add(
            Stage(
                y,
                ((x, lambda a, b: (2 * a, 2 * b)),),
                lambda a, b: [
                    (False, self._call("pool", b - a, y.width, x.window(2 * a), y.window(a)))
                ],
            )
        )

    def _up(self, level: int, x: Strip) -> Strip:
        weights = self.tensors.weights
        y = self._strip(2 * x.height, 2 * x.width, x.channels // 2, self.pad, multiple=2)
        own = weights.address(f"up.{level}.weight"), weights.address(f"up.{level}.bias")

        def calls(a: int, b: int) -> list[tuple[bool, Call]]:
            windows = x.window(a // 2), *own, y.window(a)
            return [(False, self._call("transposed", (b - a) // 2, x.width, *windows))]

        return self._add(Stage(y, ((x, lambda a, b: (a // 2, b // 2)),), calls))

    def _head(self, x: Strip) -> Strip:
        weights = self.tensors.weights
        own = weights.address("head.weight"), weights.address("head.bias")
        y = self._strip(x.height, x.width, 2, 0)

        def calls(a: int, b: int) -> list[tuple[bool, Call]]:
            windows = x.window(a), *own, None, y.window(a)
            return [(False, self._call("head", b - a, y.width, *windows))]

        return self._add(Stage(y, ((x, lambda a, b: (a, b)),), calls))

    def _bound(self) -> list[Step]:
        """Lay out the memory, and bind all calls to it."""
        schedule = Schedule(self._stages)
        kept = schedule.kept()
        most = {id(stage.answer): 0 for stage in self._stages}
        for (stage, _, last), below in zip(schedule.steps, kept, strict=True):
            key = id(stage.answer)
            most[key] = max(most[key], last - below)
        for stage in self._stages:
            strip = stage.answer
            strip.allocate(most[id(strip)], self.kernels.lanes, self.kernels.dtype)
            self.bytes += strip.memory.nbytes
        return [
            self._step(stage, first, last, below)
            for (stage, first, last), below in zip(schedule.steps, kept, strict=True)
        ]

    def _step(self, stage: Stage, first: int, last: int, below: int) -> Step:
        strip = stage.answer
        calls: list[tuple[bool, Call]] = []
        if last - strip.top > strip.room:
            calls.append((False, strip.forget(below)))
        calls += stage.calls(first, last)
        strip.done = last
        if last == strip.height and strip.border and last - strip.top < strip.room:
            calls.append((False, self._call("clear", 1, strip.width, strip.window(last))))
        if strip is not self.logits:
            return Step(calls)
        memory = strip.memory[:, first - strip.top : last - strip.top]
        rows = FeatureMap(memory, strip.window(first), last - first, strip.width, 0)
        return Step(calls, (first, rows))
