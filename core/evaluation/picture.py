"""Show a run at a glance: one test slice, its annotation, and what the network makes of it."""

import imagecodecs
import numpy as np
import torch
from jaxtyping import UInt8

from core.data.sources import Stack, Volumes
from core.evaluation.evaluate import slices
from core.losses import logit_difference
from core.unet import KUNet

LONGEST_SIDE = 512
"""The most pixels a side of a panel: larger slices are thinned out, which keeps files small."""
GAP = 8


@torch.no_grad()
def picture(network: KUNet, volumes: Volumes) -> bytes:
    """Draw the middle test slice as a PNG: image, annotation and foreground probability.

    A probability that is no number is black.
    """
    middle = len(volumes.testing.images) // 2
    here = slice(middle, middle + 1)
    one = Stack(volumes.testing.images[here], volumes.testing.masks[here])
    was_training = network.training
    network.eval()
    logits, mask = next(slices(network, one, volumes))
    network.train(was_training)
    probability = torch.sigmoid(logit_difference(logits))[0].nan_to_num(0.0).cpu().numpy()
    panels = [
        stretched(one.images[0].astype(np.float32)),
        (255 * mask[0].cpu().numpy()).astype(np.uint8),
        np.rint(255 * probability).astype(np.uint8),
    ]
    return bytes(imagecodecs.png_encode(side_by_side([thinned(panel) for panel in panels])))


def stretched(image: np.ndarray) -> UInt8[np.ndarray, "height width"]:
    """Stretch grey values so that the darkest pixel is 0 and the brightest 255."""
    low, high = float(image.min()), float(image.max())
    return np.rint(255.0 * (image - low) / ((high - low) or 1.0)).astype(np.uint8)


def thinned(panel: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "rows columns"]:
    """Keep every n-th row and column, so that no side exceeds `LONGEST_SIDE`."""
    step = -(-max(panel.shape) // LONGEST_SIDE)
    return panel[::step, ::step]


def side_by_side(panels: list[np.ndarray]) -> UInt8[np.ndarray, "rows columns"]:
    """Join panels of one height with a white gap between them."""
    gap = np.full((panels[0].shape[0], GAP), 255, dtype=np.uint8)
    parts = [part for panel in panels for part in (gap, panel)]
    return np.ascontiguousarray(np.concatenate(parts[1:], axis=1))
