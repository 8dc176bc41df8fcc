"""The network that a run begins with, as far as its data decide it."""

import torch

from core.config import RunConfig
from core.data.volumes import Volumes
from core.evaluation.evaluate import normalised
from core.evaluation.overlap import whole_slice_logits
from core.initialisation import flipping_signs
from core.networks import build_network, load_weights
from core.unet import KUNet


def initial_network(config: RunConfig, volumes: Volumes, start: bytes | None = None) -> KUNet:
    """Build the network of a configuration as it is before its first step, on the CPU.

    Args:
        config: the run.
        volumes: its data, scaled for it; the middle training slice decides which signs are flipped.
        start: the final weights of `config.start_from`, safetensors bytes.
    """
    network = build_network(config)
    if start is not None:
        return load_weights(network, start)
    flip_signs(network, config, volumes)
    return network


@torch.no_grad()
def flip_signs(network: KUNet, config: RunConfig, volumes: Volumes) -> None:
    """Negate layers of an untrained network if its configuration wants that; arguments as above."""
    if config.init != "sign_flip":
        return
    middle = volumes.training.images[len(volumes.training.images) // 2]
    images = normalised(middle[None], volumes, torch.device("cpu"))
    was_training = network.training
    network.eval()
    with flipping_signs(network, config.init_block):
        whole_slice_logits(network, images)
    network.train(was_training)
