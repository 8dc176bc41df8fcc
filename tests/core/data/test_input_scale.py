"""What a network sees of grey values, by `input_scale`."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.choices import InputScale
from core.data.sources import Volumes
from core.evaluation.evaluate import normalised
from core.networks import build_network
from core.training.tiles import TileStream
from core.training.trainer import Trainer
from tests.core.builders import tiny_config

CPU = torch.device("cpu")


def seen(volumes: Volumes, scale: InputScale) -> np.ndarray:
    return normalised(volumes.training.images, volumes.scaled(scale), CPU).numpy()


def test_the_scales_of_eight_bits(volumes: Volumes) -> None:
    grey = volumes.training.images.astype(np.float64)[:, None]
    assert seen(volumes, "none") == pytest.approx(grey)
    assert seen(volumes, "unit") == pytest.approx(grey / 255, abs=1e-6)
    assert seen(volumes, "symmetric") == pytest.approx(grey / 127.5 - 1, abs=1e-6)
    z = seen(volumes, "z-score")
    assert (z.mean(), z.std()) == pytest.approx((0.0, 1.0), abs=1e-4)


@pytest.mark.parametrize("kind", [np.uint16, np.int16, np.float32])
def test_other_types_go_from_their_least_to_their_largest_value(volumes: Volumes, kind) -> None:
    images = (volumes.training.images.astype(np.int32) * 7 - 300).clip(
        0 if kind == np.uint16 else -300
    )
    other = replace(volumes, training=replace(volumes.training, images=images.astype(kind)))
    unit, symmetric = seen(other, "unit"), seen(other, "symmetric")
    assert (unit.min(), unit.max()) == pytest.approx((0.0, 1.0), abs=1e-6)
    assert symmetric == pytest.approx(2 * unit - 1, abs=1e-6)


def test_a_tile_is_seen_as_a_slice_is(volumes: Volumes) -> None:
    raw = TileStream(volumes.scaled("none"), tiny_config(volumes)).batch(3).images
    unit = TileStream(volumes.scaled("unit"), tiny_config(volumes)).batch(3).images
    torch.testing.assert_close(unit, raw / 255)


def test_a_teacher_sees_its_own_scale(volumes: Volumes) -> None:
    teacher = tiny_config(volumes, init_seed=5)
    answers = []
    for scale in ("z-score", "unit", "symmetric", "none"):
        config = tiny_config(volumes, objective="soft", teacher=teacher, input_scale=scale)
        trainer = Trainer(config, volumes, build_network(teacher))
        answers.append(trainer.teacher_logits(trainer.stream.batch(0).images))
    for answer in answers[1:]:
        torch.testing.assert_close(answer, answers[0], rtol=1e-4, atol=1e-4)


def test_runs_differ_by_scale_and_the_row_says_what_was_seen(volumes: Volumes) -> None:
    trainers = {
        scale: Trainer(tiny_config(volumes, input_scale=scale), volumes)
        for scale in ("z-score", "unit")
    }
    curves = {scale: list(trainer.evaluations()) for scale, trainer in trainers.items()}
    assert curves["z-score"][-1]["test_loss"] != curves["unit"][-1]["test_loss"]
    assert (trainers["unit"].volumes.shift, trainers["unit"].volumes.divisor) == (0.0, 255.0)
    assert trainers["z-score"].volumes.shift == volumes.mean
