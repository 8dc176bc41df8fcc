"""A pack of k-Unets of one shape, one in each lane."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from core.choices import Padding
from core.engines.lanes.gradient_plan import GradientPlan
from core.engines.lanes.kernels import Kernels, kernels
from core.engines.lanes.maps import FeatureMap
from core.engines.lanes.parameters import LaneBuffer
from core.engines.lanes.plan import ForwardPlan, InputShape, Tensors, relu_channels
from core.engines.lanes.streamed_plan import StreamedPlan
from core.unet import KUNet, require_fitting_size
from results.errors import ConfigError

TRACKED = "num_batches_tracked"


class LaneNetworks:
    """Several k-Unets that are computed at once, each as if it were alone.

    A network's numbers, whatever they are, never reach another one's lane: its results are
    bit-equal whichever networks are beside it, and in whichever lane it is.

    Args:
        networks: from one to as many networks as there are lanes, of one width, batch norm and
            padding, and of one precision. They are copied, and stay as they are.
        library: the kernels; None takes those for the networks' precision.

    Raises:
        ConfigError: the networks do not fit together, or into the lanes.
        CompilerError: there are no kernels on this machine.
    """

    def __init__(self, networks: Sequence[KUNet], library: Kernels | None = None) -> None:
        if not networks:
            raise ConfigError("a pack of 0 networks: it must hold at least one")
        first = networks[0]
        dtype = first.head.weight.dtype
        self.kernels = library or kernels("double" if dtype == torch.float64 else "float")
        self.count, self.lanes = len(networks), self.kernels.lanes
        self.padding: Padding = first.padding
        if self.count > self.lanes:
            raise ConfigError(
                f"a pack of {self.count} networks: this CPU's vectors hold {self.lanes}; "
                "make several packs"
            )
        if dtype != self.kernels.dtype:
            raise ConfigError(f"networks of {dtype}: these kernels are for {self.kernels.dtype}")
        self._shapes = shapes_of(first)
        buffers = [(name, value) for name, value in first.named_buffers() if TRACKED not in name]
        self.weights = LaneBuffer(first.named_parameters(), self.lanes, dtype)
        self.gradients = self.weights.like()
        self.running = LaneBuffer(buffers, self.lanes, dtype)
        norms = [name for name, _ in first.named_buffers() if TRACKED in name]
        self._tracked = {name: [0] * self.lanes for name in norms}
        self.maxima = self._relu_maxima()
        self._tensors = Tensors(
            self.weights, self.gradients, self.running, self.maxima, self._scratch()
        )
        self._plans: dict[bool, tuple[ForwardPlan, GradientPlan | None]] = {}
        self._forward: ForwardPlan | None = None
        self._streamed: StreamedPlan | None = None
        for lane, network in enumerate(networks):
            self.load(lane, network)

    def _relu_maxima(self) -> LaneBuffer:
        channels = relu_channels(self.weights)
        rows = [(name, torch.empty(count)) for name, count in channels.items()]
        return LaneBuffer(rows, self.lanes, self.kernels.dtype)

    def _scratch(self) -> LaneBuffer:
        largest = max(place.rows.stop - place.rows.start for place in self.weights.places.values())
        rooms = {"turned": largest, "sums": 2 * max(relu_channels(self.weights).values())}
        rows = [(name, torch.empty(count)) for name, count in rooms.items()]
        return LaneBuffer(rows, self.lanes, self.kernels.dtype)

    @torch.no_grad()
    def load(self, lane: int, network: KUNet) -> None:
        """Put a network's parameters and running statistics into a lane.

        Raises:
            ConfigError: it has another shape than the pack's networks.
        """
        if shapes_of(network) != self._shapes or network.padding != self.padding:
            raise ConfigError(
                f"network for lane {lane}: all networks of a pack must have one width, batch norm "
                "and padding; put it into another pack"
            )
        for name, value in network.state_dict().items():
            if name in self._tracked:
                self._tracked[name][lane] = int(value)
            else:
                self._buffer_of(name).of(name)[lane].copy_(value)

    def state_dict(self, lane: int) -> dict[str, Tensor]:
        """Return a copy of a lane's parameters and running statistics, as `KUNet` names them."""
        state = {}
        for name in self._shapes:
            if name in self._tracked:
                state[name] = torch.tensor(self._tracked[name][lane])
            else:
                laid = self._buffer_of(name).of(name)[lane]
                state[name] = laid.clone(memory_format=torch.contiguous_format)
        return state

    def _buffer_of(self, name: str) -> LaneBuffer:
        return self.weights if name in self.weights else self.running

    def forward(self, images: Tensor) -> Float[Tensor, "lane batch height width"]:
        """Return the logit differences z of training, and move batch norm's running statistics.

        Args:
            images: (batch, 1, height, width) that all networks see, or (lane, batch, 1, height,
                width) with each network's own.

        Raises:
            ConfigError: the networks cannot take a side, or there are images for another number
                of networks.
        """
        z = self._run(images, training=True, watching=False)
        for counts in self._tracked.values():
            counts[:] = [count + 1 for count in counts]
        return z

    def evaluate(
        self, images: Tensor, *, watching: bool = False
    ) -> Float[Tensor, "lane batch height width"]:
        """Return z in evaluation mode, as `forward`; `watching` ReLUs, see `inspection`.

        No gradient can follow.
        """
        return self._run(images, training=False, watching=watching)

    @torch.no_grad()
    def logits(
        self, images: Float[Tensor, "1 1 height width"], *, watching: bool = False
    ) -> Iterator[tuple[int, FeatureMap]]:
        """Answer one image in evaluation mode, some rows at a time, as the lanes hold them.

        No gradient can follow.

        Yields:
            The first of some rows, and both logits there: they are valid until the next rows.

        Raises:
            ConfigError: the networks cannot take a side.
        """
        height, width = images.shape[-2:]
        require_fitting_size(height, width, self.padding)
        self._forward = None
        if self._streamed is None or self._streamed.shape != (height, width):
            self._streamed = None  # its memory is freed before more is taken
            pad = 1 if self.padding == "same" else 0
            self._streamed = StreamedPlan(self.kernels, self._tensors, height, width, pad)
        self._streamed.image.pixels.copy_(images[:, 0])
        for step in self._streamed.steps:
            for only_looks, call in step.calls:
                if watching or not only_looks:
                    call()
            if step.logits is not None:
                yield step.logits

    @torch.no_grad()
    def backward(self, dz: Float[Tensor, "lane batch height width"]) -> None:
        """Compute all parameters' gradients from that of z, of the latest `forward`.

        They are in `gradients`, and replace what was there.
        """
        assert self._forward is not None, "backward follows forward"
        forward, plan = self._plans[True]
        assert plan is not None
        assert dz.shape == self._answer_shape(forward), dz.shape
        self._from_planes(dz, plan.dz)
        self.gradients.values.zero_()
        for call in plan.calls:
            call()

    @contextmanager
    def keeping_statistics(self) -> Iterator[None]:
        """Put the running statistics back at the end: what is seen in here does not count."""
        running = self.running.values.clone()
        tracked = {name: list(counts) for name, counts in self._tracked.items()}
        try:
            yield
        finally:
            self.running.values.copy_(running)
            self._tracked = tracked

    @property
    def bytes(self) -> int:
        """What the maps take in memory at present, without the parameters."""
        streamed = self._streamed.bytes if self._streamed else 0
        return streamed + sum(forward.space.bytes for forward, _ in self._plans.values())

    @torch.no_grad()
    def _run(self, images: Tensor, training: bool, watching: bool) -> Tensor:
        self._forward = None
        plan = self._plan(self._input_shape(images), training)
        if plan.shape.shared:
            plan.image.pixels.copy_(images[:, 0])
        else:
            self._from_planes(images[:, :, 0], plan.image)
        for only_looks, call in plan.calls:
            if watching or not only_looks:
                call()
        if training:
            self._forward = plan
        z = torch.empty(self._answer_shape(plan), dtype=self.kernels.dtype)
        size = plan.shape.images, plan.z.height, plan.z.width
        self.kernels.call("to_planes", *size, plan.z.window, self.count, z.data_ptr())()
        return z

    def _from_planes(self, values: Tensor, into: FeatureMap) -> None:
        planes = values.to(self.kernels.dtype).contiguous()
        size = values.shape[1], into.height, into.width
        self.kernels.call("from_planes", *size, planes.data_ptr(), self.count, into.window)()

    def _answer_shape(self, plan: ForwardPlan) -> tuple[int, int, int, int]:
        return self.count, plan.shape.images, plan.z.height, plan.z.width

    def _input_shape(self, images: Tensor) -> InputShape:
        shared = images.dim() == 4
        if not shared and (images.dim() != 5 or len(images) != self.count):
            raise ConfigError(
                f"images of shape {tuple(images.shape)}: must be (batch, 1, height, width) or "
                f"({self.count}, batch, 1, height, width) for {self.count} networks"
            )
        batch, _, height, width = images.shape[-4:]
        require_fitting_size(height, width, self.padding)
        return InputShape(batch, height, width, shared)

    def _plan(self, shape: InputShape, training: bool) -> ForwardPlan:
        """Return the plan for a shape; the latest of training and of evaluation are kept."""
        kept = self._plans.get(training)
        if kept is None or kept[0].shape != shape:
            self._plans.pop(training, None)  # its memory is freed before more is taken
            pad = 1 if self.padding == "same" else 0
            forward = ForwardPlan(self.kernels, self._tensors, shape, pad, training)
            kept = self._plans[training] = forward, GradientPlan(forward) if training else None
        return kept[0]


def shapes_of(network: KUNet) -> dict[str, torch.Size]:
    """Return the shapes of a network's parameters and running statistics, by name."""
    return {name: value.shape for name, value in network.state_dict().items()}
