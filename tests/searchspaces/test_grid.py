"""Full products of axes, the first slowest, each run once."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import RunConfig
from results.errors import ConfigError
from searchspaces.axes import BATCH_NORM, CLASS_WEIGHTS, TEMPERATURE, WIDTH, Axis
from searchspaces.grid import grid

TEACHER = RunConfig(data="d", width=32)
SOFT = RunConfig(objective="soft", teacher=TEACHER)
OBJECTIVE = Axis("objective", ("hard", "soft"))
HOT = Axis("temperature", (1, 5, 10))


def points(base: RunConfig, *axes: Axis) -> list[tuple[Any, ...]]:
    return [tuple(value for _, value in cell.values) for cell in grid(base, axes)]


@pytest.mark.parametrize(
    ("values", "said"),
    [((), "one value or more"), (0.1, "one value or more"), ((1, 5, 1.0), "1.0 is among its")],
)
def test_an_axis_has_values_and_each_of_them_once(values: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Axis("temperature", values)


def test_every_combination_with_the_first_axis_slowest() -> None:
    axes = (Axis("width", (4, 2)), BATCH_NORM)
    assert points(SOFT, *axes) == list(product((4, 2), BATCH_NORM.values))


@given(st.lists(st.sampled_from([WIDTH, TEMPERATURE, BATCH_NORM, CLASS_WEIGHTS]), unique=True))
def test_the_axes_of_the_paper_make_a_full_product_of_distinct_runs(axes: list[Axis]) -> None:
    cells = grid(SOFT.replaced(data="d"), axes)
    shown = [tuple(value for _, value in cell.values) for cell in cells]
    assert shown == list(product(*(axis.values for axis in axes)))
    assert len({cell.config.run_id for cell in cells}) == len(cells)


def test_a_cell_shows_its_values_by_field_and_its_configuration_has_them() -> None:
    for cell in grid(SOFT, (HOT, Axis("width", (2, 4)))):
        assert [field for field, _ in cell.values] == ["temperature", "width"]
        assert cell.config == SOFT.replaced(**dict(cell.values))


def test_temperatures_of_hard_labels_are_one_cell_without_any() -> None:
    base = RunConfig(teacher=TEACHER)
    expected = [("hard", None), ("soft", 1.0), ("soft", 5.0), ("soft", 10.0)]
    assert points(base, OBJECTIVE, HOT) == expected
    assert points(base, HOT, Axis("width", (2, 4))) == [(None, 2), (None, 4)]


def test_shares_of_a_mixture_are_shown_and_their_pure_ends_are_there_once() -> None:
    mixed = SOFT.replaced(objective="mixed")
    shares = Axis("soft_weight", (0, 0.5, 1))
    temperatures = Axis("temperature", (1.0, 5.0))
    assert points(mixed, temperatures, shares) == [
        (None, 0.0),
        (1.0, 0.5),
        (1.0, 1.0),
        (5.0, 0.5),
        (5.0, 1.0),
    ]


def test_only_the_combinations_asked_for_are_cells() -> None:
    axes = (Axis("temperature", (1.0, 5.0)), Axis("width", (2, 4)))
    wanted = ({"temperature": 1.0, "width": 4}, {"temperature": 5.0})
    cells = grid(SOFT, axes, wanted)
    assert [tuple(value for _, value in cell.values) for cell in cells] == [
        (1.0, 4),
        (5.0, 2),
        (5.0, 4),
    ]


def test_momenta_of_adam_are_one_cell() -> None:
    axes = (Axis("optimizer", ("sgd", "adam")), Axis("momentum", (0.9, 0.99)))
    assert points(SOFT, *axes) == [("sgd", 0.9), ("sgd", 0.99), ("adam", None)]


def test_a_whole_temperature_is_shown_as_the_configuration_holds_it() -> None:
    shown = points(SOFT, Axis("temperature", (1, 2)))
    assert repr(shown) == "[(1.0,), (2.0,)]"


def test_no_axis_is_one_cell_the_base() -> None:
    assert [(cell.values, cell.config) for cell in grid(SOFT, ())] == [((), SOFT)]


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("width", (2, 0), "width=0"),
        ("breadth", (2,), "unknown field 'breadth'"),
        ("teacher.breadth", (2,), "unknown field 'breadth'"),
    ],
)
def test_a_value_or_a_field_that_is_not_allowed_is_named(
    field: str, values: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        grid(SOFT, (Axis(field, values),))
