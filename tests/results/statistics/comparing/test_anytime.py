"""Contrasts that may be looked at as often as one likes: which seeds count, and what decides."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from results import compare_anytime
from results.errors import ConfigError
from results.statistics.comparing.anytime import COLUMNS
from results.statistics.comparing.comparisons import compare
from results.statistics.methods.e_values import difference_sequence, e_value
from results.statistics.methods.holm import holm
from study.definition import Contrast, Equivalence

A, B = {"c": "a"}, {"c": "b"}
CONTRAST = {"question": "Does it help?", "cell": A, "against": B}
FELL = {True: "flat", False: "learned", None: None}


def frame_of(rows: list[dict[str, Any]], axes: tuple[str, ...] = ("c",)) -> pd.DataFrame:
    """A row for each run; `fell` says what became of it, None that it has no outcome."""
    frame = pd.DataFrame(rows)
    frame["outcome"] = frame["outcome_half"] = [FELL[one] for one in frame.pop("fell")]
    if "data_seed" not in frame:
        frame["data_seed"] = frame["init_seed"]
    frame["run_id"] = [f"run {k}" for k in frame.index]
    frame.attrs["axes"] = list(axes)
    return frame


def cell(fell: str, first: int = 0, **values: Any) -> list[dict[str, Any]]:
    """Runs of seeds from `first` on: F fell, L learned, a dot is not finished."""
    letters = {"F": True, "L": False, ".": None}
    return [values | {"init_seed": first + k, "fell": letters[x]} for k, x in enumerate(fell)]


def row(table: pd.DataFrame, place: int = 0) -> dict[Any, Any]:
    assert tuple(table) == COLUMNS
    return table.iloc[place].to_dict()


def test_seeds_that_differ_count_for_their_side() -> None:
    frame = frame_of(cell("LLLLLLLLFF", c="a") + cell("FFFFFFFFLF", c="b"))
    found = row(compare_anytime(frame, [CONTRAST]))
    names = ("seeds", "strata", "cell_more", "against_more")
    assert [found[name] for name in names] == [10, 1, 1, 8]
    assert found["e_value"] == e_value(1, 8)
    assert found["p_anytime"] == found["p_holm"] == 1 / e_value(1, 8)
    assert found["difference"] == pytest.approx(-0.7)
    assert (found["low"], found["high"]) == difference_sequence(1, 8, 10)
    assert found["verdict"] == "inconclusive"
    assert found["run_ids_cell"] == tuple(f"run {k}" for k in range(10))
    assert found["run_ids_against"] == tuple(f"run {k}" for k in range(10, 20))


def test_seven_seeds_that_are_saved_decide_and_six_do_not() -> None:
    def verdict(number: int) -> str:
        frame = frame_of(cell("L" * 12, c="a") + cell("F" * number + "L" * (12 - number), c="b"))
        return row(compare_anytime(frame, [CONTRAST]))["verdict"]

    assert (verdict(6), verdict(7)) == ("inconclusive", "different")


def test_it_allows_for_looking_and_is_stricter_than_one_look() -> None:
    frame = frame_of(cell("L" * 12, c="a") + cell("F" * 6 + "L" * 6, c="b"))
    assert compare(frame, [CONTRAST])["p_value"].iloc[0] < 0.05
    assert row(compare_anytime(frame, [CONTRAST]))["p_anytime"] > 0.05


def test_runs_without_an_outcome_and_seeds_of_one_side_are_left_out() -> None:
    frame = frame_of(cell("LLLL.L", c="a") + cell("FLFLFF", first=1, c="b"))
    found = row(compare_anytime(frame, [CONTRAST]))
    assert (found["seeds"], found["against_more"], found["cell_more"]) == (4, 3, 0)
    assert found["run_ids_cell"] == ("run 1", "run 2", "run 3", "run 5")


def test_over_strata_the_sum_of_a_seed_counts_once() -> None:
    rows = []
    for width, mine, theirs in ((1, "LLLF", "FFLL"), (2, "LLLF", "FLLL"), (3, "LFLL", "FFLF")):
        rows += cell(mine, c="a", width=width) + cell(theirs, c="b", width=width)
    found = row(compare_anytime(frame_of(rows, ("c", "width")), [CONTRAST]))
    assert (found["strata"], found["seeds"]) == (3, 4)
    assert (found["cell_more"], found["against_more"]) == (1, 2)
    assert found["e_value"] == e_value(1, 2)
    assert pd.isna(found["low"])
    assert pd.isna(found["difference"])


def test_where_the_data_order_decides_everything_it_is_the_unit() -> None:
    """Ten seeds with the same three orders of the data: thirty runs that are three."""
    rows = [
        {"c": c, "init_seed": i, "data_seed": j, "fell": c == "b" or j > 1}
        for c in "ab"
        for i in range(10)
        for j in range(3)
    ]
    found = row(compare_anytime(frame_of(rows), [CONTRAST]))
    assert found["against_more"] == 10
    assert found["e_value"] == e_value(2, 0)
    assert found["verdict"] == "inconclusive"
    assert pd.isna(found["low"])


def test_crossed_seeds_rarely_show_a_difference_that_is_not_there() -> None:
    """Each cell answers to each order of the data in its own way, on average alike."""
    rng, wrong, studies = np.random.default_rng(4), 0, 150
    seeds = [(i, j) for i in range(10) for j in range(10)]
    frame = frame_of(
        [{"c": c, "init_seed": i, "data_seed": j, "fell": False} for c in "ab" for i, j in seeds]
    )
    for _ in range(studies):
        latent = rng.normal(size=(2, 1, 10)) * 0.95 + rng.normal(size=(2, 10, 10)) * 0.3
        outcomes = np.where(latent.ravel() < -0.3, "flat", "learned")
        found = compare_anytime(frame.assign(outcome=outcomes), [CONTRAST])
        wrong += found["verdict"].iloc[0] == "different"
    assert wrong / studies <= 0.05


def test_teachers_are_a_unit_too_and_runs_without_one_are_held_against_each() -> None:
    taught = [
        {"c": "a", "init_seed": i, "teacher_seed": t, "fell": False}
        for i in range(10)
        for t in range(2)
    ]
    hard = [{"c": "b", "init_seed": i, "teacher_seed": None, "fell": True} for i in range(10)]
    frame = frame_of(taught + hard).astype({"teacher_seed": "Int64"})
    found = row(compare_anytime(frame, [CONTRAST]))
    assert (found["seeds"], found["against_more"]) == (10, 10)
    assert found["e_value"] == e_value(2, 0)


def test_p_values_are_corrected_for_all_contrasts() -> None:
    rows = cell("L" * 20, c="a") + cell("F" * 7 + "L" * 13, c="b") + cell("F" * 9 + "L" * 11, c="d")
    other = {"question": "And d?", "cell": A, "against": {"c": "d"}}
    absent = {"question": "And e?", "cell": A, "against": {"c": "e"}}
    table = compare_anytime(frame_of(rows), [CONTRAST, other, absent])
    assert list(table["verdict"]) == ["different", "different", "absent"]
    assert list(table["p_holm"])[:2] == holm([1 / e_value(0, 7), 1 / e_value(0, 9)])
    assert pd.isna(table["p_anytime"].iloc[2])
    assert table["seeds"].iloc[2] == 0
    third = {"question": "b or d?", "cell": B, "against": {"c": "d"}}
    table = compare_anytime(frame_of(rows), [CONTRAST, other, third])
    assert list(table["verdict"]) == ["inconclusive", "different", "inconclusive"]


def test_within_the_margin_of_an_equivalence_it_is_decided_too() -> None:
    frame = frame_of(cell("F" * 22, c="a") + cell("F" * 22, c="b"))
    margin = {"axis": "c", "margin": 0.2}

    def verdict(*equivalences: Any, contrasts: Any = (CONTRAST,)) -> str:
        return row(compare_anytime(frame, contrasts, equivalences))["verdict"]

    assert verdict() == "inconclusive"
    assert verdict(margin) == "equivalent"
    assert verdict(Equivalence("All the same?", "c", 0.2)) == "equivalent"
    assert verdict(margin | {"margin": 0.1}) == "inconclusive"
    assert verdict(margin | {"axis": "width"}) == "inconclusive"
    assert verdict(margin | {"event": "diverged"}) == "inconclusive"
    assert verdict(margin, contrasts=[Contrast("?", A, B)]) == "equivalent"
    two = [CONTRAST, CONTRAST | {"question": "again"}]
    assert verdict(margin, contrasts=two) == "inconclusive"  # half the error for each


def test_every_stratum_has_to_lie_within_the_margin() -> None:
    rows = cell("F" * 25, c="a", w=1) + cell("F" * 25, c="b", w=1)
    apart = cell("LLLLFFFF" + "F" * 17, c="a", w=2) + cell("FFFFLLLL" + "F" * 17, c="b", w=2)
    alike = cell("L" * 25, c="a", w=2) + cell("L" * 25, c="b", w=2)
    margin = [{"axis": "c", "margin": 0.2}]
    for more, verdict in ((alike, "equivalent"), (apart, "inconclusive")):
        found = row(compare_anytime(frame_of(rows + more, ("c", "w")), [CONTRAST], margin))
        assert found["verdict"] == verdict


def test_sides_without_a_common_seed_have_no_anytime_answer() -> None:
    frame = frame_of(cell("L" * 9, c="a") + cell("F" * 9, first=9, c="b"))
    found = row(compare_anytime(frame, [CONTRAST]))
    assert (found["seeds"], found["verdict"]) == (0, "inconclusive")
    assert pd.isna(found["p_anytime"])


def test_wrong_arguments_are_one_line() -> None:
    frame = frame_of(cell("L", c="a"))
    for call in (
        lambda: compare_anytime(frame, CONTRAST),  # pyright: ignore[reportArgumentType]
        lambda: compare_anytime(frame, [CONTRAST], alpha=1.0),
        lambda: compare_anytime(frame, [CONTRAST], event="fallen"),
    ):
        with pytest.raises(ConfigError):
            call()
