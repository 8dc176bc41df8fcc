"""Networks to pack, and what PyTorch says of the same networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.choices import BatchNorm, Padding
from core.config import RunConfig
from core.losses import logit_difference
from core.objective import Objective
from core.unet import KUNet


def lively_networks(
    count: int,
    width: int,
    batch_norm: BatchNorm = "none",
    padding: Padding = "same",
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> list[KUNet]:
    """Networks whose biases, scales and running statistics are no defaults."""
    generator = torch.Generator().manual_seed(seed)
    networks = []
    for number in range(count):
        network = KUNet(width, batch_norm, padding, "he", init_seed=100 * seed + number)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if parameter.dim() == 1:
                    parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
                    if "norm" not in name:
                        parameter += 0.05  # most ReLUs stay open
            for name, value in network.named_buffers():
                if name.endswith("running_mean"):
                    value += 0.1 * torch.randn(value.shape, generator=generator)
                elif name.endswith("running_var"):
                    value += torch.rand(value.shape, generator=generator)
        networks.append(network.to(dtype))
    return networks


@dataclass(frozen=True)
class Task:
    """What a pack of networks is trained on: images, annotation and teacher of each lane."""

    images: Tensor
    """(batch, 1, height, width), or (lane, batch, 1, height, width)."""
    masks: Tensor
    teacher_z: Tensor
    objectives: Sequence[Objective]

    def images_of(self, lane: int) -> Tensor:
        return self.images if self.images.dim() == 4 else self.images[lane]

    def loss(self, lane: int, z: Tensor) -> Tensor:
        objective = self.objectives[lane]
        teacher_z = self.teacher_z[lane] if objective.config.needs_teacher else None
        return objective.terms(z, self.masks[lane], teacher_z).total


def objective(kind: str, lane: int) -> Objective:
    """Objectives of one kind that differ from lane to lane."""
    parent = RunConfig(data="d" * 16, width=4)
    soft = {"teacher": parent, "temperature": 1.0 + lane}
    config = {
        "hard": RunConfig(data="d" * 16),
        "soft": RunConfig(data="d" * 16, objective="soft", **soft),
        "mixed": RunConfig(
            data="d" * 16, objective="mixed", soft_weight=0.3, soft_loss="kl", **soft
        ),
    }[kind]
    return Objective(config, 1.0 + lane)


def task(
    kind: str,
    sides: tuple[int, int],
    answer: tuple[int, int],
    *,
    lanes: int,
    batch: int,
    shared: bool,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> Task:
    generator = torch.Generator().manual_seed(seed)
    own = () if shared else (lanes,)
    return Task(
        torch.randn(*own, batch, 1, *sides, generator=generator, dtype=dtype),
        (torch.rand(lanes, batch, *answer, generator=generator) < 0.3).to(dtype),
        torch.randn(lanes, batch, *answer, generator=generator, dtype=dtype),
        [objective(kind, lane) for lane in range(lanes)],
    )


def with_pytorch(networks: Sequence[KUNet], trained_on: Task) -> Tensor:
    """Leave each network's gradient in its parameters, and return all z."""
    answers = []
    for lane, network in enumerate(networks):
        network.zero_grad(set_to_none=True)
        z = logit_difference(network(trained_on.images_of(lane)))
        trained_on.loss(lane, z).backward()
        answers.append(z.detach())
    return torch.stack(answers)


def relative(found: Tensor, wanted: Tensor, scale: Tensor | None = None) -> float:
    """The Euclidean distance, in units of what is wanted or of `scale`."""
    length = (wanted if scale is None else scale).detach().double().norm()
    return float((found.detach().double() - wanted.detach().double()).norm() / length)


def gradient_errors(
    networks: Sequence[KUNet], gradient_of: Callable[[int, str], Tensor]
) -> dict[str, float]:
    """The largest relative error of each parameter's gradient, over the networks.

    Where batch norm takes out a constant the gradient of a bias is zero but for rounding: that
    of the layer's weights says on which scale.
    """
    errors: dict[str, float] = {}
    for lane, network in enumerate(networks):
        parameters = dict(network.named_parameters())
        for name, parameter in parameters.items():
            assert parameter.grad is not None
            weight = parameters[name.rpartition(".")[0] + ".weight"].grad
            scale = weight if lost_in_batch_norm(name, network) else parameter.grad
            assert scale is not None
            if not bool(scale.any()):
                assert not bool(gradient_of(lane, name).any()), name
                continue
            error = relative(gradient_of(lane, name), parameter.grad, scale)
            errors[name] = max(errors.get(name, 0.0), error)
    return errors


def zero_lost_gradients(networks: Sequence[KUNet]) -> None:
    """Set gradients to 0 that are so but for PyTorch's rounding, which Adam makes steps of."""
    for network in networks:
        for name, parameter in network.named_parameters():
            if lost_in_batch_norm(name, network):
                assert parameter.grad is not None
                parameter.grad.zero_()


def lost_in_batch_norm(name: str, network: KUNet) -> bool:
    """Whether batch norm follows a bias, and takes it out.

    It does so behind unpadded convolutions too, which leave a constant one.
    """
    parameters = dict(network.named_parameters())
    if name.startswith("up.") and name.endswith(".bias"):
        return network.padding == "valid" and "expansive.0.norm0.bias" in parameters
    return (
        name.endswith(".bias")
        and name.replace("conv", "norm") != name
        and (name.replace("conv", "norm") in parameters)
    )
