"""Keep a run's state in one safetensors file: weights, optimiser, and the rest as JSON."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from core.config import RunConfig
from core.unet import KUNet
from results.errors import ConfigError
from results.ledger.layout import CHECKPOINTS_FOLDER
from results.ledger.storage import Storage
from results.upkeep.validation import META


def pack(
    curve_id: str, network: KUNet, optimizer: torch.optim.Optimizer, meta: Mapping[str, Any]
) -> bytes:
    """Return everything that a run needs to continue bit-equally, as safetensors bytes."""
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if value is not None:
                tensors[f"optimizer.{index}.{name}"] = value
    text = json.dumps({**meta, "curve_id": curve_id})
    packed = np.frombuffer(text.encode(), dtype=np.uint8).copy()
    tensors = {name: value.contiguous() for name, value in tensors.items()}
    return safetensors.torch.save(tensors | {META: torch.from_numpy(packed)})


def contents(checkpoint: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors of a checkpoint, and the rest of it.

    Raises:
        ConfigError: the checkpoint is damaged.
    """
    try:
        tensors = safetensors.torch.load(checkpoint)
        meta = json.loads(tensors.pop(META).numpy().tobytes())
        if not isinstance(meta["iteration"], int) or not isinstance(meta["curve_id"], str):
            raise ValueError("it does not say how far it is, and of which run")
    except Exception as error:  # whatever a damaged file provokes
        raise ConfigError(f"the checkpoint cannot be used: {error}") from error
    return tensors, meta


def usable_checkpoints(
    storage: Storage, config: RunConfig, say: Callable[[str], None] = lambda _: None
) -> list[tuple[str, bytes]]:
    """List name and content of every checkpoint that a run can go on from, the newest first.

    A checkpoint of a run that differs only in its horizon counts too. `say` is told of each
    damaged one.
    """
    folder = checkpoint_folder(config)
    usable: list[tuple[int, str, bytes]] = []
    for file in storage.names(folder, ".safetensors"):
        name = f"{folder}/{file}"
        content = storage.get(name) or b""
        try:
            _, meta = contents(content)
        except ConfigError as error:
            say(f"{storage.path(name)}: {error}")
            continue
        if meta["curve_id"] == config.curve_id and meta["iteration"] <= config.iterations:
            usable.append((meta["iteration"], name, content))
    return [(name, content) for _, name, content in sorted(usable, reverse=True)]


def checkpoint_folder(config: RunConfig) -> str:
    """Return the folder of the checkpoints of all runs that share this one's steps."""
    return f"{CHECKPOINTS_FOLDER}/{config.trajectory_id}"


def unpack(
    checkpoint: bytes, curve_id: str, network: KUNet, optimizer: torch.optim.Optimizer
) -> dict[str, Any]:
    """Put a checkpoint's state into network and optimiser, and return the rest of it.

    Raises:
        ConfigError: the checkpoint is damaged or belongs to another run.
    """
    tensors, meta = contents(checkpoint)
    try:
        if meta.pop("curve_id") != curve_id:
            raise ValueError("it belongs to another run or evaluation plan")
        network.load_state_dict(with_prefix(tensors, "network."))
        restore_optimizer(optimizer, network, with_prefix(tensors, "optimizer."))
    except Exception as error:  # whatever a damaged file provokes
        raise ConfigError(f"the checkpoint cannot be used: {error}") from error
    return meta


def restore_optimizer(
    optimizer: torch.optim.Optimizer, network: KUNet, tensors: Mapping[str, Tensor]
) -> None:
    """Give an optimiser the state that `pack` took from one."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    load_optimizer_state(optimizer, network, state)


def load_optimizer_state(
    optimizer: torch.optim.Optimizer, network: KUNet, state: Mapping[int, Mapping[str, Tensor]]
) -> None:
    """Give an optimiser a copy of the state of its parameters, by their index."""
    parameters = list(network.parameters())
    laid: dict[int, dict[str, Tensor]] = {}
    for index, values in state.items():
        parameter = parameters[index]
        laid[index] = {
            # fused steps walk memory: the same strides are needed
            key: torch.empty_like(parameter, requires_grad=False).copy_(value)
            if value.shape == parameter.shape
            else value
            for key, value in values.items()
        }
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": laid, "param_groups": groups})


def with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with the prefix, and leave it out of their names."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
