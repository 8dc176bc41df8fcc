"""Contrasts over several strata: one test each."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from results.errors import ConfigError
from results.statistics.comparing.comparisons import compare
from results.statistics.comparing.difference import difference_of
from results.statistics.methods.exact_paired import exact_paired_interval, exact_paired_p
from results.statistics.methods.paired import sign_flip_p
from results.statistics.methods.seed_sums import seed_sums_p
from tests.results.statistics.contrasted import KEPT, NORM, SAVED, frame_of, only, same, two


def strata_frame() -> pd.DataFrame:
    """Two objectives; a hard one has no temperature."""
    cells = [
        ({"norm": norm, "objective": objective, "temperature": temperature}, fell)
        for norm, fell in (("none", same(SAVED)), ("all", same([False] * 10)))
        for objective, temperature in (("soft", 1.0), ("soft", 5.0), ("hard", None))
    ]
    return frame_of(cells)


STRATA = ["objective=soft temperature=1", "objective=soft temperature=5", "objective=hard"]


def test_a_contrast_is_one_test_over_its_strata() -> None:
    row = only(compare(strata_frame(), [NORM]))
    assert (row["strata"], row["stratum"], row["units"]) == (3, "", "10 seeds")
    assert (row["pairs"], row["only_against"], row["only_cell"]) == (30, 24, 0)
    assert row["difference"] == pytest.approx(-0.8)
    assert row["p_value"] == seed_sums_p([-3] * 8 + [0, 0]) == row["p_holm"]
    assert row["p_value"] == exact_paired_p(0, 8, 10)
    assert row["high"] < 0
    assert (row["minimum_p"], row["verdict"]) == (2 / 2**10, "different")


def test_a_stratum_that_says_the_same_again_changes_nothing() -> None:
    """The same seeds saved in both, as in rescue: one result, and not two."""
    saved_ = same([False] * 20), same([True] * 5 + [False] * 15)
    once = only(compare(two(*saved_), [NORM]))
    cells = [
        ({"norm": norm, "width": width}, fell)
        for norm, fell in zip(("all", "none"), saved_, strict=True)
        for width in (1, 2)
    ]
    twice = only(compare(frame_of(cells), [NORM]))
    assert twice["p_value"] == once["p_value"] < 0.05
    assert sign_flip_p([-2] * 5 + [0] * 15) > 0.05
    assert (twice["low"], twice["high"]) == pytest.approx((once["low"], once["high"]), abs=0.05)
    assert (twice["difference"], twice["verdict"]) == (once["difference"], "different")


def test_strata_describe_and_have_no_test() -> None:
    table = compare(strata_frame(), [NORM], by_stratum=True)
    assert table["stratum"].tolist() == STRATA
    assert table["strata"].tolist() == [1] * 3
    assert table["pairs"].tolist() == [10] * 3
    ends = exact_paired_interval(0, 8, 10)
    assert table[["low", "high"]].to_numpy().tolist() == [list(ends)] * 3
    assert table[["p_value", "p_holm"]].isna().to_numpy().all()
    assert table["verdict"].tolist() == [""] * 3


def test_holm_corrects_for_contrasts_whatever_their_strata() -> None:
    hard = {"objective": "hard"}
    contrasts = [
        NORM,
        NORM | {"cell": {"norm": "all"} | hard, "against": {"norm": "none"} | hard},
        {"question": "?", "cell": {"objective": "soft"}, "against": hard},
    ]
    table = compare(strata_frame(), contrasts)
    assert table["strata"].tolist() == [3, 1, 4]
    p_values, corrected = table["p_value"].tolist(), table["p_holm"].tolist()
    assert corrected == pytest.approx(np.asarray(multipletests(p_values, method="holm")[1]))
    assert corrected[0] == pytest.approx(3 * p_values[0])


def test_a_seed_that_lacks_a_stratum_counts_with_what_it_has() -> None:
    frame = strata_frame()
    lacking = (frame["objective"] == "hard") & (frame["init_seed"] < 2)
    frame.loc[lacking, "outcome"] = None
    row = only(compare(frame, [NORM]))
    assert (row["pairs"], row["seeds"], row["missing"], row["incomplete"]) == (28, 10, 2, 2)
    assert row["p_value"] == seed_sums_p([-2] * 2 + [-3] * 6 + [0, 0])
    fewer = frame.loc[~lacking]
    assert only(compare(fewer, [NORM]))["p_value"] == row["p_value"]


def test_a_single_stratum_is_compared_as_two_cells_are() -> None:
    frame = strata_frame().query("objective == 'hard'")
    found = difference_of(*(frame.loc[frame["norm"] == norm] for norm in ("all", "none")))
    row = only(compare(frame, [NORM]))
    assert (row["p_value"], (row["low"], row["high"])) == (
        found.rates.p_value,
        found.rates.interval,
    )
    assert (row["p_value"], row["strata"]) == (exact_paired_p(0, 8, 10), 1)


def test_a_cell_where_an_axis_cannot_matter_stands_against_all_its_values() -> None:
    contrast = {"question": "", "cell": {"objective": "soft"}, "against": {"objective": "hard"}}
    assert only(compare(strata_frame(), [contrast]))["strata"] == 4
    table = compare(strata_frame(), [contrast], by_stratum=True)
    assert table["stratum"].tolist() == [
        f"norm={norm} temperature={temperature}"
        for norm in ("none", "all")
        for temperature in (1, 5)
    ]


def test_a_study_asked_in_two_profiles_is_two_strata() -> None:
    laptop, paper = (two(same(KEPT), same(SAVED)).assign(profile=p) for p in ("laptop", "paper"))
    both = pd.concat([laptop, paper], ignore_index=True)
    table = compare(both, [NORM], axes=["norm"], by_stratum=True)
    assert table["stratum"].tolist() == ["profile=laptop", "profile=paper"]
    with pytest.raises(ConfigError, match="more than once"):
        compare(both.drop(columns="profile"), [NORM], axes=["norm"])
