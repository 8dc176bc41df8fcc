"""The lanes of a CPU's SIMD registers compute up to sixteen runs at once."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from core.engines.lanes.inspection import finite_weights, gradient_norms, only_head_bias_learns
from core.engines.lanes.network import LaneNetworks
from core.engines.lanes.optimisers import LaneAdam, LaneOptimiser, LaneSGD
from core.evaluation.evaluate import Evaluation
from core.evaluation.evaluate_pack import evaluate_pack
from core.networks import learning_rate
from core.training.checkpoint import load_optimizer_state
from core.training.engine import Engine, Step
from core.training.lane_losses import lane_losses
from core.training.shared_tiles import SharedTiles, Task
from core.training.trainer import Trainer


class LanesEngine(Engine):
    """Computes each trainer's network in a lane of its own; see `core.training.engine`.

    Args:
        trainers: of runs with one `pack_key`, at most as many as there are lanes. The state of
            their networks and optimisers is copied.

    Raises:
        ConfigError: they do not fit together, or into the lanes.
        CompilerError: there are no kernels on this machine.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.lanes = {id(trainer): lane for lane, trainer in enumerate(trainers)}
        self.networks = LaneNetworks([trainer.network for trainer in trainers])
        self.optimiser = optimiser_of(trainers, self.networks)
        self.tiles = SharedTiles(self.networks.kernels)
        self.first = trainers[0]

    def _lanes(self, trainers: Sequence[Trainer]) -> list[int]:
        return [self.lanes[id(trainer)] for trainer in trainers]

    def step(self, trainers: Sequence[Trainer]) -> list[Step]:
        tasks = self.tiles.tasks(trainers)
        for trainer, task in zip(trainers, tasks, strict=True):
            trainer.begins_with(task.batch)
        values = self._backward(trainers, tasks)
        lanes = self._lanes(trainers)
        dead = only_head_bias_learns(self.networks)
        for lane, trainer in zip(lanes, trainers, strict=True):
            self.optimiser.lr[lane] = learning_rate(trainer.config, trainer.iteration)
        self.optimiser.step()
        return [Step(loss, bool(dead[lane])) for loss, lane in zip(values, lanes, strict=True)]

    def _backward(self, trainers: Sequence[Trainer], tasks: Sequence[Task]):
        """Return the losses of these trainers, and leave the gradients in the networks."""
        lanes = self._lanes(trainers)
        z = self.networks.forward(self._images(lanes, tasks))
        masks = torch.stack([task.batch.masks for task in tasks])
        known = [task.teacher_z for task in tasks if task.teacher_z is not None]
        teacher_z = torch.stack(known) if known else None
        objectives = [trainer.objective for trainer in trainers]
        values, own = lane_losses(objectives, z[lanes], masks, teacher_z, self.networks.kernels)
        dz = torch.zeros_like(z)  # nothing is learned in the lanes of runs that have ended
        dz[lanes] = own
        self.networks.backward(dz)
        return values

    def _images(self, lanes: Sequence[int], tasks: Sequence[Task]) -> Float[Tensor, "..."]:
        """Return what each lane sees: its run's tiles, or anything where no run goes on."""
        first = tasks[0].batch.images
        if all(task.batch.images is first for task in tasks):
            return first
        images = first.expand(self.networks.count, *first.shape).clone()
        for lane, task in zip(lanes, tasks, strict=True):
            images[lane] = task.batch.images
        return images

    def measure(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        return self._measure(trainers, self.first.curve_validation, self.first.curve_testing)

    def measure_whole(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        volumes = self.first.volumes
        return self._measure(trainers, volumes.validation, volumes.testing)

    def _measure(self, trainers: Sequence[Trainer], validation, testing) -> list[Evaluation]:
        every = evaluate_pack(self.networks, self.first.volumes, validation, testing)
        finite = finite_weights(self.networks)
        return [
            replace(every[lane], finite=every[lane].finite and bool(finite[lane]))
            for lane in self._lanes(trainers)
        ]

    def gradient_norms(self, trainers: Sequence[Trainer]) -> list[list[float | None]]:
        with self.networks.keeping_statistics():  # they must not see a tile twice
            self._backward(trainers, self.tiles.tasks(trainers))
        norms = gradient_norms(self.networks)
        return [norms[lane] for lane in self._lanes(trainers)]

    def collect(self, trainers: Sequence[Trainer]) -> None:
        for trainer, lane in zip(trainers, self._lanes(trainers), strict=True):
            trainer.network.load_state_dict(self.networks.state_dict(lane))
            state = self.optimiser.state(lane) if trainer.iteration else {}
            load_optimizer_state(trainer.optimizer, trainer.network, state)


def optimiser_of(trainers: Sequence[Trainer], networks: LaneNetworks) -> LaneOptimiser:
    """Build the optimiser of a pack, and let each lane go on from its trainer's."""
    configs = [trainer.config for trainer in trainers]
    rates, decay = [config.lr for config in configs], [config.weight_decay for config in configs]
    optimiser: LaneOptimiser
    if configs[0].optimizer == "adam":
        optimiser = LaneAdam(networks, rates, decay)
    else:
        optimiser = LaneSGD(networks, rates, decay, [config.momentum for config in configs])
    for lane, trainer in enumerate(trainers):
        optimiser.load_state(lane, trainer.optimizer.state_dict()["state"])
    return optimiser
