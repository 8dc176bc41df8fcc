"""Independence of an axis is claimed only within a margin."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.errors import ConfigError
from results.statistics.comparing.comparisons import compare
from results.statistics.comparing.equivalence import (
    COLUMNS,
    equivalence,
    equivalence_verdict,
    seeds_for_margin,
)
from results.statistics.methods.paired import tango_interval
from tests.results.statistics.contrasted import Fell, frame_of, same

LONG = [seed % 3 == 0 for seed in range(60)]


def temperatures(*fell: Fell):
    return frame_of([({"temperature": 5.0 * k + 1}, one) for k, one in enumerate(fell)])


def test_seeds_that_always_agree_are_equivalent_within_the_margin() -> None:
    table = equivalence(temperatures(same(LONG), same(LONG), same(LONG)), "temperature", 0.1)
    assert table[["first", "second"]].values.tolist() == [[1, 6], [1, 11], [6, 11]]
    assert table["verdict"].tolist() == ["equivalent"] * 3
    assert (table["low"][0], table["high"][0]) == tango_interval(0, 0, 60, 0.9)
    verdict = equivalence_verdict(table, 0.1)
    assert (verdict.verdict, verdict.inside, verdict.different) == ("equivalent", 3, 0)
    assert verdict.widest == tango_interval(0, 0, 60, 0.9)


def test_one_pair_outside_is_enough_to_leave_it_open() -> None:
    off = [not fell if seed < 16 else fell for seed, fell in enumerate(LONG)]
    table = equivalence(temperatures(same(LONG), same(LONG), same(off)), "temperature", 0.1)
    verdict = equivalence_verdict(table, 0.1)
    assert table["verdict"].tolist() == ["equivalent", "inconclusive", "inconclusive"]
    assert (verdict.verdict, verdict.inside) == ("inconclusive", 1)
    assert verdict.widest == tango_interval(10, 6, 60, 0.9)


def test_a_pair_reads_as_a_contrast_of_the_second_value_against_the_first() -> None:
    frame = temperatures(same([True] * 6 + [False] * 4), same([False] * 9 + [True]))
    contrast = {"question": "?", "cell": {"temperature": 6.0}, "against": {"temperature": 1.0}}
    (pair,) = equivalence(frame, "temperature", 0.2).to_dict("records")
    (row,) = compare(frame, [contrast], confidence=0.9).to_dict("records")
    for name in ("difference", "low", "high", "p_value"):
        assert pair[name] == row[name]
    assert pair["difference"] == pytest.approx(-0.5)
    assert (pair["only_first"], pair["only_second"]) == (row["only_against"], row["only_cell"])
    assert (pair["run_ids_first"], pair["run_ids_second"]) == (
        row["run_ids_against"],
        row["run_ids_cell"],
    )


def test_a_difference_that_survives_correction_is_one() -> None:
    table = equivalence(temperatures(same(LONG), same(LONG), same([True] * 60)), "temperature", 0.1)
    verdict = equivalence_verdict(table, 0.1)
    assert (verdict.verdict, verdict.different) == ("different", 2)


@settings(max_examples=30)
@given(st.floats(0.01, 0.9), st.floats(0.001, 0.4))
def test_fewer_seeds_show_no_equivalence_even_if_all_agree(margin: float, alpha: float) -> None:
    seeds = seeds_for_margin(margin, alpha)
    assert tango_interval(0, 0, seeds, 1 - 2 * alpha)[1] < margin * (1 + 1e-9)
    if seeds > 1:
        assert tango_interval(0, 0, seeds - 1, 1 - 2 * alpha)[1] >= margin * (1 - 1e-9)


def test_ten_seeds_that_agree_show_nothing_within_ten_percent() -> None:
    table = equivalence(temperatures(same(LONG[:10]), same(LONG[:10])), "temperature", 0.1)
    verdict = equivalence_verdict(table, 0.1)
    assert verdict.verdict == "inconclusive"
    assert verdict.seeds_needed == 25


def test_values_that_never_meet_leave_it_open() -> None:
    cells = [
        ({"temperature": 1.0, "width": 1}, same(LONG)),
        ({"temperature": 5.0, "width": 2}, same(LONG)),
    ]
    table = equivalence(frame_of(cells), "temperature", 0.1)
    assert table["verdict"].tolist() == ["inconclusive"]
    assert table["design"].tolist() == ["none"]
    assert math.isnan(equivalence_verdict(table, 0.1).widest[0])


def test_one_value_no_outcome_and_no_runs_raise_nothing() -> None:
    frame = temperatures(same(LONG))
    for runs in (frame, frame.head(0)):
        table = equivalence(runs, "temperature", 0.1, axes=["temperature"])
        assert table.columns.tolist() == list(COLUMNS)
        assert equivalence_verdict(table, 0.1).verdict == "inconclusive"
    missing = equivalence(temperatures(same(LONG), same([None] * 60)), "temperature", 0.1)
    assert equivalence_verdict(missing, 0.1).verdict == "inconclusive"


def test_a_margin_or_axis_that_cannot_be_is_named() -> None:
    frame = temperatures(same(LONG), same(LONG))
    with pytest.raises(ConfigError, match=r"margin 1\.5"):
        equivalence(frame, "temperature", 1.5)
    with pytest.raises(ConfigError, match="axis 'width'"):
        equivalence(frame, "width", 0.1)
