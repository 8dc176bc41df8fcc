"""Independence of an axis is claimed only within a margin."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from results.errors import ConfigError
from results.reports.phrases import equivalence_phrase
from results.statistics.comparing.comparisons import compare
from results.statistics.comparing.equivalence import (
    COLUMNS,
    equivalence,
    equivalence_verdict,
    seeds_for_margin,
)
from results.statistics.methods.exact_paired import exact_paired_interval
from tests.results.statistics.contrasted import Fell, frame_of, same

LONG = [seed % 3 == 0 for seed in range(60)]


def temperatures(*fell: Fell):
    return frame_of([({"temperature": 5.0 * k + 1}, one) for k, one in enumerate(fell)])


def test_seeds_that_always_agree_are_equivalent_within_the_margin() -> None:
    table = equivalence(temperatures(same(LONG), same(LONG), same(LONG)), "temperature", 0.1)
    assert table[["first", "second"]].values.tolist() == [[1, 6], [1, 11], [6, 11]]
    assert table["verdict"].tolist() == ["equivalent"] * 3
    assert (table["low"][0], table["high"][0]) == exact_paired_interval(0, 0, 60, 0.9)
    verdict = equivalence_verdict(table, 0.1)
    assert (verdict.verdict, verdict.inside, verdict.different) == ("equivalent", 3, 0)
    assert verdict.widest == exact_paired_interval(0, 0, 60, 0.9)


def test_one_pair_outside_is_enough_to_leave_it_open() -> None:
    off = [not fell if seed < 16 else fell for seed, fell in enumerate(LONG)]
    table = equivalence(temperatures(same(LONG), same(LONG), same(off)), "temperature", 0.1)
    verdict = equivalence_verdict(table, 0.1)
    assert table["verdict"].tolist() == ["equivalent", "inconclusive", "inconclusive"]
    assert (verdict.verdict, verdict.inside) == ("inconclusive", 1)
    assert verdict.widest == exact_paired_interval(10, 6, 60, 0.9)


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
    assert (1 - margin) ** seeds < alpha
    assert exact_paired_interval(0, 0, seeds, 1 - 2 * alpha)[1] < margin + 1e-5
    if seeds > 1:
        assert exact_paired_interval(0, 0, seeds - 1, 1 - 2 * alpha)[1] >= margin - 1e-5


def test_published_seeds_for_a_margin() -> None:
    """.8^14, .9^29 and .95^59 are the first powers below 5%."""
    assert [seeds_for_margin(margin) for margin in (0.2, 0.1, 0.05)] == [14, 29, 59]


@pytest.mark.parametrize(("pairs", "margin"), [(11, 0.2), (14, 0.2), (19, 0.2)])
def test_rates_that_differ_by_the_margin_are_called_equivalent_in_at_most_alpha(
    pairs: int, margin: float
) -> None:
    """By enumeration of all tables, over all shares of pairs that differ."""
    tables = [(b, c) for b in range(pairs + 1) for c in range(pairs + 1 - b)]
    ends = np.array([exact_paired_interval(*table, pairs, 0.9) for table in tables])
    inside = (ends[:, 0] > -margin) & (ends[:, 1] < margin)
    shares = np.linspace(margin, 1.0, 200)
    counts = np.array([(b, c, pairs - b - c) for b, c in tables])
    chances = np.column_stack([shares + margin, shares - margin, 2 * (1 - shares)]).clip(0) / 2
    size = np.asarray(multinomial.pmf(counts[None], pairs, chances[:, None])) @ inside
    assert size.max() <= 0.05
    assert (size.max() > 0) == (pairs >= seeds_for_margin(margin))


def test_a_difference_below_the_margin_is_said_to_be_one() -> None:
    some = [seed < 15 for seed in range(400)]
    table = equivalence(temperatures(same([False] * 400), same(some)), "temperature", 0.2)
    verdict = equivalence_verdict(table, 0.2)
    assert (verdict.verdict, verdict.different, verdict.small) == ("equivalent", 0, 1)
    assert "1 of them differs, but by less than the margin" in equivalence_phrase(verdict)


def test_ten_seeds_that_agree_show_nothing_within_ten_percent() -> None:
    table = equivalence(temperatures(same(LONG[:10]), same(LONG[:10])), "temperature", 0.1)
    verdict = equivalence_verdict(table, 0.1)
    assert verdict.verdict == "inconclusive"
    assert verdict.seeds_needed == 29


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
