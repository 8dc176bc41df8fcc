"""Whether the cell matters and whether the seed does, asked of frames."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from results import cochran_q, seed_concentration
from results.errors import ConfigError
from tests.results.statistics.contrasted import crossed, frame_of, same

PUBLISHED = Path(__file__).parents[3] / "docs/reproduction/temperature_seeds.txt"
NONE, ALL = {"norm": "none"}, {"norm": "all"}


def published() -> pd.DataFrame:
    """The grid of outcomes of seven temperatures with ten seeds, as it was printed."""
    grid = PUBLISHED.read_text().partition("Which seeds fall (")[2].partition("All cells:")[0]
    rows = [line.split() for line in grid.splitlines()]
    cells = [row for row in rows if len(row) == 11 and row[0].isdigit()]
    return frame_of(
        [({"temperature": int(t)}, same([one in "Cf" for one in seeds])) for t, *seeds in cells]
    )


def test_in_the_published_study_the_seed_matters_and_the_temperature_is_not_shown_to() -> None:
    frame = published()
    assert (len(frame), frame["outcome"].eq("constant").sum()) == (70, 5)
    cell = cochran_q(frame).iloc[0]
    assert (cell["axis"], cell["compared"], cell["units"]) == ("temperature", 7, 10)
    assert (cell["p_value"], cell["informative"], cell["exact"]) == (1.0, 2, True)
    assert cell["minimum_p"] == pytest.approx(4 / 7)
    seed = seed_concentration(frame).iloc[0]
    assert seed["p_value"] == pytest.approx(460 / 10**5)  # 4 + 1 or 5 of five times one of ten
    assert round(seed["p_value"], 3) == 0.005


def test_of_two_cells_it_is_the_exact_sign_test() -> None:
    frame = frame_of(
        [(NONE, same([True] * 9 + [False] * 3)), (ALL, same([False] * 8 + [True] * 4))]
    )
    row = cochran_q(frame).iloc[0]
    assert row["p_value"] == pytest.approx(binomtest(3, 11).pvalue)
    assert row["informative"] == 11


def test_a_seed_counts_in_the_cells_that_it_has() -> None:
    """Seed 2 lacks a run of one cell, seed 3 has one run only and says nothing."""
    cells = [
        ({"t": 1}, same([True, True, None, None])),
        ({"t": 2}, same([False, False, True, None])),
        ({"t": 3}, same([False, False, False, True])),
    ]
    row = cochran_q(frame_of(cells)).iloc[0]
    assert (row["runs"], row["left_out"], row["units"]) == (8, 1, 3)
    first = [np.eye(3)[k] - 1 / 3 for k in range(3)]
    last = [np.array([0, 0.5, -0.5]), np.array([0, -0.5, 0.5])]
    every = [((a + b + c) ** 2).sum() for a, b, c in product(first, first, last)]
    observed = ((2 * first[0] + last[0]) ** 2).sum()
    assert row["p_value"] == pytest.approx(np.mean(np.array(every) >= observed - 1e-9))
    assert set(row["run_ids"]) == set(frame_of(cells).dropna()["run_id"]) - {"3 3 3"}


def factorial(fell: dict[tuple[str, str], list[bool]]) -> pd.DataFrame:
    cells = [({"norm": a, "labels": b}, same(seeds)) for (a, b), seeds in fell.items()]
    return frame_of(cells)


def test_an_axis_is_tested_on_a_seeds_sum_over_the_others_and_corrected_for_them() -> None:
    """Batch norm saves seven seeds with either kind of labels, which is one result and not two."""
    fallen, none = [True] * 7 + [False], [False] * 8
    frame = factorial(
        {("none", "soft"): fallen, ("none", "hard"): fallen}
        | {("all", "soft"): none, ("all", "hard"): none}
    )
    table = cochran_q(frame).set_index("axis")
    assert list(table.index) == ["", "norm", "labels"]
    assert table.loc["norm", "p_value"] == pytest.approx(2 / 2**7)
    assert table.loc["norm", "p_holm"] == pytest.approx(4 / 2**7)
    assert table.loc["labels", ["p_value", "informative"]].tolist() == [1.0, 0]
    assert table.loc["", "p_holm"] == table.loc["", "p_value"] < 0.001


def test_cells_in_which_an_axis_cannot_matter_are_in_the_omnibus_only() -> None:
    cells = [
        ({"labels": "soft", "t": 1.0}, same([True] * 6)),
        ({"labels": "soft", "t": 5.0}, same([False] * 6)),
        ({"labels": "hard", "t": None}, same([False] * 6)),
    ]
    table = cochran_q(frame_of(cells)).set_index("axis")
    assert table.loc["", ["compared", "runs"]].tolist() == [3, 18]
    assert table.loc["t", ["compared", "runs", "left_out"]].tolist() == [2, 12, 6]
    assert table.loc["t", "p_value"] == pytest.approx(2 / 2**6)
    assert table.loc["labels", "reason"] == "no pair"
    assert math.isnan(table.loc["labels", "p_value"])
    assert table.loc["t", "p_holm"] == table.loc["t", "p_value"]


def test_several_runs_of_a_seed_and_cell_move_together() -> None:
    frame = frame_of([(NONE, same([True] * 5)), (ALL, same([False] * 5))])
    twice = pd.concat([frame, frame.assign(run_id=frame["run_id"] + " again")])
    twice.attrs["axes"] = ["norm"]
    once, both = (cochran_q(each).iloc[0] for each in (frame, twice))
    assert once["p_value"] == both["p_value"] == 2 / 2**5
    assert (both["runs"], both["units"]) == (20, 5)


def test_crossed_seeds_are_permuted_by_either_kind() -> None:
    """Data order decides everything: three of them are no evidence, however many runs."""
    alike, other = [[True] * 3] * 20, [[False] * 3] * 20
    frame = frame_of([(NONE, crossed(alike)), (ALL, crossed(other))])
    row = cochran_q(frame).iloc[0]
    assert (row["unit"], row["units"], row["p_value"]) == ("data_seed", 3, 0.25)
    ten = frame_of([(NONE, crossed([[True] * 8] * 8)), (ALL, crossed([[False] * 8] * 8))])
    assert cochran_q(ten).iloc[0]["p_value"] < 0.05


def test_of_crossed_seeds_each_kind_is_tested_within_the_other() -> None:
    decided = [[seed < 4] * 3 for seed in range(8)]
    table = seed_concentration(frame_of([(NONE, crossed(decided)), (ALL, crossed(decided))]))
    found = table.set_index("unit")
    assert found.loc["init_seed", "p_holm"] < 1e-4
    assert found.loc["data_seed", ["p_value", "informative"]].tolist() == [1.0, 0]


def test_teachers_are_blocks_of_the_seed_and_nothing_that_is_permuted() -> None:
    frame = frame_of([(NONE, same([True, False, False, False])), (ALL, same([False] * 4))])
    frames = [frame.assign(teacher_seed=k, run_id=frame["run_id"] + f" T{k}") for k in range(3)]
    table = pd.concat(frames)
    table.attrs["axes"] = ["norm"]
    cell, seed = cochran_q(table).iloc[0], seed_concentration(table).iloc[0]
    assert (cell["units"], cell["informative"], cell["p_value"]) == (4, 1, 1.0)
    assert (seed["blocks"], seed["informative"]) == (6, 3)
    assert seed["p_value"] == pytest.approx(4**-2)


def test_what_cannot_be_tested_has_a_reason() -> None:
    one = frame_of([(NONE, same([True, False, True]))])
    assert cochran_q(one).iloc[0]["reason"] == "one cell"
    assert seed_concentration(one).iloc[0]["reason"] == "one run a seed"
    apart = frame_of([(NONE, same([True, False])), (ALL, same([True, False], start=2))])
    assert cochran_q(apart).iloc[0]["reason"] == "no pair"
    assert seed_concentration(apart).iloc[0]["reason"] == "one run a seed"
    alone = frame_of([(NONE, same([True])), (ALL, same([False]))])
    assert seed_concentration(alone).iloc[0]["reason"] == "one seed"
    assert cochran_q(alone).iloc[0]["p_value"] == 1.0
    nothing = frame_of([(NONE, same([None])), (ALL, same([None]))])
    assert cochran_q(nothing).iloc[0]["reason"] == "one cell"
    assert seed_concentration(nothing).iloc[0]["reason"] == "one seed"
    with pytest.raises(ConfigError, match="event 'fallen'"):
        cochran_q(one, event="fallen")


def test_seeds_that_differ_by_cell_are_compared_where_they_have_runs() -> None:
    """Of seed 4 there is one run; it is in the block of its cell."""
    first, second = [True, False, False, False, False], [True, False, False, False]
    found = seed_concentration(frame_of([(NONE, same(first)), (ALL, same(second))])).iloc[0]
    assert (found["runs"], found["blocks"], found["units"]) == (9, 2, 5)
    assert 0.2 <= found["p_value"] <= 0.25
