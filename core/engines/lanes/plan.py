"""The order of kernel calls that one k-Unet takes, for one shape of input.

A plan is made once and run at every step: all memory is laid out and all arguments are bound.
"""

from dataclasses import dataclass, field

from core.engines.lanes.kernels import Call, Kernels
from core.engines.lanes.maps import FeatureMap, Workspace
from core.engines.lanes.parameters import LaneBuffer
from core.unet import BLOCKS, LEVELS
from results.errors import ConfigError

EPSILON = 1e-5
MOMENTUM = 0.1
"""Of batch norm: the defaults of PyTorch's, which `core.unet` leaves as they are."""


@dataclass(frozen=True)
class InputShape:
    """The shape of what networks are given, in pixels."""

    images: int
    height: int
    width: int
    shared: bool
    """Whether all lanes see the same images."""


@dataclass(frozen=True)
class Tensors:
    """The numbers of a pack of networks that kernels read and write."""

    weights: LaneBuffer
    gradients: LaneBuffer
    running: LaneBuffer
    maxima: LaneBuffer
    """The highest answer of each ReLU's channels so far."""
    scratch: LaneBuffer


@dataclass(frozen=True)
class Layer:
    """A 3x3 convolution, and what its gradient needs."""

    name: str
    norm: str | None
    sources: tuple[FeatureMap, ...]
    before_norm: FeatureMap
    answer: FeatureMap
    table: LaneBuffer | None
    """Mean, inverse deviation, scale and shift of each channel, where there is batch norm."""


@dataclass
class ForwardPlan:
    """The calls from the image to the logit difference z.

    In training every map is kept for the gradients. In evaluation batch norm uses its running
    statistics, and a map's memory is used again as soon as nothing needs it.
    """

    kernels: Kernels
    tensors: Tensors
    shape: InputShape
    pad: int
    training: bool
    calls: list[tuple[bool, Call]] = field(default_factory=list)
    """Whether a call only looks at channels' maxima, and the call."""
    layers: dict[str, tuple[Layer, Layer]] = field(default_factory=dict)
    skips: list[FeatureMap] = field(default_factory=list)
    pooled: list[FeatureMap] = field(default_factory=list)
    ups: list[tuple[int, FeatureMap, FeatureMap]] = field(default_factory=list)
    """Level, input and answer of each transposed convolution."""

    def __post_init__(self) -> None:
        shape, kernels = self.shape, self.kernels
        self.space = Workspace(shape.images, kernels.lanes, kernels.dtype)
        self.image = self.space.image(shape.height, shape.width, self.pad, shape.shared)
        x = self.image
        for level in range(LEVELS):
            x = self._block(f"contracting.{level}", x)
            if level < LEVELS - 1:
                self.skips.append(x)
                x = self._pool(x)
        for level in reversed(range(LEVELS - 1)):
            up = self._up(level, x)
            x = self._block(f"expansive.{level}", self.skips[level], up)
        self.last = x
        self.z = self.space.take(x.height, x.width, 1, 0)
        weights = self.tensors.weights
        head = weights.address("head.weight"), weights.address("head.bias")
        self._add("head", x, x.window, *head, self.z.window, None)

    def _add(self, kernel: str, answer: FeatureMap, *arguments: object) -> None:
        size = self.shape.images, answer.height, answer.width
        self.calls.append((False, self.kernels.call(kernel, *size, *arguments)))

    def _done(self, x: FeatureMap) -> None:
        if not self.training and x is not self.image:
            self.space.give_back(x)

    def _block(self, name: str, *sources: FeatureMap) -> FeatureMap:
        first = self._convolution(name, 0, sources)
        for source in sources:
            self._done(source)
        second = self._convolution(name, 1, (first.answer,))
        self._done(first.answer)
        self.layers[name] = first, second
        return second.answer

    def _convolution(self, block: str, index: int, sources: tuple[FeatureMap, ...]) -> Layer:
        weights = self.tensors.weights
        name = f"{block}.conv{index}"
        norm = f"{block}.norm{index}" if f"{block}.norm{index}.weight" in weights else None
        channels = weights.places[f"{name}.bias"].shape[0]
        smallest = sources[-1]
        height = smallest.height + 2 * self.pad - 2
        width = smallest.width + 2 * self.pad - 2
        windows = [source.centre(smallest.height, smallest.width).window for source in sources]
        y = self.space.take(height, width, channels, self.pad)
        self._add(
            "convolution",
            y,
            self.pad,
            windows[0],
            windows[1] if len(windows) > 1 else None,
            weights.address(f"{name}.weight"),
            weights.address(f"{name}.bias"),
            norm is None,
            y.window,
        )
        answer, table = y, None
        if norm is not None:
            answer = self.space.take(height, width, channels, self.pad) if self.training else y
            table = self._norm(norm, y, answer)
        highest = self.tensors.maxima.address(f"{block}.{index}")
        size = self.shape.images, height, width
        look = self.kernels.call("channel_maxima", *size, answer.window, highest)
        self.calls.append((True, look))
        return Layer(name, norm, sources, y, answer, table)

    def _norm(self, name: str, x: FeatureMap, y: FeatureMap) -> LaneBuffer:
        if self.training and self.shape.images * x.height * x.width == 1:
            raise ConfigError(
                f"a tile of {self.shape.height}x{self.shape.width} pixels: batch norm must have "
                "more than one pixel at the lowest level; take larger tiles or batches"
            )
        weights, running = self.tensors.weights, self.tensors.running
        rows = self.tensors.scratch.values.new_zeros(4 * x.channels)
        table = LaneBuffer([("table", rows)], self.kernels.lanes, self.kernels.dtype)
        affine = weights.address(f"{name}.weight"), weights.address(f"{name}.bias")
        moved = running.address(f"{name}.running_mean"), running.address(f"{name}.running_var")
        rate = (EPSILON, MOMENTUM) if self.training else (EPSILON,)
        kernel = "norm" if self.training else "norm_running"
        self._add(kernel, y, x.window, *affine, *rate, *moved, table.address("table"), y.window)
        return table

    def _pool(self, x: FeatureMap) -> FeatureMap:
        y = self.space.take(x.height // 2, x.width // 2, x.channels, self.pad)
        self._add("pool", y, x.window, y.window)
        self.pooled.append(y)
        return y

    def _up(self, level: int, x: FeatureMap) -> FeatureMap:
        weights = self.tensors.weights
        y = self.space.take(2 * x.height, 2 * x.width, x.channels // 2, self.pad)
        own = weights.address(f"up.{level}.weight"), weights.address(f"up.{level}.bias")
        self._add("transposed", x, x.window, *own, y.window)
        self.ups.append((level, x, y))
        self._done(x)
        return y


def relu_channels(weights: LaneBuffer) -> dict[str, int]:
    """Return how many channels each ReLU has, by block and index, in the order of the data."""
    return {
        f"{block}.{index}": weights.places[f"{block}.conv{index}.bias"].shape[0]
        for block in BLOCKS
        for index in (0, 1)
    }
