"""Contrasts between two cells: pairs, seeds that are not shared, what cannot be compared."""

from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from results.errors import ConfigError
from results.statistics.comparing.comparisons import COLUMNS, compare
from results.statistics.methods.exact_paired import exact_paired_interval, exact_paired_p
from results.statistics.methods.exact_unpaired import exact_unpaired_interval, exact_unpaired_p
from study.definition import Contrast
from tests.results.statistics.contrasted import (
    BACK,
    KEPT,
    NORM,
    SAVED,
    frame_of,
    only,
    same,
    two,
)


def test_seeds_are_paired_and_counted() -> None:
    row = only(compare(two(same(KEPT), same(SAVED)), [NORM]))
    counts = ("both", "only_cell", "only_against", "neither", "pairs", "seeds", "missing")
    assert [row[name] for name in counts] == [1, 1, 7, 1, 10, 10, 0]
    assert row["design"] == "paired"
    assert row["difference"] == pytest.approx(-0.6)
    assert (row["low"], row["high"]) == exact_paired_interval(1, 7, 10)
    assert row["p_value"] == row["p_holm"] == exact_paired_p(1, 7, 10) < 0.05
    assert binomtest(1, 8).pvalue > 0.05
    assert row["verdict"] == "different"
    assert (row["reason"], row["discordant"], row["minimum_p"]) == ("", 8, 2 / 2**10)
    assert (row["cell_seeds"], row["against_seeds"]) == (10, 10)


def test_not_to_fall_is_less_than_to_learn() -> None:
    frame = two(same(KEPT), same(SAVED))
    frame.loc[frame["run_id"].isin(["all 0 0", "all 1 1"]), "outcome"] = "diverged"
    frame.loc[frame["run_id"] == "none 8 8", "outcome"] = "uninformative"
    row = only(compare(frame, [NORM]))
    assert (row["only_against"], row["only_against_learned"]) == (7, 5)
    assert (row["only_cell"], row["only_cell_learned"]) == (1, 0)


def saved(number: int, seeds: int) -> dict[str, Any]:
    """Seeds of which so many are saved and none is lost."""
    return only(
        compare(two(same([False] * seeds), same([k < number for k in range(seeds)])), [NORM])
    )


def test_how_few_saved_seeds_decide_depends_on_all_that_there_are() -> None:
    """McNemar's test takes six saved seeds, whatever the others did."""
    for seeds in (10, 20):
        verdicts = [saved(number, seeds)["verdict"] for number in (4, 5)]
        assert verdicts == ["inconclusive", "different"]
    assert saved(4, 40)["verdict"] == "different"
    assert saved(6, 6)["p_value"] == pytest.approx(2 / 2**6)


def test_too_few_seeds_are_underpowered_and_few_that_differ_are_not() -> None:
    row = saved(5, 5)
    assert (row["verdict"], row["reason"], row["minimum_p"]) == ("underpowered", "seeds", 2 / 2**5)
    row = saved(2, 200)
    assert (row["verdict"], row["reason"], row["discordant"]) == ("inconclusive", "", 2)
    assert -0.04 < row["low"] < 0 < row["high"] < 0.02


def test_verdict_and_interval_never_contradict_each_other() -> None:
    """With one contrast; the correction for several makes no interval wider."""
    for fell, other in product(range(9), repeat=2):
        frame = two(same([k < fell for k in range(8)]), same([k >= 8 - other for k in range(8)]))
        row = only(compare(frame, [NORM]))
        assert (row["verdict"] == "different") == (not row["low"] <= 0 <= row["high"])


def test_every_number_leads_to_its_runs() -> None:
    row = only(compare(two(same(KEPT), same([*SAVED[:9], None])), [NORM]))
    assert row["run_ids_cell"] == tuple(f"all {k} {k}" for k in range(9))
    assert row["run_ids_against"] == tuple(f"none {k} {k}" for k in range(9))
    assert (row["pairs"], row["missing"]) == (9, 1)


def test_seeds_of_one_side_alone_are_left_out_and_said() -> None:
    row = only(compare(two(same(KEPT, start=4), same(SAVED)), [NORM]))
    assert (row["design"], row["pairs"], row["left_out"]) == ("paired", 6, 8)


def test_one_shared_seed_does_not_discard_all_the_others() -> None:
    row = only(compare(two(same([True] * 20, start=19), same([False] * 20)), [NORM]))
    assert (row["design"], row["left_out"], row["verdict"]) == ("unpaired", 2, "different")
    assert (row["cell_total"], row["against_total"]) == (19, 19)
    apart = only(compare(two(same([True] * 19, start=20), same([False] * 19)), [NORM]))
    assert (row["p_value"], row["low"], row["high"]) == (
        apart["p_value"],
        apart["low"],
        apart["high"],
    )


@pytest.mark.parametrize(
    ("start", "seeds", "design"),
    [
        (0, 10, "paired"),
        (5, 10, "paired"),
        (6, 10, "unpaired"),
        (3, 40, "paired"),
        (9, 1, "paired"),
    ],
)
@pytest.mark.parametrize("fell", [True, False])
def test_the_design_is_chosen_by_seeds_whatever_came_out(
    start: int, seeds: int, design: str, fell: bool
) -> None:
    for other in ([True] * 10, [False] * 10, [None] * 10):
        row = only(compare(two(same([fell] * seeds, start=start), same(other)), [NORM]))
        assert row["design"] == design


def test_disjoint_seeds_have_the_exact_test_and_the_interval_that_inverts_it() -> None:
    row = only(compare(two(same(KEPT, start=100), same(SAVED)), [NORM]))
    assert row["design"] == "unpaired"
    assert row["p_value"] == exact_unpaired_p(2, 10, 8, 10)
    assert (row["low"], row["high"]) == exact_unpaired_interval(2, 10, 8, 10)
    assert pd.isna(row["both"])
    assert (row["verdict"], row["missing"], row["left_out"]) == ("different", 0, 0)


def test_too_few_disjoint_seeds_cannot_decide() -> None:
    row = only(compare(two(same([False] * 2, start=100), same([True] * 2)), [NORM]))
    assert row["verdict"] == "underpowered"
    assert (row["reason"], row["cell_seeds"], row["against_seeds"]) == ("seeds", 2, 2)
    assert row["minimum_p"] == pytest.approx(2 / 2**4)
    assert pd.isna(row["discordant"])


def test_cells_that_were_not_run_are_said_to_be_absent() -> None:
    frame = two(same(KEPT), same(SAVED))
    absent = {"question": "?", "cell": {"norm": "expansive"}, "against": {"norm": "none"}}
    table = compare(frame, [absent, NORM])
    assert table["verdict"].tolist()[0] == "absent"
    assert table["not_run"].tolist() == [(("norm", "expansive", ("none", "all")),), ()]
    assert table["p_holm"].tolist()[1] == table["p_value"].tolist()[1]


def test_another_event_may_be_counted() -> None:
    frame = two(same(KEPT), same(SAVED))
    row = only(compare(frame, [NORM | {"event": "learned"}]))
    assert (row["event"], row["difference"]) == ("learned", pytest.approx(0.6))
    assert (row["against_count"], row["only_against"], row["only_cell"]) == (2, 1, 7)


def test_no_contrast_no_run_and_no_outcome_raise_nothing() -> None:
    frame = two(same(KEPT), same(SAVED))
    assert compare(frame, []).columns.tolist() == list(COLUMNS)
    assert only(compare(frame.head(0), [NORM], axes=["norm"]))["verdict"] == "absent"
    row = only(compare(two(same([None] * 3), same([None] * 3)), [NORM]))
    assert (row["verdict"], row["missing"]) == ("underpowered", 3)
    assert pd.isna(row["p_value"])
    row = only(compare(two(same([None] * 3, start=9), same([None] * 3)), [NORM]))
    assert (row["verdict"], row["missing"]) == ("underpowered", 6)


@pytest.mark.parametrize("fell", [True, False])
@pytest.mark.parametrize("start", [0, 50])
def test_where_all_did_the_same_nothing_differs(fell: bool, start: int) -> None:
    row = only(compare(two(same([fell] * 12, start=start), same([fell] * 12)), [NORM]))
    assert row["p_value"] == 1.0
    assert row["low"] < 0 < row["high"]
    assert row["verdict"] != "different"


def test_what_cannot_be_is_named() -> None:
    frame = two(same(KEPT), same(SAVED))
    with pytest.raises(ConfigError, match="lacks against"):
        compare(frame, [{"question": "?", "cell": {"norm": "all"}}])
    with pytest.raises(ConfigError, match="depth"):
        compare(frame, [NORM | {"cell": {"depth": 3}}])
    with pytest.raises(ConfigError, match="event 'collapsed'"):
        compare(frame, [NORM], event="collapsed")


flags = st.lists(st.booleans(), min_size=1, max_size=12)


@settings(max_examples=8)
@given(flags, flags, st.sampled_from([0, 3, 100]))
def test_swapping_the_sides_negates_the_difference_and_keeps_p(
    mine: list[bool], theirs: list[bool], start: int
) -> None:
    frame = two(same(mine, start=start), same(theirs))
    there, back = only(compare(frame, [NORM])), only(compare(frame, [BACK]))
    assert back["difference"] == pytest.approx(-there["difference"], abs=1e-12)
    assert (back["low"], back["high"]) == pytest.approx((-there["high"], -there["low"]), abs=1e-9)
    assert back["p_value"] == pytest.approx(there["p_value"], abs=1e-6)
    assert back["verdict"] == there["verdict"]


@settings(max_examples=8)
@given(flags, flags, st.sampled_from([0, 3, 100]), st.randoms())
def test_the_order_of_rows_does_not_matter(
    mine: list[bool], theirs: list[bool], start: int, random: Any
) -> None:
    frame = two(same(mine, start=start), same(theirs))
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(compare(frame.iloc[order], [NORM]), compare(frame, [NORM]))


def test_an_axis_that_matters_in_no_cell_is_as_if_it_were_not_named() -> None:
    inert = {"temperature": None}
    cells = [
        ({"norm": "none", **inert}, same([True, True, False, False])),
        ({"norm": "all", **inert}, same([False] * 4)),
    ]
    warm = {"temperature": 1.0}
    contrast = {"cell": {"norm": "all", **warm}, "against": {"norm": "none", **warm}}
    (row,) = compare(frame_of(cells), [{"question": "?", **contrast}]).to_dict("records")
    assert (row["pairs"], row["only_against"]) == (4, 2)


def test_what_no_outcome_could_decide_after_the_correction_is_underpowered() -> None:
    def verdicts(seeds: int, widths: int) -> list[tuple[str, str]]:
        norms = [
            {"norm": norm, "width": width} for width in range(widths) for norm in ("no", "all")
        ]
        cells: Any = [(cell, same([cell["norm"] == "no"] * seeds)) for cell in norms]
        contrasts = [
            {"question": f"{cell['width']}", "cell": cell, "against": against}
            for against, cell in zip(norms[::2], norms[1::2], strict=True)
        ]
        table = compare(frame_of(cells), contrasts)
        assert table["minimum_p_holm"].tolist() == [min(1, widths * 2 ** (1 - seeds))] * widths
        return list(zip(table["verdict"], table["reason"], strict=True))

    assert verdicts(6, 1) == [("different", "")]
    assert verdicts(6, 6) == [("underpowered", "correction")] * 6  # 6 * 2^-5 = 0.19
    assert verdicts(8, 6) == [("different", "")] * 6  # 6 * 2^-7 = 0.047


def test_a_contrast_is_as_a_study_file_has_it() -> None:
    frame = two(same(KEPT), same(SAVED))
    contrast = Contrast(NORM["question"], NORM["cell"], NORM["against"])
    pd.testing.assert_frame_equal(compare(frame, [contrast]), compare(frame, [NORM]))


@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ({**NORM, "cell": NORM["against"]}, "with itself"),
        ({**NORM, "cell": "all"}, "must be axis values"),
        ((NORM["cell"], NORM["against"]), "must be a dict"),
        ({"cell": NORM["cell"], "against": NORM["against"]}, "lacks question"),
    ],
)
def test_a_contrast_that_is_none_is_refused(contrast: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        compare(two(same(KEPT), same(SAVED)), [contrast])


def test_a_value_of_another_type_is_named_beside_those_that_are_there() -> None:
    frame = frame_of([({"heat": heat}, same(KEPT)) for heat in (1.0, 10.0)])
    named = {"question": "?", "cell": {"heat": "10"}, "against": {"heat": 1.0}}
    (row,) = compare(frame, [named]).to_dict("records")
    assert row["verdict"] == "absent"
    assert row["not_run"] == (("heat", "10", (1.0, 10.0)),)
