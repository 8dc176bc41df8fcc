"""Resuming gives what never stopping gives, bit for bit."""

import json
from typing import Any

import pytest
import safetensors.torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import RunConfig
from core.data.sources import Volumes
from core.networks import build_network, weights_of
from core.training.run_progress import STATE
from core.training.trainer import Trainer
from results.errors import ConfigError
from tests.core.builders import tiny_config

VARIANTS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"optimizer": "sgd", "momentum": 0.9},
    "sgd without momentum": {"optimizer": "sgd", "momentum": 0.0},
    "batch norm": {"batch_norm": "all", "batch_size": 2},
    "weighted": {"class_weights": "inverse_frequency", "elastic_sigma": 0.0},
    "soft": {"objective": "soft", "temperature": 3.0},
    "mixed": {"objective": "mixed", "temperature": 3.0, "soft_loss": "kl", "batch_norm": "all"},
    "decaying": {"optimizer": "sgd", "lr_half_life": 3.0, "weight_decay": 0.01},
    "weighted pixels": {
        "objective": "mixed",
        "mixture": "sum",
        "class_weights": 4.0,
        "class_weights_by": "annotation",
        "input_scale": "unit",
        "init": "sign_flip",
    },
}


def configured(volumes: Volumes, variant: str) -> RunConfig:
    changes = VARIANTS[variant]
    if "objective" in changes:
        changes = changes | {"teacher": tiny_config(volumes, init_seed=5)}
    return tiny_config(volumes, **({"lr": 1e-2} | changes))


def start(config: RunConfig, volumes: Volumes) -> Trainer:
    teacher = None if config.teacher is None else build_network(config.teacher)
    return Trainer(config, volumes, teacher)


def run_for(trainer: Trainer, steps: int) -> None:
    """Go on for this many steps or evaluations."""
    countdown = iter(range(steps - 1, -1, -1))
    list(trainer.evaluations(lambda: next(countdown) == 0))


def untimed(trainer: Trainer) -> list[dict[str, Any]]:
    """The curve without its seconds."""
    return [
        {name: value for name, value in point.items() if not name.endswith("_seconds")}
        for point in trainer.curve
    ]


@pytest.fixture(scope="module", params=VARIANTS)
def whole(volumes: Volumes, request: pytest.FixtureRequest) -> Trainer:
    """What was never stopped, at its end; not to be written to."""
    trainer = start(configured(volumes, request.param), volumes)
    list(trainer.evaluations())
    return trainer


@given(pauses=st.lists(st.integers(1, 5), max_size=3))
@settings(deadline=None, max_examples=4)
def test_pausing_and_restoring_change_no_bit(
    volumes: Volumes, whole: Trainer, pauses: list[int]
) -> None:
    config = whole.config
    part = start(config, volumes)
    for steps in pauses:
        run_for(part, steps)
        resumed = start(config, volumes)
        resumed.restore(part.checkpoint())
        part = resumed
    list(part.evaluations())
    assert weights_of(part.network) == weights_of(whole.network)
    assert untimed(part) == untimed(whole)
    assert part.target_sums == whole.target_sums
    assert part.iteration == whole.iteration == 6


@pytest.mark.parametrize("whole", ["adam", "sgd", "batch norm"], indirect=True)
def test_every_step_in_its_own_process_changes_no_bit(volumes: Volumes, whole: Trainer) -> None:
    config = whole.config
    part = start(config, volumes)
    while not part.finished:
        run_for(part, 1)
        resumed = start(config, volumes)
        resumed.restore(part.checkpoint())
        part = resumed
    assert weights_of(part.network) == weights_of(whole.network)
    assert untimed(part) == untimed(whole)


@pytest.mark.parametrize("whole", ["adam"], indirect=True)
def test_pausing_alone_changes_no_bit(volumes: Volumes, whole: Trainer) -> None:
    part = start(whole.config, volumes)
    while not part.finished:
        run_for(part, 2)
    assert weights_of(part.network) == weights_of(whole.network)
    assert untimed(part) == untimed(whole)


def test_a_checkpoint_keeps_what_a_row_needs(volumes: Volumes) -> None:
    trainer = start(configured(volumes, "adam"), volumes)
    run_for(trainer, 4)
    resumed = start(trainer.config, volumes)
    resumed.restore(trainer.checkpoint())
    for name in STATE:
        assert getattr(resumed, name) == getattr(trainer, name), name
    assert resumed.train_seconds == trainer.train_seconds > 0.0
    assert resumed.checkpoint() == trainer.checkpoint()


@pytest.mark.parametrize("percent", [0, 1, 20, 60, 99])
def test_a_truncated_checkpoint_is_refused(volumes: Volumes, percent: int) -> None:
    trainer = start(configured(volumes, "adam"), volumes)
    run_for(trainer, 3)
    checkpoint = trainer.checkpoint()
    with pytest.raises(ConfigError, match="checkpoint"):
        trainer.restore(checkpoint[: len(checkpoint) * percent // 100])


@pytest.mark.parametrize("content", [b"not a checkpoint", json.dumps({}).encode(), bytes(1000)])
def test_what_is_no_checkpoint_is_refused(volumes: Volumes, content: bytes) -> None:
    with pytest.raises(ConfigError, match="checkpoint"):
        start(configured(volumes, "adam"), volumes).restore(content)


@pytest.mark.parametrize("dropped", ["meta", "network.head.bias"])
def test_a_checkpoint_with_a_missing_part_is_refused(volumes: Volumes, dropped: str) -> None:
    trainer = start(configured(volumes, "adam"), volumes)
    run_for(trainer, 3)
    tensors = safetensors.torch.load(trainer.checkpoint())
    del tensors[dropped]
    with pytest.raises(ConfigError, match="checkpoint"):
        trainer.restore(safetensors.torch.save(tensors))


@pytest.mark.parametrize("change", [{"width": 1}, {"batch_norm": "all"}])
def test_another_networks_checkpoint_is_refused(volumes: Volumes, change: dict[str, Any]) -> None:
    trainer = start(configured(volumes, "adam"), volumes)
    other = start(tiny_config(volumes, **change), volumes)
    with pytest.raises(ConfigError, match="checkpoint"):
        other.restore(trainer.checkpoint())
