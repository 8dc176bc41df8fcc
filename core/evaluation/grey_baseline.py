"""What the grey value of a single pixel says of the annotation: a baseline without a network.

The foreground is often darker than the rest, so that a threshold alone explains some of it. A
network that explains no more than the grey value of the pixel has not learned a structure.
"""

import numpy as np
import torch

from core.data.volumes import Stack, Volumes
from core.evaluation.calibration import LogitHistogram, fit_sigmoid
from results.outcomes import constant_loss, deviance_explained

TRAINING_SLICES = 20
"""The most training slices, evenly spaced, that it is fitted on."""

_known: dict[str, float] = {}


def grey_baseline(volumes: Volumes) -> float:
    """Return D of the testing slices' annotation given each pixel's grey value alone.

    p = sigmoid(a x grey value + b), a and b fitted on training slices. It is computed once for each
    data set in a process.
    """
    if volumes.fingerprint not in _known:
        _known[volumes.fingerprint] = fitted_deviance(volumes)
    return _known[volumes.fingerprint]


def fitted_deviance(volumes: Volumes) -> float:
    training = histogram(volumes.training.evenly_spaced(TRAINING_SLICES))
    total = training.foreground + training.background
    dark = np.average(training.z, weights=training.foreground) < np.average(
        training.z, weights=total
    )
    sign = -1.0 if dark else 1.0
    turned = LogitHistogram(sign * training.z, training.foreground, training.background)
    slope, offset = fit_sigmoid(turned)
    testing = histogram(volumes.testing)
    z = sign * slope * testing.z + offset
    losses = testing.foreground @ np.logaddexp(0.0, -z) + testing.background @ np.logaddexp(0.0, z)
    pixels = float((testing.foreground + testing.background).sum())
    barrier = constant_loss(float(testing.foreground.sum()) / pixels)
    return deviance_explained(2.0 * float(losses) / pixels, barrier)


def histogram(stack: Stack) -> LogitHistogram:
    """Gather the pixels of some slices by their grey value; 8 bits are gathered exactly."""
    if stack.images.dtype == np.uint8:
        counts = np.bincount(
            (stack.masks.astype(np.int16) << 8 | stack.images).ravel(), minlength=512
        )
        background, foreground = counts.reshape(2, 256).astype(float)
        used = background + foreground > 0
        return LogitHistogram(
            np.flatnonzero(used).astype(float), foreground[used], background[used]
        )
    grey = torch.from_numpy(stack.images.astype(np.float32)).flatten()
    return LogitHistogram.of(grey, torch.from_numpy(stack.masks).flatten().float())
