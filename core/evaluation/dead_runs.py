"""Look into a collapse: dead ReLU channels, gradients, and the dead-run detector.

A run is *dead* once it answers a constant and every gradient but the head bias's has been exactly
zero at every step for max(1,000 steps, one evaluation interval). That is evidence, not proof: an
optimiser's momentum, or a tile not yet seen, may still bring such a run back, so it is recorded
whether one did.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.unet import BLOCKS, ConvBlock, KUNet

DEAD_STEPS = 1000
HEAD_BIAS = "head.bias"


@dataclass
class ChannelMaxima:
    """Remembers the largest value before each ReLU, per channel, of all that a network has seen."""

    maxima: dict[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def watching(self, network: nn.Module) -> Iterator[None]:
        """Watch the network's ReLUs; where it is no k-Unet, none are known and none are watched."""
        handles = []
        for name in BLOCKS if isinstance(network, KUNet) else ():
            block = network.get_submodule(name)
            assert isinstance(block, ConvBlock)
            for index, layer in enumerate((block.norm0, block.norm1)):
                handles.append(layer.register_forward_hook(self._hook(f"{name}.{index}")))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _hook(self, key: str):
        def remember(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            highest = output.detach().amax(dim=(0, 2, 3))
            earlier = self.maxima.get(key)
            self.maxima[key] = highest if earlier is None else torch.maximum(earlier, highest)

        return remember

    def dead(self) -> list[int] | None:
        """Count, per level, the channels that never exceeded zero; None if nothing was watched."""
        if not self.maxima:
            return None
        return [
            sum(int((self.maxima[f"{name}.{index}"] <= 0).sum()) for index in (0, 1))
            for name in BLOCKS
        ]


def gradient_norms(network: KUNet) -> list[float | None]:
    """Return the Euclidean norm of the present gradient per level, None where it is not finite.

    The levels are in the order of `BLOCKS`, the head comes last. A level's transposed convolution
    belongs to it.
    """
    squares = dict.fromkeys((*BLOCKS, "head"), 0.0)
    for name, parameter in network.named_parameters():
        if parameter.grad is None:
            continue
        part, _, rest = name.partition(".")
        level = f"{'expansive' if part == 'up' else part}.{rest.partition('.')[0]}"
        key = "head" if part == "head" else level
        squares[key] += float(parameter.grad.double().square().sum())
    norms = (math.sqrt(square) for square in squares.values())
    return [norm if math.isfinite(norm) else None for norm in norms]


@dataclass
class DeadWatch:
    """Counts the steps at which only the head's bias had a gradient."""

    steps: int = 0
    """The number of such steps in a row, up to now."""
    dead_at: int | None = None
    """The iteration whose evaluation confirmed the run dead for the first time."""
    revived_at: int | None = None
    """The iteration of the first other gradient after that."""

    def after_step(self, only_head_bias: bool, iteration: int) -> None:
        """Note whether only the head's bias had a gradient at the step that led to `iteration`."""
        if only_head_bias:
            self.steps += 1
            return
        self.steps = 0
        if self.dead_at is not None and self.revived_at is None:
            self.revived_at = iteration

    def at_evaluation(self, constant: bool, iteration: int, eval_every: int) -> None:
        """Call the run dead if it answers a constant and has long had no gradient."""
        if self.dead_at is None and constant and self.steps >= max(DEAD_STEPS, eval_every):
            self.dead_at = iteration


def only_head_bias_learns(network: KUNet) -> bool:
    """Say whether every gradient but the head bias's is exactly zero.

    The head's weights are looked at first: in a living network they settle it at once.
    """
    return not any(
        name != HEAD_BIAS and parameter.grad is not None and bool(parameter.grad.any())
        for name, parameter in reversed(list(network.named_parameters()))
    )
