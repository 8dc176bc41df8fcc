"""What a training step of one seed costs in a pack of lanes, and by itself in PyTorch.

Both are hard steps (tile, forward, loss, gradients, Adam), each seed on tiles of its own, in turns
in one process on one core. CPU seconds are counted, which other processes disturb little.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import torch

from core.choices import BatchNorm
from core.config import RunConfig
from core.data.sources import Volumes
from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam
from core.losses import hard_loss, logit_difference
from core.networks import to_device
from core.objective import Objective
from core.training.lane_losses import lane_losses
from core.training.lane_tiles import LaneTileStream
from core.training.tiles import TileStream
from core.unet import KUNet

LR = 1e-3


def torch_step(network: KUNet, stream: TileStream) -> Callable[[], None]:
    """Return the step of one network as `Trainer` makes it, channels last."""
    to_device(network, torch.device("cpu"))
    optimizer = torch.optim.Adam(network.parameters(), lr=LR, fused=True)
    steps = count()

    def step() -> None:
        batch = stream.batch(next(steps))
        images = batch.images.contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad(set_to_none=True)
        hard_loss(logit_difference(network(images)), batch.masks).backward()
        optimizer.step()

    return step


def lanes_step(pack: LaneNetworks, streams: Sequence[TileStream]) -> Callable[[], None]:
    """Return the step of all networks of a pack, each on its stream of tiles."""
    optimiser = LaneAdam(pack, [LR] * pack.count, [0.0] * pack.count)
    objectives = [Objective(stream.config, 1.0) for stream in streams]
    steps = count()

    def step() -> None:
        number = next(steps)
        batches = [stream.batch(number) for stream in streams]
        z = pack.forward(torch.stack([batch.images for batch in batches]))
        masks = torch.stack([batch.masks for batch in batches])
        pack.backward(lane_losses(objectives, z, masks, None, pack.kernels)[1])
        optimiser.step()

    return step


def full_pack(width: int, batch_norm: BatchNorm) -> LaneNetworks:
    """Return a pack that fills this CPU's lanes.

    Raises:
        CompilerError: there are no kernels on this machine.
    """
    lanes = LaneNetworks([KUNet(1)]).lanes
    return LaneNetworks([KUNet(width, batch_norm, init="he", init_seed=s) for s in range(lanes)])


def compare_engines(
    width: int,
    batch_norm: BatchNorm,
    volumes: Volumes,
    tile: int,
    rounds: int,
    tick: Callable[[], None],
) -> dict[str, Any]:
    """Return median CPU milliseconds of a step per seed, lanes and PyTorch, and their ratio.

    Raises:
        CompilerError: there are no kernels on this machine.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pack, network = full_pack(width, batch_norm), KUNet(width, batch_norm, init="he")
        configs = [RunConfig(tile=tile, data_seed=seed) for seed in range(pack.count)]
        native = [LaneTileStream(volumes, config, pack.kernels) for config in configs]
        steps = {
            "torch": torch_step(network, TileStream(volumes, configs[0])),
            "lanes": lanes_step(pack, native),
        }
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
