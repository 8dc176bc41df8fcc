"""Sentences on contrasts, equivalences and regressions say the numbers they are made of."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from results.reports.phrases import contrast_phrase, equivalence_phrase, regression_phrase
from results.statistics.comparing.comparisons import compare
from results.statistics.comparing.equivalence import equivalence, equivalence_verdict
from results.statistics.factors import factor_effects
from tests.results.statistics.contrasted import Fell, crossed, frame_of, same

NORM = {"question": "Does it help?", "cell": {"norm": "all"}, "against": {"norm": "none"}}
SAVED = [True] * 8 + [False] * 2
KEPT = [False] * 7 + [True, True, False]
LONG = [seed % 3 == 0 for seed in range(60)]


def two(mine: Fell, theirs: Fell) -> pd.DataFrame:
    return frame_of([({"norm": "none"}, theirs), ({"norm": "all"}, mine)])


def phrases(frame: pd.DataFrame, *contrasts: Any) -> list[str]:
    table = compare(frame, contrasts or [NORM])
    tests = sum(not math.isnan(p) for p in table["p_value"])
    return [contrast_phrase(row, tests) for row in table.to_dict("records")]


def test_saved_and_lost_seeds_are_counted() -> None:
    assert phrases(two(same(KEPT), same(SAVED))) == [
        "8 of 10 seeds collapsed with norm=none; norm=all saved 7 of these, and 1 of the other 2 "
        "collapsed instead."
    ]


def test_not_to_fall_is_less_than_to_learn() -> None:
    frame = two(same(KEPT), same(SAVED))
    frame.loc[frame["run_id"].isin(["all 0 0", "all 1 1"]), "outcome"] = "diverged"
    frame.loc[frame["run_id"] == "none 8 8", "outcome"] = "uninformative"
    assert phrases(frame) == [
        "8 of 10 seeds collapsed with norm=none; norm=all saved 7 of these (5 of them learned), "
        "and 1 of the other 2 collapsed instead (0 of them had learned)."
    ]


def test_another_event_is_not_called_saved() -> None:
    (text,) = phrases(two(same(KEPT), same(SAVED)), NORM | {"event": "learned"})
    assert text == (
        "2 of 10 seeds were learned with norm=none; norm=all changed that for 1 of these and for 7 "
        "of the other 8."
    )


CLUSTERED = crossed([[False, True]] * 4), crossed([[True, True]] * 4)


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        (
            same([False] * 5),
            same([True] * 5),
            "; too few to decide: 5 seeds: the smallest possible p-value is 0.062.",
        ),
        (
            *CLUSTERED,
            "; too few to decide: 4 seeds x 2 data seeds: the smallest possible p-value is 0.12.",
        ),
        (
            same([True] * 2 + [False] * 198),
            same([False] * 200),
            "collapsed instead; so few differ that the rates lie at most 4 points apart (95%).",
        ),
        (
            same([True] * 12),
            same([True] * 12),
            "all 12 seeds ended alike with norm=none and with norm=all: all collapsed; so few "
            "differ that the rates lie at most 26 points apart (95%).",
        ),
        (
            same([False] * 3 + [True] * 2),
            same([False] * 5),
            "0 of 5 seeds collapsed with norm=none; norm=all: 2 of the other 5 collapsed instead",
        ),
        (
            same([False] * 2, start=100),
            same([True] * 2),
            "2 of 2 runs collapsed with norm=none, 0 of 2, of other seeds, with norm=all; too few "
            "to decide: 2 and 2 seeds: the smallest possible p-value is 0.12.",
        ),
        (
            {(seed, seed + 1): True for seed in range(10)},
            same(SAVED),
            "the sides share init seeds but no pair of init and data seed.",
        ),
        (same([None] * 3, start=100), same(SAVED), "a side has no run with an outcome; 3 left out"),
        (same([*KEPT[:9], None]), same(SAVED), "; 1 left out for want of an outcome."),
        (same(KEPT, 8), same(SAVED), "; 4 runs left out whose seeds the other side has, too."),
        (same(KEPT, 4), same(SAVED), "; 8 runs left out whose seeds the other side lacks."),
    ],
)
def test_what_lacks_is_said(mine: Fell, theirs: Fell, said: str) -> None:
    (text,) = phrases(two(mine, theirs))
    assert said in text


def test_pairs_of_crossed_seeds_are_called_so() -> None:
    (text,) = phrases(two(*CLUSTERED))
    assert text.startswith(
        "8 of 8 pairs of seeds collapsed with norm=none; norm=all saved 4 of these;"
    )


def test_what_only_the_correction_takes_away_is_said() -> None:
    frame = two(same([False] * 6), same([True] * 6))
    assert phrases(frame, *[NORM] * 6)[0] == (
        "6 of 6 seeds collapsed with norm=none; norm=all saved 6 of these; too few to decide: even "
        "the smallest p-value that they allow is 0.19 after Holm's correction for 6."
    )


def test_pairs_of_several_strata_are_counted_and_seeds_that_lack_one() -> None:
    cells = [
        ({"norm": norm, "width": width}, same([norm == "none"] * (6 + width)))
        for norm in ("none", "all")
        for width in (1, 2)
    ]
    frame = frame_of(cells)
    assert phrases(frame) == [
        "15 of 15 pairs of runs of 8 seeds collapsed with norm=none; norm=all saved 15 of these; "
        "1 seed has fewer pairs than others and counts with these."
    ]
    single = compare(frame, [NORM], by_stratum=True).to_dict("records")
    assert [contrast_phrase(row, 0) for row in single] == [
        f"at width={width} {n} of {n} seeds collapsed with norm=none; norm=all saved {n} of these."
        for width, n in ((1, 7), (2, 8))
    ]


def test_absent_cells_and_their_values_are_named() -> None:
    absent = NORM | {"cell": {"norm": "expansive"}}
    assert phrases(two(same(KEPT), same(SAVED)), absent) == [
        "norm=expansive against norm=none: runs of these cells were not requested; no run has "
        "norm='expansive', some have 'none', 'all'."
    ]
    frame = frame_of([({"heat": heat}, same(KEPT)) for heat in (1.0, 10.0)])
    named = {"question": "?", "cell": {"heat": "10"}, "against": {"heat": 1.0}}
    assert "no run has heat='10', some have 1.0, 10.0." in phrases(frame, named)[0]


def told(*cells: Sequence[bool]) -> str:
    frame = frame_of([({"temperature": 5.0 * k + 1}, same(one)) for k, one in enumerate(cells)])
    table = equivalence(frame, "temperature", 0.1)
    return equivalence_phrase(equivalence_verdict(table, 0.1))


def test_equivalence_is_said_with_its_margin_interval_and_seeds() -> None:
    assert told(LONG, LONG) == (
        "equivalent: 1 of 1 pairs lie within ±0.1; widest interval (90%) -5 to +5 points."
    )
    few = told(LONG[:10], LONG[:10])
    assert few.startswith("inconclusive: 0 of 1 pairs lie within ±0.1; ")
    assert few.endswith("; at least 29 seeds are needed even if all agree.")
    different = told(LONG, LONG, [True] * 60)
    assert ", 2 differ;" in different
    assert "needed" not in different
    assert told(LONG).startswith("not asked: ")


def test_why_there_is_no_regression_is_said() -> None:
    few, one = (frame_of([({"width": 1}, same(LONG[:n]))]) for n in (39, 40))
    assert regression_phrase(factor_effects(few).attrs) == (
        "39 seeds: a regression takes 40 or more."
    )
    assert regression_phrase(factor_effects(one).attrs) == "No axis has two values."
    both = frame_of([({"width": width}, same(LONG)) for width in (1, 2)])
    assert regression_phrase(factor_effects(both, event="diverged").attrs) == (
        "No run has this event."
    )
    alike = factor_effects(both.assign(outcome="flat"), ["width"])
    assert regression_phrase(alike.attrs) == "Every run has this event."
