from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from core.data.sources import Stack, Volumes
from core.evaluation.evaluate import Evaluation, evaluate
from core.unet import KUNet
from tests.core.builders import squares_volumes


@torch.no_grad()
def logits_of(network: KUNet, stack: Stack, volumes: Volumes) -> np.ndarray:
    """z of every pixel of a stack, concatenated; slices padded by numpy."""
    parts = []
    for image in stack.images:
        height, width = image.shape
        padded = np.pad(image, ((0, -height % 16), (0, -width % 16)), mode="reflect")
        grey = (padded.astype(np.float64) - volumes.mean) / volumes.std
        answer = network(torch.from_numpy(grey).float()[None, None])[0].double().numpy()
        parts.append((answer[1] - answer[0])[:height, :width].ravel())
    return np.concatenate(parts)


def loss(z: np.ndarray, mask: np.ndarray) -> float:
    p = 1.0 / (1.0 + np.exp(-z))
    return float(np.mean(-2.0 * (mask * np.log(p) + (1.0 - mask) * np.log(1.0 - p))))


def iou(marked: np.ndarray, inside: np.ndarray) -> float:
    return float((marked & inside).sum() / (marked | inside).sum())


def naive(network: KUNet, volumes: Volumes) -> dict[str, Any]:
    z, mask = logits_of(network, volumes.testing, volumes), volumes.testing.masks.ravel()
    z_val = logits_of(network, volumes.validation, volumes)
    mask_val = volumes.validation.masks.ravel()
    q = mask.mean()
    barrier = -2.0 * (q * np.log(q) + (1.0 - q) * np.log(1.0 - q))
    fit = minimize(lambda beta: loss(beta[0] * z_val + beta[1], mask_val), np.zeros(2)).x
    fit = fit if fit[0] > 0 else (0.0, np.log(mask_val.mean() / (1.0 - mask_val.mean())))
    return {
        "test_loss": loss(z, mask),
        "validation_loss": loss(z_val, mask_val),
        "barrier": barrier,
        "deviance_explained": 1.0 - loss(z, mask) / barrier,
        "deviance_explained_calibrated": 1.0 - loss(fit[0] * z + fit[1], mask) / barrier,
        "iou": iou(z > 0.0, mask == 1),
        "foreground_mean": np.mean(1.0 / (1.0 + np.exp(-z))),
        "logit_mean": z.mean(),
        "logit_std": z.std(),
    }


def measured(network: KUNet, volumes: Volumes) -> Evaluation:
    return evaluate(network, volumes, volumes.validation, volumes.testing)


@pytest.mark.parametrize("shape", [(32, 32), (37, 50), (16, 47)])
@pytest.mark.parametrize("seed", [1, 3, 5])
def test_figures_are_those_of_all_pixels_together(shape: tuple[int, int], seed: int) -> None:
    volumes = squares_volumes(shape=shape)
    network = KUNet(2, init="he", init_seed=seed).eval()
    got, expected = asdict(measured(network, volumes)), naive(network, volumes)
    assert got["finite"]
    assert not got["constant"]
    for name, value in expected.items():
        rounding = 2e-4 if name == "deviance_explained_calibrated" else 1e-5
        assert got[name] == pytest.approx(value, rel=rounding, abs=rounding), name


def test_the_threshold_comes_from_validation_pixels() -> None:
    volumes = squares_volumes()
    network = KUNet(2, init="he", init_seed=1).eval()
    z, mask = logits_of(network, volumes.testing, volumes), volumes.testing.masks.ravel() == 1
    z_val = logits_of(network, volumes.validation, volumes)
    mask_val = volumes.validation.masks.ravel() == 1
    best = max(np.unique(z_val), key=lambda at: iou(z_val >= at, mask_val))
    expected = iou(z >= best, mask)
    found = measured(network, volumes)
    assert found.iou_validation_threshold == pytest.approx(expected, abs=0.005)
    assert found.validation_threshold is not None
    of_it = iou(z > found.validation_threshold, mask)
    assert of_it == pytest.approx(found.iou_validation_threshold, abs=0.001)


def test_batch_norm_is_evaluated_with_running_statistics_and_the_mode_restored() -> None:
    volumes = squares_volumes()
    network = KUNet(2, "all", init="he")
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    training_mode = measured(network, volumes)
    assert network.training
    assert network.contracting[0].training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    network.eval()
    assert measured(network, volumes) == training_mode
    assert not network.training


def test_test_slices_choose_nothing() -> None:
    volumes = squares_volumes()
    network = KUNet(2, init="he", init_seed=1)
    first = evaluate(network, volumes, volumes.validation, volumes.testing)
    second = evaluate(network, volumes, volumes.validation, volumes.testing.evenly_spaced(2))
    assert first.validation_threshold == second.validation_threshold
    assert first.validation_loss == second.validation_loss
