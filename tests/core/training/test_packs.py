"""Packing gives what running alone gives, resuming what never stopping gives, bit for bit."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import RunConfig
from core.data.sources import Volumes
from core.networks import build_network, weights_of
from core.training.pack import Pack
from core.training.trainer import Trainer
from tests.core.builders import tiny_config

TEACHER = {"init_seed": 5}
MIXED: list[dict[str, Any]] = [
    {"init_seed": 0, "data_seed": 0},
    {"init_seed": 1, "data_seed": 0, "lr": 1e-2},
    {"init_seed": 2, "data_seed": 2, "init": "xavier"},
    {"init_seed": 3, "data_seed": 3, "class_weights": 4.0},
]
SOFT: dict[str, Any] = {"objective": "soft", "temperature": 3.0}
SHARED: dict[str, dict[str, Any]] = {
    "hard": {},
    "soft": SOFT,
    "batch norm": {"batch_norm": "all", "batch_size": 2},
    "sgd": {"optimizer": "sgd", "lr_half_life": 3.0},
}


def configs(volumes: Volumes, shared: str, which: list[int]) -> list[RunConfig]:
    changes: dict[str, Any] = {"engine": "lanes", **SHARED[shared]}
    if "objective" in changes:
        changes["teacher"] = tiny_config(volumes, **TEACHER)
    return [tiny_config(volumes, **(changes | MIXED[index])) for index in which]


def start(config: RunConfig, volumes: Volumes) -> Trainer:
    teacher = None if config.teacher is None else build_network(config.teacher)
    return Trainer(config, volumes, teacher)


def untimed(trainer: Trainer) -> list[dict[str, Any]]:
    """The curve without its seconds."""
    return [
        {name: value for name, value in point.items() if not name.endswith("_seconds")}
        for point in trainer.curve
    ]


def assert_same(trainer: Trainer, other: Trainer) -> None:
    assert trainer.config == other.config
    assert weights_of(trainer.network) == weights_of(other.network)
    assert untimed(trainer) == untimed(other)
    assert trainer.target_sums == other.target_sums
    assert trainer.first_tile_sha256 == other.first_tile_sha256


@pytest.mark.parametrize("shared", SHARED)
@given(which=st.lists(st.integers(0, 3), min_size=1, max_size=5))
@settings(deadline=None, max_examples=4)
def test_packing_gives_what_running_alone_gives(
    volumes: Volumes, shared: str, which: list[int]
) -> None:
    trainers = [start(config, volumes) for config in configs(volumes, shared, which)]
    list(Pack(trainers).evaluations())
    for trainer in trainers:
        alone = start(trainer.config, volumes)
        list(alone.evaluations())
        assert_same(trainer, alone)
