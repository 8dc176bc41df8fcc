"""Packing gives what running alone gives, resuming what never stopping gives, bit for bit."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import RunConfig
from core.data.sources import Volumes
from core.evaluation import dead_runs
from core.networks import build_network, weights_of
from core.training.pack import Pack
from core.training.trainer import Trainer
from tests.core.builders import make_dead, tiny_config

TEACHER = {"init_seed": 5}
MIXED: list[dict[str, Any]] = [
    {"init_seed": 0, "data_seed": 0},
    {"init_seed": 1, "data_seed": 0, "lr": 1e-2},
    {"init_seed": 2, "data_seed": 2, "init": "xavier", "elastic_sigma": 0.0, "flips": False},
    {"init_seed": 3, "data_seed": 3, "class_weights": 4.0, "weight_decay": 0.01},
]
SOFT: dict[str, Any] = {"objective": "soft", "temperature": 3.0}
MIXED_SOFT: list[dict[str, Any]] = [
    {},
    {"temperature": 5.0, "soft_loss": "kl"},
    {"objective": "mixed", "soft_weight": 0.3},
    {"objective": "mixed", "mixture": "sum", "class_weights_by": "annotation"},
]
"""What comes on top with soft labels."""
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
    mixed = [MIXED[k] | (MIXED_SOFT[k] if "teacher" in changes else {}) for k in which]
    return [tiny_config(volumes, **(changes | own)) for own in mixed]


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


def run_for(pack: Pack, steps: int) -> None:
    """Go on for this many steps or evaluations of all."""
    countdown = iter(range(steps - 1, -1, -1))
    list(pack.evaluations(lambda: next(countdown) == 0))


@pytest.mark.parametrize("shared", ["soft", "batch norm", "sgd"])
@given(pauses=st.lists(st.integers(1, 5), min_size=1, max_size=2), data=st.data())
@settings(deadline=None, max_examples=4)
def test_resuming_in_another_pack_gives_what_never_stopping_gives(
    volumes: Volumes, shared: str, pauses: list[int], data: st.DataObject
) -> None:
    whole = [start(config, volumes) for config in configs(volumes, shared, [0, 1, 2])]
    list(Pack(whole).evaluations())
    parts = [start(trainer.config, volumes) for trainer in whole]
    for steps in pauses:
        pack = Pack(parts)
        run_for(pack, steps)
        pack.collect()
        order = data.draw(st.permutations(range(len(parts))))
        resumed = [start(parts[place].config, volumes) for place in order]
        for place, trainer in zip(order, resumed, strict=True):
            trainer.restore(parts[place].checkpoint())
        parts = resumed
    list(Pack(parts).evaluations())
    by_id = {trainer.config.run_id: trainer for trainer in parts}
    for trainer in whole:
        assert_same(by_id[trainer.config.run_id], trainer)


def test_a_run_that_is_not_finite_or_ends_early_does_nothing_to_the_others(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_runs, "DEAD_STEPS", 2)
    base = tiny_config(volumes, engine="lanes", iterations=10, optimizer="sgd")
    exploding, dying = base.replaced(init_seed=7, lr=1e30), base.replaced(stop_dead=True)
    living = base.replaced(init_seed=2)
    trainers = [start(config, volumes) for config in (exploding, living, dying)]
    make_dead(trainers[2].network)
    pack = Pack(trainers)
    list(pack.evaluations())
    assert [t.iteration for t in trainers] == [trainers[0].iteration, 10, 2]
    assert trainers[0].diverged
    assert trainers[0].iteration < 10
    assert trainers[2].stopped_dead
    alone = start(living, volumes)
    list(alone.evaluations())
    assert_same(trainers[1], alone)


@pytest.mark.parametrize("shared", SHARED)
def test_it_trains_as_pytorch_does(volumes: Volumes, shared: str) -> None:
    """Over six steps rounding errors stay small; over hundreds of them runs part ways.

    With batch norm they do at once: the bias in front of it has a gradient of zero, of which
    PyTorch has a rounding error that Adam turns into a whole step, and only training forgets it.
    """
    (config,) = configs(volumes, shared, [0])
    lanes, pytorch = start(config, volumes), start(config.replaced(engine="torch"), volumes)
    list(lanes.evaluations())
    list(pytorch.evaluations())
    for ours, theirs in zip(lanes.curve, pytorch.curve, strict=True):
        assert ours["train_losses"] == pytest.approx(theirs["train_losses"], rel=1e-3)
        if shared == "batch norm":
            continue
        for name in ("test_loss", "validation_loss", "iou", "logit_std"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-3, abs=1e-5), name
        assert ours["dead_channels"] == theirs["dead_channels"]
        assert ours["gradient_norms"] == pytest.approx(theirs["gradient_norms"], rel=0.02, abs=1e-6)
    assert lanes.initial_weights_sha256 == pytorch.initial_weights_sha256
