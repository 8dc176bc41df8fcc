"""Dead channels, gradients per level, and the rule by which a run is given up for dead."""

from typing import Any

import pytest
import torch

from core.data.sources import Volumes
from core.evaluation import dead_runs as anatomy
from core.evaluation.dead_runs import (
    BLOCKS,
    ChannelMaxima,
    DeadWatch,
    gradient_norms,
    only_head_bias_learns,
)
from core.networks import weights_of
from core.run_row import AT_THE_HORIZON, run_row
from core.training.trainer import Trainer
from core.unet import KUNet
from results.windows import Windows
from tests.core.builders import dead_network, make_dead, squares_volumes, tiny_config


@pytest.fixture(scope="module")
def volumes() -> Volumes:
    return squares_volumes()


def dead_of(network: KUNet, images: torch.Tensor) -> list[int] | None:
    channels = ChannelMaxima()
    with torch.no_grad(), channels.watching(network):
        for image in images:
            network(image[None])
    return channels.dead()


def test_dead_channels_are_those_that_answer_zero_everywhere() -> None:
    network = KUNet(2, "all", init="he", init_seed=3).eval()
    images = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    before = dead_of(network, images)
    assert before is not None
    block = network.get_submodule("expansive.1")
    with torch.no_grad():  # a bias far below zero kills one channel
        block.get_submodule("norm1").get_parameter("bias")[2] = -1e6
    after = dead_of(network, images)
    assert after is not None
    changed = BLOCKS.index("expansive.1")
    assert after[changed] == before[changed] + 1
    assert after[:changed] == before[:changed]


def test_every_channel_of_a_network_of_zeros_is_dead() -> None:
    dead = dead_of(dead_network(), torch.ones(1, 1, 16, 16))
    assert dead == [2 * 2**level for level in (0, 1, 2, 3, 4, 3, 2, 1, 0)]


def test_a_channel_that_one_input_wakes_is_not_dead() -> None:
    network = dead_network()
    with torch.no_grad():
        network.get_parameter("contracting.0.conv0.weight").fill_(1.0)
    dark, bright = -torch.ones(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    both = dead_of(network, torch.cat([dark, bright]))
    alone = dead_of(network, dark)
    assert both is not None
    assert alone is not None
    assert (alone[0], both[0]) == (2, 1)


def test_gradient_norms_are_those_of_each_level() -> None:
    network = KUNet(1, init="he", init_seed=1)
    network(torch.ones(1, 1, 16, 16)).square().sum().backward()
    norms = gradient_norms(network)
    assert len(norms) == len(BLOCKS) + 1
    for name, norm in zip((*BLOCKS, "head"), norms, strict=True):
        level = name.removeprefix("expansive.")
        mine = [
            p.grad.flatten()
            for key, p in network.named_parameters()
            if p.grad is not None
            and (key.startswith(f"{name}.") or (level != name and key.startswith(f"up.{level}.")))
        ]
        assert norm == pytest.approx(float(torch.cat(mine).norm()), rel=1e-5), name


def test_a_gradient_that_is_no_number_has_no_norm() -> None:
    network = KUNet(1)
    network.get_parameter("head.bias").grad = torch.tensor([float("nan"), 0.0])
    assert gradient_norms(network)[-1] is None


def test_the_anatomy_is_recorded_from_iteration_0_and_changes_nothing(volumes: Volumes) -> None:
    config = tiny_config(volumes, batch_norm="all")
    watched, other = Trainer(config, volumes), Trainer(config, volumes)
    for point in watched.evaluations():
        assert len(point["dead_channels"]) == len(BLOCKS)
        assert len(point["gradient_norms"]) == len(BLOCKS) + 1
        assert all(norm is not None for norm in point["gradient_norms"])
    for step in range(config.iterations):  # the same steps without any evaluation
        other.backward(other.stream.batch(step))
        other.optimizer.step()
    assert weights_of(watched.network) == weights_of(other.network)


def dying(volumes: Volumes, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Trainer:
    """A run that is dead from the start, by a rule of ten steps instead of a thousand."""
    monkeypatch.setattr(anatomy, "DEAD_STEPS", 10)
    trainer = Trainer(tiny_config(volumes, iterations=60, eval_every=8, **changes), volumes)
    make_dead(trainer.network)
    return trainer


def test_a_run_is_dead_after_enough_steps_in_a_row(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = dying(volumes, monkeypatch)
    list(trainer.evaluations())
    assert trainer.iteration == 60
    assert (trainer.dead.dead_at, trainer.dead.revived_at) == (16, None)
    row = run_row(trainer, Windows(2, 2), weights_of(trainer.network))
    assert (row["dead_at"], row["stopped_dead"], row["iterations_done"]) == (16, False, 60)
    assert row["test_loss_final"] > 0.0


def test_stop_dead_ends_it_there_and_leaves_later_figures_unknown(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = dying(volumes, monkeypatch, stop_dead=True)
    list(trainer.evaluations())
    row = run_row(trainer, Windows(2, 2), weights_of(trainer.network))
    assert (row["dead_at"], row["stopped_dead"], row["iterations_done"]) == (16, True, 16)
    assert (row["outcome"], row["fell"]) == ("constant", True)
    assert all(row[name] is None for name in AT_THE_HORIZON)


def test_the_dead_watch_survives_a_checkpoint(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = dying(volumes, monkeypatch)
    countdown = iter(range(12, -1, -1))
    list(trainer.evaluations(lambda: next(countdown) == 0))
    resumed = dying(volumes, monkeypatch)
    resumed.restore(trainer.checkpoint())
    assert resumed.dead == trainer.dead
    assert resumed.dead.steps > 0
    list(resumed.evaluations())
    assert resumed.dead.dead_at == 16


def test_a_later_gradient_is_a_revival() -> None:
    watch, network = DeadWatch(), dead_network()
    network(torch.ones(1, 1, 16, 16))[:, 1].sum().backward()
    assert only_head_bias_learns(network)
    for iteration in range(1, anatomy.DEAD_STEPS + 1):
        watch.after_step(only_head_bias_learns(network), iteration)
    watch.at_evaluation(constant=False, iteration=1000, eval_every=100)
    assert watch.dead_at is None
    watch.at_evaluation(constant=True, iteration=1000, eval_every=1001)
    assert watch.dead_at is None
    watch.at_evaluation(constant=True, iteration=1000, eval_every=100)
    assert watch.dead_at == 1000
    gradient = network.get_parameter("contracting.4.conv1.weight").grad
    assert gradient is not None
    gradient[0, 0, 0, 0] = 1e-30
    watch.after_step(only_head_bias_learns(network), 1001)
    watch.after_step(only_head_bias_learns(network), 1002)
    assert (watch.steps, watch.dead_at, watch.revived_at) == (0, 1000, 1001)
