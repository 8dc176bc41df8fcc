"""Evaluate a pack of networks: what `core.evaluation.evaluate` says of each, computed together.

One pass over the slices answers for all lanes, and what is measured is added up as the lanes hold
it: planes of single networks are never made.
"""

from collections.abc import Iterator

import torch

from core.data.sources import Stack, Volumes
from core.engines.lanes.inspection import watching_relus
from core.engines.lanes.maps import FeatureMap
from core.engines.lanes.measures import SUMS, TestingSums, ValidationAnswers
from core.engines.lanes.network import LaneNetworks
from core.evaluation.calibration import BINS, Calibration, LogitHistogram, calibrate
from core.evaluation.evaluate import Evaluation, PixelSums, concluded, normalised, not_finite
from core.evaluation.overlap import continued
from results.outcomes import constant_loss


@torch.no_grad()
def evaluate_pack(
    pack: LaneNetworks, volumes: Volumes, validation: Stack, testing: Stack
) -> list[Evaluation]:
    """Measure every network of a pack in evaluation mode, as `evaluate` measures each alone.

    What is said of a network depends on no other, bit for bit.
    """
    barrier = constant_loss(testing.foreground_fraction)
    answers = ValidationAnswers(pack.kernels, validation.masks)
    with watching_relus(pack) as dead:
        for index, first, logits in rows_of(pack, validation, volumes, watching=True):
            answers.add(index, first, logits)
        dead_channels = [dead.of(lane) for lane in range(pack.count)]
    calibrations = calibrated(answers, pack.count)
    losses = (answers.loss / validation.masks.size).tolist()
    del answers  # its z are large
    if not any(calibrations):
        return [not_finite(barrier)] * pack.count
    chosen = [(c.slope, c.offset, c.threshold) if c else (0.0, 0.0, 0.0) for c in calibrations]
    shape = testing.masks.shape[1], testing.masks.shape[2]
    sums = TestingSums(pack.kernels, pack.count, torch.tensor(chosen, dtype=torch.float64).T, shape)
    for index, first, logits in rows_of(pack, testing, volumes):
        sums.add(index, first, logits, testing.masks[index])
    return [
        not_finite(barrier)
        if calibration is None or pixels is None
        else concluded(
            pixels,
            sums.constant[lane],
            calibration,
            losses[lane],
            barrier,
            dead_channels[lane],
        )
        for lane, (calibration, pixels) in enumerate(
            zip(calibrations, pixel_sums(sums, testing), strict=True)
        )
    ]


def rows_of(
    pack: LaneNetworks, stack: Stack, volumes: Volumes, *, watching: bool = False
) -> Iterator[tuple[int, int, FeatureMap]]:
    """Yield the logits of every slice: its number, the first of some rows, and both logits there.

    They may exceed the slice, where it was continued.
    """
    for index, image in enumerate(stack.images):
        images = normalised(image[None], volumes, torch.device("cpu"))
        for first, logits in pack.logits(continued(images, pack.padding), watching=watching):
            yield index, first, logits


def calibrated(answers: ValidationAnswers, count: int) -> list[Calibration | None]:
    """Calibrate every network on its own histogram; None where a logit is not finite."""
    counted, above = answers.binned(BINS, count)
    low = answers.extremes[0].tolist()
    found: list[Calibration | None] = []
    for lane, finite in enumerate(answers.finite[:count]):
        pixels = counted[lane].astype(float)
        histogram = LogitHistogram.of_bins(low[lane], pixels[:, 0], pixels[:, 1], above[lane])
        found.append(calibrate(histogram) if finite else None)
    return found


def pixel_sums(sums: TestingSums, testing: Stack) -> list[PixelSums | None]:
    """Return the sums of every network; None where a logit is not finite."""
    foreground = float(testing.masks.sum())
    found: list[PixelSums | None] = []
    for lane in range(sums.count):
        of = dict(zip(SUMS, sums.sums[:, lane].tolist(), strict=True))
        overlap = [of["overlap"], of["threshold_overlap"]]
        marked = [of["marked"], of["threshold_marked"]]
        pixels = PixelSums(
            testing.masks.size,
            foreground,
            of["loss"],
            of["calibrated_loss"],
            of["probability"],
            sums.origin[lane],
            of["deviation"],
            of["squared_deviation"],
            overlap,
            [m + foreground - both for m, both in zip(marked, overlap, strict=True)],
        )
        found.append(None if of["unfinite"] else pixels)
    return found
