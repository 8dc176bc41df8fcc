import math
from typing import Any

import numpy as np
import pytest
import torch

from core.data.phantom import Phantom
from core.data.sources import PhantomSource, Volumes
from core.losses import logit_difference
from core.networks import build_network, network_from_weights, weights_of
from core.training.trainer import Trainer
from results.errors import ConfigError, DataError
from tests.core.builders import tiny_config


def trained(volumes: Volumes, **changes: Any) -> Trainer:
    trainer = Trainer(tiny_config(volumes, **changes), volumes)
    for _ in trainer.evaluations():
        pass
    return trainer


def test_golden_losses(volumes: Volumes) -> None:
    """A change here means that NUMERICS_REVISION must be bumped: old rows are other numbers."""
    trainer = trained(volumes, iterations=3, eval_every=3)
    golden = [2.104706, 1.768991, 2.114745]
    assert trainer.curve[-1]["train_losses"] == pytest.approx(golden, rel=1e-4)


@pytest.mark.parametrize(
    ("iterations", "eval_every", "expected"),
    [(6, 2, [0, 2, 4, 6]), (7, 3, [0, 3, 6, 7]), (2, 5, [0, 2]), (1, 1, [0, 1])],
)
def test_evaluations_at_every_multiple_and_at_the_horizon(
    volumes: Volumes, iterations: int, eval_every: int, expected: list[int]
) -> None:
    trainer = trained(volumes, width=1, iterations=iterations, eval_every=eval_every)
    assert [row["iteration"] for row in trainer.curve] == expected
    assert trainer.finished
    assert list(trainer.evaluations()) == []
    losses = [loss for row in trainer.curve for loss in row["train_losses"]]
    assert len(losses) == iterations
    assert trainer.curve[0]["train_loss"] is None
    for row in trainer.curve[1:]:
        assert row["train_loss"] == pytest.approx(float(np.mean(row["train_losses"])))


def test_the_target_mean_is_the_streams_own_fraction(volumes: Volumes) -> None:
    trainer = Trainer(tiny_config(volumes, batch_size=2), volumes)
    assert math.isnan(trainer.target_mean("hard"))
    list(trainer.evaluations())
    fractions = [float(trainer.stream.batch(step).masks.double().mean()) for step in range(6)]
    assert trainer.target_mean("hard") == pytest.approx(float(np.mean(fractions)), rel=1e-12)


def test_the_soft_target_mean_is_the_teachers_at_the_temperature(volumes: Volumes) -> None:
    parent = tiny_config(volumes, init_seed=5)
    teacher = build_network(parent)
    before = weights_of(teacher)
    config = tiny_config(volumes, objective="soft", temperature=5.0, teacher=parent)
    trainer = Trainer(config, volumes, teacher)
    list(trainer.evaluations())
    with torch.no_grad():
        answers = [
            torch.sigmoid(logit_difference(teacher(trainer.stream.batch(step).images)) / 5.0)
            for step in range(6)
        ]
    assert trainer.target_mean("soft") == pytest.approx(
        float(torch.stack(answers).mean()), rel=1e-6
    )
    assert weights_of(teacher) == before
    assert weights_of(trainer.network) != weights_of(build_network(config))


def test_a_teacher_with_batch_norm_keeps_its_running_statistics(volumes: Volumes) -> None:
    parent = tiny_config(volumes, batch_norm="all")
    teacher = build_network(parent).train()
    before = weights_of(teacher)
    config = tiny_config(volumes, objective="soft", teacher=parent)
    list(Trainer(config, volumes, teacher).evaluations())
    assert not teacher.training
    assert weights_of(teacher) == before


def test_a_soft_objective_needs_the_teachers_network(volumes: Volumes) -> None:
    config = tiny_config(volumes, objective="soft", teacher=tiny_config(volumes))
    with pytest.raises(ConfigError, match="teacher"):
        Trainer(config, volumes)


def test_the_volumes_must_be_those_of_the_configuration(volumes: Volumes) -> None:
    config = tiny_config(volumes, data="phantom-of-another-day")
    with pytest.raises(ConfigError, match=f"phantom-of-another-day.*{volumes.fingerprint}"):
        Trainer(config, volumes)


def test_a_tile_larger_than_the_slices_is_refused(volumes: Volumes) -> None:
    with pytest.raises(DataError, match="tile=80"):
        Trainer(tiny_config(volumes, tile=80), volumes)


def test_equal_seeds_give_equal_weights_and_others_do_not(volumes: Volumes) -> None:
    first = trained(volumes, init_seed=1, data_seed=1)
    again = trained(volumes, init_seed=1, data_seed=1)
    assert weights_of(first.network) == weights_of(again.network)
    assert [p["test_loss"] for p in first.curve] == [p["test_loss"] for p in again.curve]
    assert first.first_tile_sha256 == again.first_tile_sha256
    assert first.initial_weights_sha256 == again.initial_weights_sha256
    other_init = trained(volumes, init_seed=2, data_seed=1)
    other_data = trained(volumes, init_seed=1, data_seed=2)
    assert first.curve[0]["test_loss"] != other_init.curve[0]["test_loss"]
    assert first.curve[0]["test_loss"] == other_data.curve[0]["test_loss"]
    assert first.curve[-1]["test_loss"] != other_data.curve[-1]["test_loss"]
    assert len({weights_of(t.network) for t in (first, other_init, other_data)}) == 3
    assert first.first_tile_sha256 == other_init.first_tile_sha256 != other_data.first_tile_sha256
    assert first.initial_weights_sha256 == other_data.initial_weights_sha256
    assert first.initial_weights_sha256 != other_init.initial_weights_sha256


@pytest.mark.parametrize("batch_norm", ["none", "all"])
def test_weights_survive_as_bytes(volumes: Volumes, batch_norm: str) -> None:
    trainer = trained(volumes, batch_norm=batch_norm)
    network = network_from_weights(trainer.config, weights_of(trainer.network))
    assert not network.training
    images = trainer.stream.batch(0).images
    with torch.no_grad():
        torch.testing.assert_close(network(images), trainer.network.eval()(images))


@pytest.mark.parametrize("depth", [3, 5])
def test_zero_curve_slices_are_every_slice_whatever_the_depth(depth: int) -> None:
    phantom = Phantom(training_slices=12, testing_slices=depth, side=64, seed=3)
    volumes = PhantomSource(phantom).load()
    trainer = trained(volumes, width=1, iterations=1, eval_every=1, curve_slices=0)
    np.testing.assert_array_equal(trainer.curve_testing.images, volumes.testing.images)
    final = trainer.final_evaluation()
    assert trainer.curve[-1]["test_loss"] == final.test_loss
    assert trainer.curve[-1]["barrier"] == final.barrier
