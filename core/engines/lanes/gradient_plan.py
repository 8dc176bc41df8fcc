"""The order of kernel calls from the gradient of z back to the gradients of all parameters.

A gradient that arrives at a ReLU's answer has been gated by that ReLU already: each kernel gates
what it hands on. Nothing may therefore be put between two of these calls.
"""

from dataclasses import dataclass, field

from core.engines.lanes.kernels import Call
from core.engines.lanes.maps import FeatureMap
from core.engines.lanes.plan import ForwardPlan, Layer
from core.unet import LEVELS


@dataclass
class GradientPlan:
    """The calls that follow those of a forward plan in training."""

    forward: ForwardPlan
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        forward = self.forward
        self.kernels, self.tensors, self.space = forward.kernels, forward.tensors, forward.space
        self.border = 2 - forward.pad
        self.dz = forward.z
        dy = self._head()
        of_skips: dict[int, FeatureMap] = {}
        for level, below, up in reversed(forward.ups):
            dy, of_skips[level] = self._expansive(level, dy, below, up)
        for level in reversed(range(LEVELS)):
            dy = self._contracting(level, dy, of_skips.get(level - 1))

    def _add(self, kernel: str, size: FeatureMap, *arguments: object) -> None:
        images = self.forward.shape.images
        self.calls.append(self.kernels.call(kernel, images, size.height, size.width, *arguments))

    def _like(self, x: FeatureMap) -> FeatureMap:
        return self.space.take(x.height, x.width, x.channels, self.border)

    def _addresses(self, name: str) -> tuple[int, int, int]:
        """Return where a layer's weights are, and the gradients of its weights and its bias."""
        weights, gradients = self.tensors.weights, self.tensors.gradients
        return (
            weights.address(f"{name}.weight"),
            gradients.address(f"{name}.weight"),
            gradients.address(f"{name}.bias"),
        )

    def _head(self) -> FeatureMap:
        x = self.forward.last
        dx = self._like(x)
        self._add(
            "head_gradients", x, self.dz.window, x.window, *self._addresses("head"), dx.window
        )
        return dx

    def _expansive(
        self, level: int, dy: FeatureMap, below: FeatureMap, up: FeatureMap
    ) -> tuple[FeatureMap, FeatureMap]:
        """Return the gradients of what comes from below, and of the skip."""
        first, second = self.forward.layers[f"expansive.{level}"]
        dy = self._through(second, dy)
        skip = self.forward.skips[level]
        of_skip, of_up = self._like(skip), self._like(up)
        if (skip.height, skip.width) != (up.height, up.width):
            self._add("clear", of_skip, of_skip.window)
        size = up.height, up.width
        gate = skip.centre(*size).window
        self._gradients(first, dy, (of_skip.centre(*size), of_up), (gate, None))
        of_below = self._like(below)
        weight, of_weight, of_bias = self._addresses(f"up.{level}")
        # Behind an unpadded convolution a constant stays one, which batch norm takes out.
        lost = first.norm is not None and self.forward.pad == 0
        self._add(
            "transposed_gradients",
            below,
            of_up.window,
            below.window,
            weight,
            of_weight,
            None if lost else of_bias,
            of_below.window,
            below.window,
            self.tensors.scratch.address("turned"),
        )
        self.space.give_back(of_up)
        return of_below, of_skip

    def _contracting(self, level: int, dy: FeatureMap, of_skip: FeatureMap | None) -> FeatureMap:
        """Return the gradient of the level above, of which `of_skip` is the skip's part so far."""
        first, second = self.forward.layers[f"contracting.{level}"]
        dy = self._through(second, dy)
        if of_skip is None:
            self._gradients(first, dy, (None,), (None,))
            return dy
        pooled = self.forward.pooled[level - 1]
        of_pooled = self._like(pooled)
        self._gradients(first, dy, (of_pooled,), (pooled.window,))
        skip = self.forward.skips[level - 1]
        windows = skip.window, of_pooled.window, of_skip.window
        self._add("pool_gradient", pooled, *windows)
        self.space.give_back(of_pooled)
        return of_skip

    def _through(self, layer: Layer, dy: FeatureMap) -> FeatureMap:
        """Return the gradient of the answer of the layer before, in the same block."""
        (source,) = layer.sources
        dx = self._like(source)
        self._gradients(layer, dy, (dx,), (source.window,))
        return dx

    def _gradients(
        self,
        layer: Layer,
        dy: FeatureMap,
        dx: tuple[FeatureMap | None, ...],
        gates: tuple[object, ...],
    ) -> None:
        """From a layer's answer to its parameters and sources; dy is used up."""
        weight, of_weight, of_bias = self._addresses(layer.name)
        bias: int | None = of_bias
        if layer.norm is not None:
            self._norm(layer, dy)
            bias = None  # batch norm takes out every constant: the gradient is exactly zero
        smallest = layer.sources[-1]
        windows = [s.centre(smallest.height, smallest.width).window for s in layer.sources]
        two = len(windows) > 1
        into = [None if x is None else x.window for x in dx]
        self._add(
            "convolution_gradients",
            dy,
            self.forward.pad,
            dy.window,
            windows[0],
            windows[1] if two else None,
            weight,
            of_weight,
            bias,
            into[0],
            gates[0],
            into[1] if two else None,
            gates[1] if two else None,
            self.tensors.scratch.address("turned"),
        )
        self.space.give_back(dy)

    def _norm(self, layer: Layer, dy: FeatureMap) -> None:
        gradients = self.tensors.gradients
        assert layer.table is not None
        self._add(
            "norm_gradients",
            dy,
            dy.window,
            layer.before_norm.window,
            layer.table.address("table"),
            gradients.address(f"{layer.norm}.weight"),
            gradients.address(f"{layer.norm}.bias"),
            self.tensors.scratch.address("sums"),
            dy.window,
        )
