"""How many runs fell and learned, one row a cell and horizon."""

import pandas as pd
import pytest

from results.errors import ConfigError
from results.outcomes import OUTCOMES
from results.statistics.methods.clustered import effective_wilson
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.crossed_units import crossed_interval
from results.statistics.methods.intervals import IntervalMethod, proportion_interval
from results.statistics.methods.seed_shares import shares_of
from results.statistics.rates import COLUMNS, rates


def frame() -> pd.DataFrame:
    """Ten seeds a width: at width 2 seeds 0-3 fall, at width 4 one run is missing."""
    rows = []
    for width in (2, 4):
        for seed in range(10):
            fell = width == 2 and seed < 4
            rows.append(
                {
                    "width": width,
                    "batch_norm": "none",
                    "init_seed": seed,
                    "data_seed": seed,
                    "run_id": f"{width}-{seed}",
                    "outcome_half": "flat" if seed < 5 else "uninformative",
                    "outcome": "constant" if fell else "learned",
                }
            )
    table = pd.DataFrame(rows)
    table.loc[10, ["outcome", "outcome_half"]] = None
    return table


def crossed() -> pd.DataFrame:
    """Ten init seeds, each with three data seeds; seeds 0-3 fall whatever the data seed."""
    return pd.concat(
        [
            frame()
            .iloc[:10]
            .assign(data_seed=data, run_id=[f"{seed}-{data}" for seed in range(10)])
            for data in range(3)
        ],
        ignore_index=True,
    )


def ends(table: pd.DataFrame, what: str) -> list[tuple[float, float]]:
    return list(zip(table[f"{what}_low"], table[f"{what}_high"], strict=True))


def test_each_cell_has_a_row_at_half_and_at_the_whole_horizon() -> None:
    table = rates(frame(), ["width", "batch_norm"])
    assert table[["width", "batch_norm", "at", "seeds"]].values.tolist() == [
        [2, "none", "H/2", 10],
        [2, "none", "H", 10],
        [4, "none", "H/2", 9],
        [4, "none", "H", 9],
    ]
    assert table.columns.tolist() == ["width", "batch_norm", *COLUMNS]


def test_constant_and_flat_runs_fell_and_missing_runs_do_not_count() -> None:
    table = rates(frame(), ["width"])
    assert table["runs"].tolist() == [10, 10, 9, 9]
    assert table["fell"].tolist() == [5, 4, 4, 0]
    assert table["learned"].tolist() == [0, 6, 0, 9]
    assert table["fell_rate"].tolist()[:2] == [0.5, 0.4]
    assert ends(table, "fell")[:2] == [proportion_interval(5, 10), proportion_interval(4, 10)]
    assert ends(table, "learned")[:2] == [proportion_interval(0, 10), proportion_interval(6, 10)]


def test_below_ten_seeds_there_are_counts_only() -> None:
    few = rates(frame(), ["width"]).iloc[2:]
    figures = [f"{what}_{part}" for what in ("fell", "learned") for part in ("rate", "low", "high")]
    assert few[figures].isna().all(axis=None)
    assert few["method"].tolist() == ["counts only"] * 2


def test_every_number_leads_to_its_runs() -> None:
    table = rates(frame(), ["width"])
    assert table["run_ids"].map(len).tolist() == table["runs"].tolist()
    assert table["run_ids"].tolist()[3] == tuple(f"4-{seed}" for seed in range(1, 10))
    assert table[list(OUTCOMES)].sum(axis=1).tolist() == table["runs"].tolist()


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson", "jeffreys"])
def test_the_interval_is_the_one_that_was_asked_for(method: IntervalMethod) -> None:
    table = rates(frame(), ["width"], method=method, confidence=0.9).iloc[:2]
    assert table["method"].tolist() == [method] * 2
    assert ends(table, "fell") == [proportion_interval(k, 10, method, 0.9) for k in (5, 4)]


def test_crossed_seeds_are_clustered_and_no_narrower_than_their_init_seeds() -> None:
    row = rates(crossed(), ["width"]).iloc[1]
    assert row[["seeds", "data_seeds", "runs"]].tolist() == [10, 3, 30]
    assert row[["fell", "method"]].tolist() == [12, "two_way_wilson"]
    low, high = proportion_interval(4, 10)
    assert row["fell_low"] < low < high < row["fell_high"]  # Student's quantile for the normal one
    flags, seeds = (crossed()["outcome"] == "constant").tolist(), crossed()["init_seed"].tolist()
    assert ends(row.to_frame().T, "fell") == [
        crossed_interval(flags, seeds, [crossed()["data_seed"].tolist()])
    ]


def test_data_seeds_of_one_init_seed_each_are_no_units_of_their_own() -> None:
    """Each init seed has three data seeds, and no two share one."""
    nested = crossed().assign(data_seed=lambda runs: 3 * runs["init_seed"] + runs["data_seed"])
    row = rates(nested, ["width"]).iloc[1]
    assert row[["seeds", "data_seeds", "runs", "method"]].tolist() == [
        10,
        0,
        30,
        "effective_wilson",
    ]
    clustered = effective_wilson(shares_of(nested["outcome"] == "constant", nested["init_seed"]))
    assert (row["fell_low"], row["fell_high"]) == clustered.ends


def test_a_rate_where_data_order_decides_is_open() -> None:
    """Two of three data seeds fall, whatever the init seed: three draws say next to nothing."""
    runs = crossed()
    runs["outcome"] = ["constant" if seed < 2 else "learned" for seed in runs["data_seed"]]
    row = rates(runs, ["width"]).iloc[1]
    assert row["fell_low"] < 0.1
    assert row["fell_high"] > 0.95


def test_crossed_seeds_and_teachers_are_three_kinds_of_units() -> None:
    taught = pd.concat(
        [
            crossed().assign(teacher_seed=teacher, run_id=crossed()["run_id"] + f"-{teacher}")
            for teacher in range(2)
        ]
    )
    row = rates(taught, ["width"]).iloc[1]
    assert row[["data_seeds", "teachers", "method"]].tolist() == [3, 2, "three_way_wilson"]


def test_cells_that_were_added_to_have_a_confidence_sequence() -> None:
    table = rates(frame(), ["width"], sequential_cells=2)
    assert table["method"].tolist() == ["confidence sequence"] * 4
    few = table.iloc[3]
    assert few["seeds"] < 10
    expected = confidence_sequence(int(few["fell"]), int(few["runs"]), 0.025)
    assert (few["fell_low"], few["fell_high"]) == expected
    noted = frame()
    noted.attrs["sequential_cells"] = 2
    pd.testing.assert_frame_equal(rates(noted, ["width"]), table)
    assert ends(table, "fell")[1] == confidence_sequence(4, 10, 0.025)
    low, high = proportion_interval(4, 10)
    assert ends(table, "fell")[1][0] < low < high < ends(table, "fell")[1][1]


def test_crossed_seeds_that_were_added_to_have_no_interval() -> None:
    row = rates(crossed(), ["width"], sequential_cells=1).iloc[1]
    assert row["method"] == "counts only"
    assert pd.isna(row["fell_low"])


def test_the_order_of_the_runs_does_not_matter() -> None:
    def numbers(table: pd.DataFrame) -> pd.DataFrame:
        ordered = table.drop(columns="run_ids").sort_values(by=["width", "at"])
        return ordered.reset_index(drop=True)

    shuffled = rates(frame().iloc[::-1], ["width"])
    pd.testing.assert_frame_equal(numbers(shuffled), numbers(rates(frame(), ["width"])))


def test_axes_noted_by_the_study_and_a_frame_without_runs() -> None:
    noted = frame()
    noted.attrs["axes"] = ["width"]
    assert rates(noted)["width"].tolist() == [2, 2, 4, 4]
    assert rates(noted.head(0)).columns.tolist() == ["width", *COLUMNS]
    unfinished = noted.assign(outcome=None, outcome_half=None)
    assert rates(unfinished).empty


def test_what_cannot_be_is_named() -> None:
    with pytest.raises(ConfigError, match="method 'wald'"):
        rates(frame(), ["width"], method="wald")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match="confidence 95"):
        rates(frame(), ["width"], confidence=95)
    with pytest.raises(ConfigError, match="sequential_cells 0"):
        rates(frame(), ["width"], sequential_cells=0)
