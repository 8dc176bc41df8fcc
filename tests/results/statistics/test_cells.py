"""Rows by cell, and what happened to them."""

import pandas as pd
import pytest

from results.errors import ConfigError
from results.statistics.cells import axes_of, by_cell, cells_in, finished, happened, selected

FRAME = pd.DataFrame(
    {
        "width": [2, 1, 2, 1],
        "temperature": [5.0, None, 5.0, 1.0],
        "outcome": ["constant", "flat", "learned", None],
        "outcome_half": ["flat", "diverged", "flat", None],
    }
)


def test_cells_come_in_the_order_of_their_first_rows() -> None:
    cells = by_cell(FRAME, ["width", "temperature"])
    assert {cell: rows.index.tolist() for cell, rows in cells.items()} == {
        (2, 5.0): [0, 2],
        (1, None): [1],
        (1, 1.0): [3],
    }


def test_each_row_is_in_the_cell_that_it_is_split_into() -> None:
    names = ["width", "temperature"]
    cells = cells_in(FRAME, names)
    assert cells == [(2, 5.0), (1, None), (2, 5.0), (1, 1.0)]
    assert all(
        cells[row] == cell for cell, rows in by_cell(FRAME, names).items() for row in rows.index
    )


def test_cells_do_not_carry_what_is_noted_of_the_whole_frame() -> None:
    noted = FRAME.copy()
    noted.attrs["evaluations"] = [20, 40]
    assert all(rows.attrs == {} for rows in by_cell(noted, ["width"]).values())
    assert noted.attrs == {"evaluations": [20, 40]}


def test_without_an_axis_all_rows_are_one_cell() -> None:
    assert len(by_cell(FRAME, [])[()]) == 4


def test_a_value_that_cannot_matter_is_none() -> None:
    assert selected(FRAME, {"width": 1, "temperature": None}).index.tolist() == [1]
    assert selected(FRAME, {"width": 2}).index.tolist() == [0, 2]


def test_constant_and_flat_runs_fell() -> None:
    done = finished(FRAME)
    assert happened(done).tolist() == [True, True, False]
    assert happened(done, at="H/2").tolist() == [True, False, True]
    assert happened(done, "learned").tolist() == [False, False, True]


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="does not say which columns"):
        axes_of(FRAME)
    with pytest.raises(ConfigError, match="depth"):
        selected(FRAME, {"depth": 3})
    with pytest.raises(ConfigError, match="event 'collapsed'"):
        happened(FRAME, "collapsed")
    with pytest.raises(ConfigError, match="at 'H/3'"):
        happened(FRAME, at="H/3")  # pyright: ignore[reportArgumentType]


def test_axes_that_a_study_has_noted_are_known() -> None:
    noted = FRAME.copy()
    noted.attrs["axes"] = ["width"]
    assert axes_of(noted) == ["width"]
