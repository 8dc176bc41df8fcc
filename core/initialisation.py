"""Initial weights are drawn here, every layer's from the stream of its own name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from core.choices import CHOICES, Init, InitBlock
from core.seeding import layer_generator
from results.errors import ConfigError

Layer = nn.Conv2d | nn.ConvTranspose2d
RAI_DEVIATION = 0.6007
"""With it the second moment of what a wide layer passes on stays what it was (Lu et al. 2020)."""


def initialise(
    network: nn.Module, init: Init, init_seed: int, init_block: InitBlock = "all"
) -> None:
    """Draw every convolution's weights; those outside of `init_block` by PyTorch's default.

    Raises:
        ConfigError: `init` or `init_block` is none of its choices.
    """
    for name, value in (("init", init), ("init_block", init_block)):
        if value not in CHOICES[name]:
            raise ConfigError(f"{name}={value!r}: must be one of {', '.join(CHOICES[name])}")
    for name, layer in network.named_modules():
        if isinstance(layer, Layer):
            draw = DRAWN_BY[init] if in_block(name, init_block) else as_torch
            draw(layer, layer_generator(init_seed, name))


def in_block(name: str, init_block: InitBlock) -> bool:
    return init_block == "all" or name.startswith(f"{init_block}.")


def as_torch(layer: Layer, generator: torch.Generator) -> None:
    """Draw what PyTorch's own `reset_parameters` draws."""
    assert layer.bias is not None
    fan_in = layer.weight.shape[1] * layer.weight[0, 0].numel()
    bound = fan_in**-0.5
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


def he(layer: Layer, generator: torch.Generator) -> None:
    """Draw He's normal distribution, with zero biases."""
    assert layer.bias is not None
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
    nn.init.zeros_(layer.bias)


def xavier(layer: Layer, generator: torch.Generator) -> None:
    """Draw Glorot's uniform distribution (Glorot and Bengio 2010), with zero biases."""
    assert layer.bias is not None
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)


def asymmetric(layer: Layer, generator: torch.Generator) -> None:
    """Draw randomised asymmetric weights (Lu, Shin, Su and Karniadakis 2020, arXiv 1903.06733).

    Weights and bias of a channel are normal, but one of them, chosen at random, is of Beta(2, 1)
    and so above 0. It is made for layers that a ReLU follows: others, the transposed convolutions
    and the head, are drawn by PyTorch's default.
    """
    if isinstance(layer, nn.ConvTranspose2d) or layer.kernel_size == (1, 1):
        as_torch(layer, generator)
        return
    assert layer.bias is not None
    rows, fan_in = layer.weight.shape[0], layer.weight[0].numel()
    drawn = torch.randn(rows, fan_in + 1, generator=generator) * RAI_DEVIATION / fan_in**0.5
    chosen = torch.randint(fan_in + 1, (rows, 1), generator=generator)
    beta = torch.rand(rows, 1, generator=generator).sqrt()  # x^2 is the distribution of Beta(2, 1)
    drawn.scatter_(1, chosen, beta)
    with torch.no_grad():
        layer.weight.copy_(drawn[:, :-1].reshape(layer.weight.shape))
        layer.bias.copy_(drawn[:, -1])


DRAWN_BY: dict[Init, Callable[[Layer, torch.Generator], None]] = {
    "torch": as_torch,
    "he": he,
    "xavier": xavier,
    "asymmetric": asymmetric,
    "sign_flip": as_torch,  # `flipping_signs` needs images
}


@contextmanager
def flipping_signs(network: nn.Module, init_block: InitBlock = "all") -> Iterator[list[str]]:
    """Negate layers while images pass, so that each leaves at least half of the pixels alive.

    A pixel is alive where a channel is above 0 before a ReLU. Where fewer than half are, weights
    and biases of the layer change their sign, which makes the dead ones alive; later layers see
    what it passes on then (Rister and Rubin 2020, arXiv 2007.06192). Layers that batch norm follows
    are left: it centres what it is given.

    Args:
        network: a k-Unet, untrained; images must pass once, without gradients.
        init_block: the only block that may be changed; or all.

    Yields:
        The names of the layers that were negated, in the order in which data pass.
    """
    flipped: list[str] = []

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
        def negate(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            alive = (output > 0).any(dim=1)
            if 2 * int(alive.sum()) >= alive.numel():
                return None
            for parameter in layer.parameters():
                parameter.neg_()
            flipped.append(name)
            return -output

        return negate

    with ExitStack() as hooks:
        for name, layer in network.named_modules():
            block, _, conv = name.rpartition(".")
            if not conv.startswith("conv") or not in_block(name, init_block):
                continue
            if isinstance(network.get_submodule(f"{block}.norm{conv[-1]}"), nn.Identity):
                hooks.callback(layer.register_forward_hook(watch(name)).remove)
        yield flipped
