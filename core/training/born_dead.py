"""Networks that are born dead: they answer a constant before their first step.

A ReLU network whose layer lets nothing through answers the same whatever it is shown, and has no
gradient but its head's bias's (Lu, Shin, Su and Karniadakis 2020, arXiv 1903.06733).
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.config import RunConfig
from core.data.volumes import Volumes
from core.evaluation.evaluate import normalised
from core.initialisation import initialise
from core.networks import build_network
from core.sides import nearest_sides
from core.training.initial import flip_signs

SLICES = 5
"""So many training slices a network is shown, evenly spaced."""
SIDE = 256
"""The side, in pixels, of what it is shown of each: the centre."""
UNAVOIDABLE_LAYERS = 4
"""Layers that every path through a k-Unet crosses, skips included: the convolutions of
`contracting.0` and of `expansive.0`. Each has k channels."""


def shown_images(config: RunConfig, volumes: Volumes) -> Float[Tensor, "slice 1 height width"]:
    """Cut the images that an untrained network is shown, scaled as its run would scale them."""
    slices = volumes.training.evenly_spaced(SLICES).images
    sides = [nearest_sides(min(SIDE, side), config.padding)[0] for side in slices.shape[1:]]
    top, left = ((whole - side) // 2 for whole, side in zip(slices.shape[1:], sides, strict=True))
    shown = slices[:, top : top + sides[0], left : left + sides[1]]
    return normalised(shown, volumes.scaled(config.input_scale), torch.device("cpu"))


def born_dead(config: RunConfig, volumes: Volumes, seeds: range) -> Iterator[bool]:
    """Tell for each init seed whether the untrained network answers a constant.

    Args:
        config: width, batch norm, initialisation, padding and input scale are used.
        volumes: whose training slices they are shown.
        seeds: the init seeds, one network each.
    """
    network, images = build_network(config).eval(), shown_images(config, volumes)
    scaled = volumes.scaled(config.input_scale)
    for seed in seeds:
        initialise(network, config.init, seed, config.init_block)
        flip_signs(network, config, scaled)
        yield answers_a_constant(network, images)


@torch.no_grad()
def answers_a_constant(network: nn.Module, images: Float[Tensor, "slice 1 height width"]) -> bool:
    """Tell whether all images have the same logits at every position, bit for bit."""
    first = network(images[:1])
    return all(torch.equal(network(images[k : k + 1]), first) for k in range(1, len(images)))


def born_dead_bound(config: RunConfig) -> float | None:
    """Return an upper bound of the probability of being born dead.

    With weights and biases of symmetric distributions a layer of k channels lets a given pixel
    through with a probability of at least 1 - 2^-k; 1 - prod (1 - 2^-k) over the layers that cannot
    be avoided bounds what the rest adds (Lu et al. 2020, for fully connected layers in a row; here
    skips leave four). None where weights are not symmetric, or batch norm centres each layer.
    """
    if config.init in ("asymmetric", "sign_flip") or config.batch_norm != "none":
        return None
    return 1.0 - (1.0 - 2.0**-config.width) ** UNAVOIDABLE_LAYERS
