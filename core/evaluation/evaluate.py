"""Evaluate a network on whole slices: loss, deviance explained, IoU, and is it constant?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.data.sources import Stack, Volumes
from core.evaluation.calibration import Calibration, LogitHistogram, calibrate
from core.evaluation.dead_runs import ChannelMaxima
from core.evaluation.overlap import whole_slice_logits
from core.losses import logit_difference, pixel_loss
from results.outcomes import constant_loss, deviance_explained


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation measured; None where something cannot be measured.

    Losses are in nats, in the paper's convention.
    """

    finite: bool
    constant: bool
    """Whether the logits are bit-equal at every position for all test slices."""
    test_loss: float | None
    validation_loss: float | None
    barrier: float
    """L0, the loss of the best constant on these test pixels."""
    deviance_explained: float | None
    deviance_explained_calibrated: float | None
    iou: float | None
    """Intersection over union of the foreground on the test slices, where p > 0.5."""
    iou_validation_threshold: float | None
    """The same, on the same test slices, where z > `validation_threshold`."""
    validation_threshold: float | None
    """The z above which a pixel is foreground that gives the validation slices the highest IoU."""
    foreground_mean: float | None
    """The mean predicted foreground probability."""
    logit_mean: float | None
    logit_std: float | None
    dead_channels: list[int] | None
    """The number of ReLUs that are 0 on all validation slices, per level of
    `core.evaluation.dead_runs.BLOCKS`."""


@dataclass
class Constancy:
    """Compares the logits of different inputs position by position, bit for bit.

    `std() == 0` would not do: a float32 mean of equal values need not equal them.
    """

    first: Tensor | None = None
    equal: bool = True

    def add(self, logits: Float[Tensor, "1 2 height width"]) -> None:
        """Compare one more slice's logits with the first slice's."""
        if self.first is None:
            self.first = logits.clone()
        elif self.equal:
            self.equal = torch.equal(self.first, logits)


@dataclass
class PixelSums:
    """Sums over the pixels seen so far, in double precision."""

    pixels: int = 0
    foreground: float = 0.0
    loss: float = 0.0
    calibrated_loss: float = 0.0
    probability: float = 0.0
    origin: float | None = None
    """The first z: deviations from it keep the variance of nearly constant answers exact."""
    deviation: float = 0.0
    squared_deviation: float = 0.0
    overlap: list[float] = field(default_factory=lambda: [0.0, 0.0])
    union: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def add(
        self,
        z: Float[Tensor, "1 height width"],
        mask: Float[Tensor, "1 height width"],
        calibration: Calibration | None,
    ) -> None:
        """Add the pixels of one slice."""
        if self.origin is None:
            self.origin = float(z.flatten()[0])
        deviation = (z - self.origin).double()
        self.pixels += z.numel()
        self.foreground += total(mask)
        self.loss += total(pixel_loss(z, mask))
        self.probability += total(torch.sigmoid(z))
        self.deviation += float(deviation.sum())
        self.squared_deviation += float(deviation.square_().sum())
        thresholds = [0.0]
        if calibration is not None:
            calibrated = z * calibration.slope + calibration.offset
            self.calibrated_loss += total(pixel_loss(calibrated, mask))
            thresholds.append(calibration.threshold)
        inside = mask > 0.5
        for which, threshold in enumerate(thresholds):
            marked = z > threshold
            self.overlap[which] += int((marked & inside).sum())
            self.union[which] += int((marked | inside).sum())

    @property
    def logit_mean(self) -> float:
        assert self.origin is not None
        return self.origin + self.deviation / self.pixels

    @property
    def logit_std(self) -> float:
        mean = self.deviation / self.pixels
        return math.sqrt(max(0.0, self.squared_deviation / self.pixels - mean * mean))

    def iou(self, which: int) -> float:
        """Return the IoU at p = 0.5 (0) or at the validation threshold (1); nothing marked is 0."""
        return self.overlap[which] / self.union[which] if self.union[which] else 0.0


def total(values: Tensor) -> float:
    return float(values.sum(dtype=torch.float64))


def normalised(
    images: np.ndarray, volumes: Volumes, device: torch.device
) -> Float[Tensor, "slice 1 height width"]:
    """Scale grey values as the network sees them."""
    grey = torch.from_numpy(images.astype(np.float32))[:, None].to(device)
    return (grey - volumes.shift) / volumes.divisor


def slices(
    network: nn.Module, stack: Stack, volumes: Volumes
) -> Iterator[tuple[Float[Tensor, "1 2 height width"], Float[Tensor, "1 height width"]]]:
    """Yield logits and annotation of every slice, one at a time."""
    weight = next(network.parameters())
    device = weight.device
    for image, mask in zip(stack.images, stack.masks, strict=True):
        images = normalised(image[None], volumes, device).to(weight.dtype)
        images = images.contiguous(memory_format=torch.channels_last)
        yield (
            whole_slice_logits(network, images),
            torch.from_numpy(mask[None].astype(np.float32)).to(device),
        )


@torch.no_grad()
def evaluate(network: nn.Module, volumes: Volumes, validation: Stack, testing: Stack) -> Evaluation:
    """Measure a network in evaluation mode, and restore its mode.

    Calibration and threshold come from the validation stack, the figures from the testing stack.
    """
    was_training = network.training
    network.eval()
    try:
        fraction = testing.foreground_fraction
        barrier = constant_loss(fraction)
        channels = ChannelMaxima()
        with channels.watching(network):
            calibration, validation_loss = _calibrate_on(network, volumes, validation)
        if calibration is None:
            return not_finite(barrier)
        sums, constancy = PixelSums(), Constancy()
        for logits, mask in slices(network, testing, volumes):
            z = logit_difference(logits)
            if not bool(torch.isfinite(z).all()):
                return not_finite(barrier)
            constancy.add(logits)
            sums.add(z, mask, calibration)
    finally:
        network.train(was_training)
    return concluded(sums, constancy.equal, calibration, validation_loss, barrier, channels.dead())


def concluded(
    sums: PixelSums,
    constant: bool,
    calibration: Calibration,
    validation_loss: float | None,
    barrier: float,
    dead_channels: list[int] | None,
) -> Evaluation:
    """Return what was measured of a network whose logits are finite."""
    if not math.isfinite(sums.loss + sums.calibrated_loss):
        return not_finite(barrier)
    test_loss = sums.loss / sums.pixels
    return Evaluation(
        finite=True,
        constant=constant,
        test_loss=test_loss,
        validation_loss=validation_loss,
        barrier=barrier,
        deviance_explained=deviance_explained(test_loss, barrier),
        deviance_explained_calibrated=deviance_explained(
            sums.calibrated_loss / sums.pixels, barrier
        ),
        iou=sums.iou(0),
        iou_validation_threshold=sums.iou(1),
        validation_threshold=calibration.threshold,
        foreground_mean=sums.probability / sums.pixels,
        logit_mean=sums.logit_mean,
        logit_std=sums.logit_std,
        dead_channels=dead_channels,
    )


def _calibrate_on(
    network: nn.Module, volumes: Volumes, validation: Stack
) -> tuple[Calibration | None, float | None]:
    """Return calibration and loss on the validation slices; None where a logit is not finite."""
    z_parts, mask_parts, loss = [], [], 0.0
    for logits, mask in slices(network, validation, volumes):
        z = logit_difference(logits)
        if not bool(torch.isfinite(z).all()):
            return None, None
        loss += total(pixel_loss(z, mask))
        z_parts.append(z.flatten().cpu())
        mask_parts.append(mask.flatten().cpu())
    z = torch.cat(z_parts)
    calibration = calibrate(LogitHistogram.of(z, torch.cat(mask_parts)))
    return calibration, loss / z.numel()


def not_finite(barrier: float) -> Evaluation:
    """Return the evaluation of a network with a logit, loss or weight that is not finite."""
    return Evaluation(False, False, *(None, None), barrier, *([None] * 9))
