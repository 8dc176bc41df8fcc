"""Adam and SGD for a pack: every network has its own rates and counts its own steps.

They compute what PyTorch's do (`core.networks.build_optimizer`), and their state is exchanged in
the form of PyTorch's `state_dict()["state"]`: parameters by their index, in the network's shapes.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.parameters import LaneBuffer

BETAS = 0.9, 0.999
EPSILON = 1e-8
"""Of Adam: PyTorch's defaults."""
State = dict[int, dict[str, Tensor]]


class LaneOptimiser(ABC):
    """Steps the parameters of a pack by its gradients.

    Args:
        pack: the networks.
        lr: each network's learning rate; it may be set anew before any step.
        weight_decay: of each network; it is added to the gradient.
    """

    moments: tuple[str, ...]
    """What is remembered of each parameter, by PyTorch's names."""

    def __init__(
        self, pack: LaneNetworks, lr: Sequence[float], weight_decay: Sequence[float]
    ) -> None:
        self.pack, self.lr = pack, list(lr)
        assert len(self.lr) == pack.count
        self._decay = self._each(weight_decay)
        self._moments = {name: pack.weights.like() for name in self.moments}
        self._rows = len(pack.weights.values)

    @abstractmethod
    def step(self) -> None:
        """Move every network's parameters."""

    def reset(self, lane: int) -> None:
        """Forget a lane's past: another network begins in it."""
        for buffer in self._moments.values():
            buffer.values[:, lane] = 0

    def state(self, lane: int) -> State:
        """Return a copy of what a lane's steps have left, in PyTorch's form."""
        return {
            index: {
                name: buffer.of(place)[lane].clone(memory_format=torch.contiguous_format)
                for name, buffer in self._moments.items()
            }
            for index, place in enumerate(self.pack.weights.places)
        }

    def load_state(self, lane: int, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Go on in a lane from a state of `state`, or of PyTorch's optimiser; empty begins anew."""
        self.reset(lane)
        for index, place in enumerate(self.pack.weights.places):
            for name, buffer in self._moments.items():
                value = state.get(index, {}).get(name)
                if value is not None:
                    buffer.of(place)[lane].copy_(value)

    def _each(self, values: Sequence[float]) -> Tensor:
        """Return one number a lane, as the kernels read it."""
        assert len(values) == self.pack.count
        rest = [0.0] * (self.pack.lanes - self.pack.count)
        return torch.tensor([*values, *rest], dtype=self.pack.kernels.dtype)

    def _addresses(self) -> list[int]:
        buffers: list[LaneBuffer] = [self.pack.weights, self.pack.gradients]
        buffers += self._moments.values()
        return [buffer.values.data_ptr() for buffer in buffers]


class LaneAdam(LaneOptimiser):
    """Adam with PyTorch's defaults; `weight_decay` is added to the gradient."""

    moments = ("exp_avg", "exp_avg_sq")

    def __init__(
        self, pack: LaneNetworks, lr: Sequence[float], weight_decay: Sequence[float]
    ) -> None:
        super().__init__(pack, lr, weight_decay)
        self.steps = [0] * pack.count
        """How many steps each network has made: the bias corrections are its own."""

    def step(self) -> None:
        self.steps = [done + 1 for done in self.steps]
        beta1, beta2 = BETAS
        pairs = zip(self.lr, self.steps, strict=True)
        rate = self._each([lr / (1 - beta1**done) for lr, done in pairs])
        root = self._each([(1 - beta2**done) ** 0.5 for done in self.steps])
        root[self.pack.count :] = 1
        vectors = rate.data_ptr(), root.data_ptr(), self._decay.data_ptr()
        self.pack.kernels.call(
            "adam", self._rows, *self._addresses(), *vectors, beta1, beta2, EPSILON
        )()

    def reset(self, lane: int) -> None:
        super().reset(lane)
        self.steps[lane] = 0

    def state(self, lane: int) -> State:
        state = super().state(lane)
        for values in state.values():
            values["step"] = torch.tensor(float(self.steps[lane]))
        return state

    def load_state(self, lane: int, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        super().load_state(lane, state)
        if state:
            self.steps[lane] = int(state[0]["step"])


class LaneSGD(LaneOptimiser):
    """SGD with momentum, not dampened and not Nesterov's."""

    moments = ("momentum_buffer",)

    def __init__(
        self,
        pack: LaneNetworks,
        lr: Sequence[float],
        weight_decay: Sequence[float],
        momentum: Sequence[float],
    ) -> None:
        super().__init__(pack, lr, weight_decay)
        self._momentum = self._each(momentum)

    def step(self) -> None:
        rate = self._each(self.lr)
        vectors = rate.data_ptr(), self._momentum.data_ptr(), self._decay.data_ptr()
        self.pack.kernels.call("sgd", self._rows, *self._addresses(), *vectors)()
