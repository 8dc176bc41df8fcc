"""Which configurations are one run, which share a trajectory, and ids that must never change."""

from typing import Any

import pytest

from core.config import EVALUATION_PLAN, RunConfig
from results.errors import ConfigError

TEACHER = RunConfig(data="d", init="he", width=32, iterations=5000)
EVERY_FIELD_ACTIVE = RunConfig(
    data="d",
    init="xavier",
    objective="mixed",
    teacher=TEACHER,
    temperature=5,
    class_weights=3,
    optimizer="sgd",
)
OTHER_VALUES: dict[str, Any] = {
    "data": "e",
    "init_seed": 1,
    "data_seed": 1,
    "width": 4,
    "batch_norm": "expansive",
    "init": "he",
    "init_block": "expansive.0",
    "input_scale": "unit",
    "objective": "hard",
    "temperature": 6,
    "soft_loss": "kl",
    "soft_weight": 0.25,
    "mixture": "sum",
    "class_weights": "inverse_frequency",
    "class_weights_by": "annotation",
    "teacher": TEACHER.replaced(iterations=6000),
    "start_from": RunConfig(data="d", iterations=77),
    "optimizer": "adam",
    "lr": 0.01,
    "lr_half_life": 1000.0,
    "momentum": 0.9,
    "weight_decay": 0.01,
    "iterations": 10,
    "batch_size": 2,
    "tile": 128,
    "elastic_sigma": 0.0,
    "flips": False,
    "eval_every": 50,
    "curve_slices": 8,
    "curve_validation_slices": 3,
    "stop_dead": True,
}
SAME_STEPS = {"iterations", "stop_dead", "eval_every", "curve_slices", "curve_validation_slices"}


def test_the_table_of_other_values_covers_every_field_with_a_choice() -> None:
    # No tile fits both paddings, so that field cannot be changed alone.
    assert set(RunConfig().to_dict()) - set(OTHER_VALUES) == {"engine", "padding"}


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_every_active_field_changes_the_run_id(field: str) -> None:
    changed = EVERY_FIELD_ACTIVE.replaced(**{field: OTHER_VALUES[field]})
    assert changed.run_id != EVERY_FIELD_ACTIVE.run_id


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_the_trajectory_ignores_horizon_and_evaluation_plan_and_nothing_else(field: str) -> None:
    changed = EVERY_FIELD_ACTIVE.replaced(**{field: OTHER_VALUES[field]})
    same = changed.trajectory_id == EVERY_FIELD_ACTIVE.trajectory_id
    assert same == (field in SAME_STEPS)


@pytest.mark.parametrize("field", sorted(SAME_STEPS))
def test_the_horizon_and_plan_of_a_teacher_belong_to_the_trajectory(field: str) -> None:
    teacher = TEACHER.replaced(**{field: OTHER_VALUES[field]})
    changed = EVERY_FIELD_ACTIVE.replaced(teacher=teacher)
    assert changed.trajectory_id != EVERY_FIELD_ACTIVE.trajectory_id


def test_horizon_and_evaluation_plan_are_the_fields_meant() -> None:
    assert {"iterations", "stop_dead", *EVALUATION_PLAN} == SAME_STEPS


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 3), ("lr", 1), ("momentum", 0), ("elastic_sigma", 2), ("class_weights", 7)],
)
def test_a_whole_number_and_its_float_are_one_run(field: str, value: int) -> None:
    exact = EVERY_FIELD_ACTIVE.replaced(**{field: value})
    real = EVERY_FIELD_ACTIVE.replaced(**{field: float(value)})
    assert exact.run_id == real.run_id
    assert exact == real


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 5.0), ("teacher", TEACHER), ("soft_loss", "kl"), ("soft_weight", 0.25)],
)
def test_what_only_soft_labels_use_is_inert_under_hard_ones(field: str, value: object) -> None:
    config = RunConfig(data="d")
    assert config.replaced(**{field: value}).run_id == config.run_id


@pytest.mark.parametrize(("weight", "objective"), [(0, "hard"), (1, "soft")])
def test_a_mixture_of_one_part_is_that_objective(weight: int, objective: str) -> None:
    mixture = EVERY_FIELD_ACTIVE.replaced(soft_weight=weight)
    assert mixture.objective == objective
    assert mixture.run_id == EVERY_FIELD_ACTIVE.replaced(objective=objective).run_id


def test_the_initialisation_is_inert_where_a_run_starts_from_another() -> None:
    started = EVERY_FIELD_ACTIVE.replaced(start_from=RunConfig(data="d"))
    assert started.replaced(init="he").run_id == started.run_id


def test_seeds_reach_the_run_it_starts_from_and_not_the_teacher() -> None:
    started = EVERY_FIELD_ACTIVE.replaced(start_from=RunConfig(data="d")).with_seeds(3, 4)
    assert started.start_from is not None
    assert started.teacher is not None
    assert (started.init_seed, started.data_seed) == (3, 4)
    assert (started.start_from.init_seed, started.start_from.data_seed) == (3, 4)
    assert started.teacher.init_seed == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start_from": RunConfig(width=4)}, "start_from.width=4: must be this run's own 2"),
        ({"start_from": RunConfig(init_seed=3)}, "start_from.init_seed=3: must be this run's own"),
        ({"padding": "valid", "tile": 188}, "teacher.padding='same': must be the student's"),
        ({"padding": "valid"}, "tile=256: must be 16 n + 12 and at least 188; nearest: 252, 268"),
        ({"start_from.width": 3}, "start_from.width: this run has no start_from"),
        ({"teacher.widht": 3}, "unknown field 'widht'"),
    ],
)
def test_parents_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        EVERY_FIELD_ACTIVE.replaced(**changes)
    assert str(refusal.value).startswith(message)


def test_momentum_is_inert_under_adam() -> None:
    assert RunConfig(data="d", momentum=0.5).run_id == RunConfig(data="d").run_id


def test_inert_fields_of_a_teacher_do_not_reach_its_student() -> None:
    teacher = TEACHER.replaced(temperature=9, momentum=0.1)
    assert EVERY_FIELD_ACTIVE.replaced(teacher=teacher).run_id == EVERY_FIELD_ACTIVE.run_id


def test_naming_every_default_changes_no_id() -> None:
    assert RunConfig.from_dict(RunConfig().to_dict() | {"data": "d"}).run_id == (
        RunConfig(data="d").run_id
    )
    assert RunConfig(data="d").identity() == {"data": "d"}


@pytest.mark.parametrize("name", ["run_id", "trajectory_id"])
def test_without_data_there_is_no_id(name: str) -> None:
    with pytest.raises(ConfigError, match="data"):
        getattr(RunConfig(), name)


@pytest.mark.parametrize(
    ("config", "run_id", "trajectory_id"),
    [
        (RunConfig(data="phantom-1"), "987c2a63c1a6306c", "987c2a63c1a6306c"),
        (
            RunConfig(
                data="phantom-1",
                objective="soft",
                temperature=5.0,
                iterations=1500,
                init_seed=3,
                data_seed=4,
                teacher=RunConfig(data="phantom-1", width=32, init="he", lr=3e-4),
            ),
            "3620c3cc7ef0f940",
            "d312e5e20f27dcd4",
        ),
        (
            RunConfig(
                data="epfl",
                width=8,
                batch_norm="all",
                class_weights="inverse_frequency",
                optimizer="sgd",
                momentum=0.9,
                flips=False,
                eval_every=50,
            ),
            "fd39fdf7a91c3480",
            "5d31781d6b3c7027",
        ),
    ],
)
def test_golden_ids(config: RunConfig, run_id: str, trajectory_id: str) -> None:
    assert (config.run_id, config.trajectory_id) == (run_id, trajectory_id)
