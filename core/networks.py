"""Build the network and optimiser of a configuration; turn weights into bytes and back."""

import safetensors.torch
import torch

from core.config import RunConfig
from core.unet import KUNet
from results.errors import ConfigError


def build_network(config: RunConfig) -> KUNet:
    """Build the untrained network of a configuration."""
    return KUNet(
        config.width,
        config.batch_norm,
        config.padding,
        config.init,
        init_block=config.init_block,
        init_seed=config.init_seed,
    )


def to_device(network: KUNet, device: torch.device) -> KUNet:
    """Put the network on a device, channels last, which at these widths doubles a CPU's speed."""
    network.to(device)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def load_weights(network: KUNet, weights: bytes) -> KUNet:
    """Give the network the weights and running statistics of these safetensors bytes.

    Raises:
        ConfigError: the bytes are damaged, or belong to another architecture.
    """
    try:
        network.load_state_dict(safetensors.torch.load(weights))
    except Exception as error:  # whatever a damaged file provokes
        raise ConfigError(f"the weights cannot be used: {error}") from error
    return network


def network_from_weights(config: RunConfig, weights: bytes) -> KUNet:
    """Build a trained network from its safetensors bytes, in evaluation mode."""
    return load_weights(build_network(config), weights).eval()


def weights_of(network: KUNet) -> bytes:
    """Return the network's weights and running statistics as safetensors bytes."""
    return safetensors.torch.save(
        {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    )


def build_optimizer(config: RunConfig, network: KUNet) -> torch.optim.Optimizer:
    """Build Adam with PyTorch's defaults, or SGD with momentum as in Ronneberger et al. 2015."""
    shared = {"lr": config.lr, "weight_decay": config.weight_decay, "fused": True}
    if config.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), **shared)
    return torch.optim.SGD(network.parameters(), momentum=config.momentum, **shared)


def learning_rate(config: RunConfig, step: int) -> float:
    """Return the learning rate of a step, which the step alone decides."""
    if not config.lr_half_life:
        return config.lr
    return config.lr * 0.5 ** (step / config.lr_half_life)


def set_learning_rate(config: RunConfig, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Give the optimiser the learning rate of a step."""
    if config.lr_half_life:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step)


def has_finite_weights(network: KUNet) -> bool:
    """Say whether all weights and running statistics are finite numbers."""
    return all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())
