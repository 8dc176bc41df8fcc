import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import RunConfig
from results.errors import ConfigError
from searchspaces.axes import TEMPERATURE, Axis
from study.command_line.arguments import (
    NOT_SETTABLE,
    by_run,
    overrides,
    parse_seeds,
    parse_value,
    restrict,
    seeds_text,
)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("3", ((0, 0), (1, 1), (2, 2))),
        ("2x3", ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))),
        ("0,4,7", ((0, 0), (4, 4), (7, 7))),
        ("5,", ((5, 5),)),
        ("2-4", ((2, 2), (3, 3), (4, 4))),
        ("0-1,20", ((0, 0), (1, 1), (20, 20))),
        ("7-7", ((7, 7),)),
    ],
)
def test_seeds_are_counted_crossed_or_named(text: str, pairs: tuple) -> None:
    assert parse_seeds(text) == pairs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0x3",
        "-1",
        "3.5",
        "x",
        "1,1",
        "a,b",
        "3x",
        "1e3",
        "3-1",
        "1-",
        "0-2,1",
        "0-99999",
        "0-999999999999999999",
        "9" * 99,
    ],
)
def test_wrong_seeds_are_refused_with_their_text(text: str) -> None:
    with pytest.raises(ConfigError, match="--seeds"):
        parse_seeds(text)


@given(st.sets(st.integers(0, 40), min_size=1))
def test_named_seeds_are_written_as_they_are_read(seeds: set[int]) -> None:
    pairs = [(seed, seed) for seed in sorted(seeds)]
    text = seeds_text(pairs)
    assert list(parse_seeds(f"{text},")) == pairs  # the comma: `4` alone is a number of seeds
    assert "," not in text or not {a + 1 for a in seeds} & seeds or "-" in text


def test_crossed_seeds_are_written_as_a_crossing() -> None:
    assert seeds_text(parse_seeds("4x3")) == "4x3"
    assert seeds_text(parse_seeds("4x3")[1:]) == "11 pairs"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("lr", "3e-4", 3e-4),
        ("iterations", "10", 10),
        ("flips", "False", False),
        ("batch_norm", "all", "all"),
        ("class_weights", "inverse_frequency", "inverse_frequency"),
        ("class_weights", "4", 4.0),
    ],
)
def test_values_have_their_field_type(field: str, text: str, value: object) -> None:
    parsed = parse_value(field, text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("field", "text"),
    [("lr", "fast"), ("iterations", "1.5"), ("flips", "yes"), ("no_such", "1")],
)
def test_a_value_of_another_type_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(ConfigError, match=field):
        parse_value(field, text)


def test_only_keeps_the_study_order() -> None:
    (axis,) = restrict([TEMPERATURE], ["temperature=10,1"])
    assert axis == Axis("temperature", (1.0, 10.0))


@pytest.mark.parametrize("text", ["temperature=4", "width=2", "temperature", "temperature="])
def test_only_refuses_what_the_study_does_not_have(text: str) -> None:
    with pytest.raises(ConfigError, match="--only"):
        restrict([TEMPERATURE], [text])


def test_set_on_an_axis_names_only() -> None:
    with pytest.raises(ConfigError, match="--only"):
        overrides(["temperature=5"], [TEMPERATURE])


@pytest.mark.parametrize("text", ["data=x", "init_seed=1", "teacher=1", "lr", "=3"])
def test_set_refuses_what_has_an_option_of_its_own(text: str) -> None:
    with pytest.raises(ConfigError, match="--set"):
        overrides([text], [TEMPERATURE])


def test_set_distinguishes_students_and_teacher() -> None:
    changes = by_run(overrides(["lr=0.5", "teacher.width=8"], [TEMPERATURE]))
    student, teacher = changes[""], changes["teacher"]
    assert (student, teacher) == ({"lr": 0.5}, {"width": 8})


def test_every_field_is_settable_or_says_why_not() -> None:
    from dataclasses import fields

    for field in fields(RunConfig):
        if field.name in NOT_SETTABLE:
            continue
        text = str(getattr(RunConfig(), field.name))
        assert parse_value(field.name, text) == getattr(RunConfig(), field.name)
