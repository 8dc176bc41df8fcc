"""What a training step of one seed costs in a pack of lanes, and by itself in PyTorch.

Both are hard steps (forward, loss, gradients, Adam) on tiles of their own, without augmentation, in
turns in one process on one core. CPU seconds are counted, which other processes disturb little.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.choices import BatchNorm
from core.config import RunConfig
from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam
from core.losses import hard_loss, logit_difference
from core.networks import to_device
from core.objective import Objective
from core.training.lane_losses import lane_losses
from core.unet import KUNet

LR = 1e-3
FOREGROUND = 0.06


def torch_step(network: KUNet, tile: int) -> Callable[[], None]:
    """Return the step of one network as `Trainer` makes it, channels last."""
    to_device(network, torch.device("cpu"))
    optimizer = torch.optim.Adam(network.parameters(), lr=LR, fused=True)
    images, masks = tiles(1, tile)
    images = images[0].contiguous(memory_format=torch.channels_last)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        hard_loss(logit_difference(network(images)), masks[0]).backward()
        optimizer.step()

    return step


def lanes_step(pack: LaneNetworks, tile: int) -> Callable[[], None]:
    """Return the step of all networks of a pack."""
    optimiser = LaneAdam(pack, [LR] * pack.count, [0.0] * pack.count)
    objectives = [Objective(RunConfig(), 1.0)] * pack.count
    images, masks = tiles(pack.count, tile)

    def step() -> None:
        z = pack.forward(images)
        pack.backward(lane_losses(objectives, z, masks, None, pack.kernels)[1])
        optimiser.step()

    return step


def tiles(lanes: int, tile: int) -> tuple[Tensor, Tensor]:
    """Return noise for images, and masks; the first lane's do not depend on their number."""
    draws = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    images = torch.randn(lanes, 1, 1, tile, tile, generator=draws[0])
    return images, (torch.rand(lanes, 1, tile, tile, generator=draws[1]) < FOREGROUND).float()


def full_pack(width: int, batch_norm: BatchNorm) -> LaneNetworks:
    """Return a pack that fills this CPU's lanes.

    Raises:
        CompilerError: there are no kernels on this machine.
    """
    lanes = LaneNetworks([KUNet(1)]).lanes
    return LaneNetworks([KUNet(width, batch_norm, init="he", init_seed=s) for s in range(lanes)])


def compare_engines(
    width: int, batch_norm: BatchNorm, tile: int, rounds: int, tick: Callable[[], None]
) -> dict[str, Any]:
    """Return median CPU milliseconds of a step per seed, lanes and PyTorch, and their ratio.

    Raises:
        CompilerError: there are no kernels on this machine.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pack, network = full_pack(width, batch_norm), KUNet(width, batch_norm, init="he")
        steps = {"torch": torch_step(network, tile), "lanes": lanes_step(pack, tile)}
        times: dict[str, list[float]] = {name: [] for name in steps}
        for round_ in range(-2, rounds):  # two are not counted
            for name, step in steps.items():
                started = time.process_time()
                step()
                if round_ >= 0:
                    times[name].append(1e3 * (time.process_time() - started))
            tick()
    finally:
        torch.set_num_threads(threads)
    alone, together = statistics.median(times["torch"]), statistics.median(times["lanes"])
    return {
        "batch_norm": batch_norm,
        "tile": tile,
        "lanes": pack.lanes,
        "lanes_milliseconds": together / pack.lanes,
        "torch_milliseconds": alone,
        "torch_over_lanes": alone * pack.lanes / together,
    }
