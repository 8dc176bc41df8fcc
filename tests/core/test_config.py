"""What a configuration accepts, how it refuses, and that JSON gives it back unchanged."""

import json
import math
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import ALIASES, DEFAULTS, RunConfig
from core.config_rules import BrokenRules
from core.sides import VALID_LOSS, fitting_side, nearest_sides
from results.errors import ConfigError, StudyError

positive = st.floats(min_value=0.0, exclude_min=True, allow_infinity=False)
not_negative = st.floats(min_value=0.0, allow_infinity=False)
whole = st.integers(min_value=1, max_value=2**40)
seeds = st.integers(min_value=0, max_value=2**62)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "data": st.text(),
    "init_seed": seeds,
    "data_seed": seeds,
    "width": whole,
    "batch_norm": st.sampled_from(["none", "expansive", "all"]),
    "init": st.sampled_from(["torch", "he"]),
    "temperature": positive,
    "class_weights": st.sampled_from(["none", "inverse_frequency"]) | positive,
    "optimizer": st.sampled_from(["adam", "sgd"]),
    "lr": positive,
    "momentum": st.floats(min_value=0.0, max_value=1.0, exclude_max=True),
    "iterations": whole,
    "batch_size": whole,
    "tile": st.integers(min_value=1, max_value=2**20).map(lambda n: 16 * n),
    "elastic_sigma": not_negative,
    "flips": st.booleans(),
    "eval_every": whole,
    "curve_slices": st.just(0) | st.integers(min_value=2, max_value=2**40),
    "curve_validation_slices": whole,
}
hard = st.fixed_dictionaries({}, optional=FIELDS).map(lambda values: RunConfig(**values))


def student(fields: dict[str, Any], teacher: RunConfig) -> RunConfig:
    return RunConfig(**fields, objective="soft", teacher=teacher)


def taught(teachers: st.SearchStrategy[RunConfig]) -> st.SearchStrategy[RunConfig]:
    return st.builds(student, st.fixed_dictionaries({}, optional=FIELDS), teachers)


configs = st.recursive(hard, taught, max_leaves=3)


@settings(deadline=None)
@given(configs)
def test_every_valid_configuration_survives_json(config: RunConfig) -> None:
    assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@settings(deadline=None)
@given(configs)
def test_the_identity_alone_gives_a_configuration_of_the_same_identity(config: RunConfig) -> None:
    assert RunConfig.from_dict(config.identity()).identity() == config.identity()


WHOLE = "must be a whole number >= 1"
NOT_NEGATIVE = "must be a whole number >= 0"
ABOVE_ZERO = "must be a finite number > 0"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("width", 0, f"width=0: {WHOLE}"),
        ("width", 2.0, f"width=2.0: {WHOLE}"),
        ("width", True, f"width=True: {WHOLE}"),
        ("iterations", 0, f"iterations=0: {WHOLE}"),
        ("batch_size", -1, f"batch_size=-1: {WHOLE}"),
        ("tile", 0, f"tile=0: {WHOLE}"),
        ("tile", "256", f"tile='256': {WHOLE}"),
        ("tile", 100, "tile=100: must be a multiple of 16; nearest: 96, 112"),
        ("eval_every", 0, f"eval_every=0: {WHOLE}"),
        ("curve_validation_slices", 0, f"curve_validation_slices=0: {WHOLE}"),
        ("curve_slices", 1, "curve_slices=1: must be a whole number >= 2"),
        ("curve_slices", -1, "curve_slices=-1: must be a whole number >= 2"),
        ("curve_slices", False, "curve_slices=False: must be a whole number >= 2"),
        ("init_seed", -1, f"init_seed=-1: {NOT_NEGATIVE}"),
        ("init_seed", 0.0, f"init_seed=0.0: {NOT_NEGATIVE}"),
        ("data_seed", False, f"data_seed=False: {NOT_NEGATIVE}"),
        ("temperature", 0.0, f"temperature=0.0: {ABOVE_ZERO}"),
        ("temperature", math.inf, f"temperature=inf: {ABOVE_ZERO}"),
        ("lr", -0.001, f"lr=-0.001: {ABOVE_ZERO}"),
        ("lr", math.nan, f"lr=nan: {ABOVE_ZERO}"),
        ("lr", "0.1", f"lr='0.1': {ABOVE_ZERO}"),
        ("momentum", 1.0, "momentum=1.0: must be in [0, 1)"),
        ("momentum", -0.1, "momentum=-0.1: must be in [0, 1)"),
        ("elastic_sigma", -1.0, "elastic_sigma=-1.0: must be a finite number >= 0, in pixels"),
        ("flips", 1, "flips=1: must be true or false"),
        ("class_weights", 0, "class_weights=0.0: must be none, inverse_frequency or a finite"),
        ("class_weights", "both", "class_weights='both': must be none, inverse_frequency or"),
        ("batch_norm", "some", "batch_norm='some': must be one of none, expansive, all"),
        ("init", "zero", "init='zero': must be one of torch, he, xavier, asymmetric, sign_flip"),
        ("init_block", "up.0", "init_block='up.0': must be one of all, contracting.0"),
        (
            "input_scale",
            "byte",
            "input_scale='byte': must be one of z-score, unit, symmetric, none",
        ),
        ("lr_half_life", -1, "lr_half_life=-1.0: must be a finite number >= 0, in steps"),
        ("weight_decay", math.nan, "weight_decay=nan: must be a finite number >= 0"),
        ("objective", "both", "objective='both': must be one of hard, soft, mixed"),
        ("soft_loss", "mse", "soft_loss='mse': must be one of cross_entropy, kl"),
        ("padding", "mirror", "padding='mirror': must be one of same, valid"),
        ("soft_weight", 1.5, "soft_weight=1.5: must be in [0, 1]"),
        ("stop_dead", 1, "stop_dead=1: must be true or false"),
        ("optimizer", "rmsprop", "optimizer='rmsprop': must be one of adam, sgd"),
        ("engine", "jax", "engine='jax': must be one of torch"),
    ],
)
def test_a_refusal_names_field_value_and_rule(field: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        RunConfig().replaced(**{field: value})
    assert str(refusal.value).startswith(message)
    assert isinstance(refusal.value, StudyError)


def test_all_that_breaks_a_rule_is_told_at_once() -> None:
    with pytest.raises(BrokenRules) as refusal:
        RunConfig(width=0, lr=-1.0, padding="valid", tile=64)
    assert str(refusal.value) == (
        f"width=0: {WHOLE}; lr=-1.0: {ABOVE_ZERO}; "
        "tile=64: must be 16 n + 12 and at least 188; nearest: 188"
    )
    assert [one.remedy for one in refusal.value.args] == [None, None, 188]
    assert str(pickle.loads(pickle.dumps(refusal.value))) == str(refusal.value)


def test_rules_between_runs_are_told_with_those_of_values() -> None:
    with pytest.raises(BrokenRules) as refusal:
        RunConfig(lr=-1.0, width=4, start_from=RunConfig(width=2, batch_norm="all"))
    fields = [(one.field, one.remedy) for one in refusal.value.args]
    assert fields == [("lr", None), ("start_from.width", 4), ("start_from.batch_norm", "none")]


def test_a_field_of_a_parent_is_named_as_the_parents() -> None:
    with pytest.raises(BrokenRules, match=r"^teacher\.width=0: must be"):
        RunConfig(objective="soft", teacher=RunConfig()).replaced(**{"teacher.width": 0})


def test_soft_labels_need_a_teacher() -> None:
    with pytest.raises(ConfigError, match="objective='soft' needs a teacher"):
        RunConfig(objective="soft")


@pytest.mark.parametrize(
    "read", [RunConfig.from_dict, lambda values: RunConfig().replaced(**values)]
)
@pytest.mark.parametrize(
    ("name", "meant"), [("learning_rate", "lr"), ("lrr", "lr"), ("steps", "iterations")]
)
def test_an_unknown_field_is_named_beside_the_one_that_is_meant(
    read: Any, name: str, meant: str
) -> None:
    said = rf"unknown field '{name}' \(did you mean '{meant}'\?\); `study run --fields` lists all"
    with pytest.raises(ConfigError, match=said):
        read({name: 0.1})


def test_every_alias_is_of_a_field_and_none_itself() -> None:
    assert set(ALIASES.values()) < DEFAULTS.keys()
    assert not ALIASES.keys() & DEFAULTS.keys()


def test_an_invalid_teacher_is_refused_like_any_configuration() -> None:
    with pytest.raises(ConfigError, match="width=0"):
        RunConfig.from_dict({"objective": "soft", "teacher": {"width": 0}})


def test_a_configuration_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        RunConfig().width = 4  # pyright: ignore[reportAttributeAccessIssue]


@settings(deadline=None)
@given(st.integers(min_value=16, max_value=10**6))
def test_the_nearest_sides_fit_and_enclose_the_side(side: int) -> None:
    below, above = nearest_sides(side)
    assert below % 16 == above % 16 == 0
    assert side - 16 < below <= side <= above < side + 16


@pytest.mark.parametrize("side", [1, 15])
def test_below_sixteen_the_only_near_side_is_sixteen(side: int) -> None:
    assert nearest_sides(side) == (16, 16)


def takes(side: int, padding: str) -> bool:
    return side in nearest_sides(side, padding)


def answered(side: int, padding: str) -> int:
    return side - (VALID_LOSS if padding == "valid" else 0)


@settings(deadline=None)
@given(
    st.integers(min_value=16, max_value=1024),
    st.sampled_from(["same", "valid"]),
    st.integers(min_value=16, max_value=1024),
)
def test_a_fitting_side_answers_for_as_much_as_slices_allow(
    side: int, padding: str, most: int
) -> None:
    other = "valid" if padding == "same" else "same"
    found = fitting_side(side, padding, most)
    if takes(side, padding) or not takes(side, other):
        assert found == side
        return
    assert takes(found, padding)
    assert answered(found, padding) <= most
    smaller, larger = found - 16, found + 16
    enough = answered(found, padding) >= answered(side, other)
    assert enough or answered(larger, padding) > most
    if enough and takes(smaller, padding):
        assert answered(smaller, padding) < answered(side, other)
