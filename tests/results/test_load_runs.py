"""Finished runs and their curves as typed frames."""

import math
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

import results
from results import Windows, load_curves, load_runs, smoothed
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, PER_STEP, RUNS
from tests.results.examples import CURVE, curve_rows, run_row

NEVER = {"first_escape": None, "outcome": "constant", "fell": True, "learned": False}


@pytest.fixture
def out(tmp_path: Path) -> str:
    ledger = Ledger(str(tmp_path))
    late = datetime(2024, 5, 2, tzinfo=UTC)
    ledger.put_run(run_row("a", started_at=late, alpha_t=9, beta_t=9), CURVE, b"")
    ledger.put_run(run_row("b", **NEVER), CURVE, b"")
    return str(tmp_path)


def test_every_run_is_a_row_with_the_columns_of_the_schema_sorted_by_start(out: str) -> None:
    frame = load_runs(out)
    assert list(frame.columns) == RUNS.names
    assert frame["run_id"].tolist() == ["b", "a"]
    assert frame["outcome"].tolist() == ["constant", "learned"]


def test_numbers_truths_and_times_have_their_types(out: str) -> None:
    frame = load_runs(out)
    assert frame["first_escape"].dtype == pd.Int64Dtype()
    assert frame["first_escape"].isna().tolist() == [True, False]
    assert frame["first_escape"].tolist()[1] == 200
    assert [str(frame[name].dtype) for name in ("width", "fell", "temperature")] == [
        "int64",
        "bool",
        "float64",
    ]
    assert frame["started_at"].tolist()[1] == pd.Timestamp("2024-05-02", tz="UTC")


def test_an_empty_ledger_is_an_empty_frame_with_all_columns(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    for windows in (None, Windows()):
        runs = load_runs(str(tmp_path), windows)
        assert (list(runs.columns), len(runs)) == (RUNS.names, 0)
    curves = load_curves(str(tmp_path), train_losses=True)
    assert (list(curves.columns), len(curves)) == (CURVES.names, 0)


def test_by_default_the_figures_are_as_recorded(out: str) -> None:
    frame = load_runs(out)
    assert frame["test_loss_avg"].tolist() == [0.25, 0.25]
    assert frame["beta_t"].tolist() == [2, 9]


def test_other_windows_are_computed_from_the_curves(out: str) -> None:
    frame = load_runs(out, Windows(alpha_t=3, beta_t=1))
    assert list(frame.columns) == RUNS.names
    assert frame["test_loss_avg"].tolist() == [0.25, 0.25]
    assert frame["train_loss_avg"].tolist() == [2.0, 2.0]
    assert frame["alpha_t"].tolist() == [3, 3]
    assert frame["beta_t"].tolist() == [1, 1]
    assert frame["first_escape"].dtype == pd.Int64Dtype()
    assert str(frame["alpha_t"].dtype) == "int64"


def test_runs_recorded_with_the_same_windows_are_left_as_they_are(out: str) -> None:
    frame = load_runs(out, Windows(alpha_t=2, beta_t=2)).set_index("run_id")
    assert frame["train_loss_avg"].to_dict() == {"b": 0.35, "a": 1.5}
    assert frame["test_loss_avg"].to_dict() == {"b": 0.25, "a": 0.375}


def test_a_window_longer_than_the_run_is_nan(out: str) -> None:
    frame = load_runs(out, Windows(alpha_t=5, beta_t=4))
    assert frame["test_loss_avg"].isna().tolist() == [True, True]
    assert frame["train_loss_avg"].isna().tolist() == [True, True]
    assert str(frame["test_loss_avg"].dtype) == "float64"


def test_a_loss_that_is_not_a_number_spoils_only_its_windows(out: str) -> None:
    curve = curve_rows([0.5, math.nan, 0.25, 0.75], [[], [1.0], [math.nan], [2.0]])
    Ledger(out).put_run(run_row("c"), curve, b"")
    frame = load_runs(out, Windows(alpha_t=1, beta_t=2)).set_index("run_id")
    assert frame["test_loss_avg"].to_dict()["c"] == 0.5
    assert frame["train_loss_avg"].to_dict()["c"] == 1.0


def test_curves_are_sorted_by_run_and_iteration(out: str) -> None:
    frame = load_curves(out)
    assert frame["run_id"].tolist() == ["a"] * 4 + ["b"] * 4
    assert frame["iteration"].tolist() == [0, 100, 200, 300] * 2
    assert frame["test_loss"].tolist() == [0.125, 1.0, 0.5, 0.25] * 2


def test_single_training_losses_come_only_if_asked_for(out: str) -> None:
    assert not set(PER_STEP) & set(load_curves(out).columns)
    assert set(PER_STEP) <= set(load_curves(out, train_losses=True).columns)
    losses = load_curves(out, ["b"], train_losses=True)["train_losses"]
    assert [list(part) for part in losses] == [[], [4.0, 2.0], [1.0], [3.0]]


def test_curves_of_some_runs_only(out: str) -> None:
    assert set(load_curves(out, ["b", "missing"])["run_id"]) == {"b"}


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'results' has no attribute 'load_all'"):
        results.load_all  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_a_smoothed_curve_is_the_mean_of_the_last_evaluations() -> None:
    curves = pd.DataFrame(
        {
            "run_id": ["a"] * 4 + ["b"] * 3,
            "iteration": [0, 10, 20, 30, 0, 10, 20],
            "test_loss": [9.0, 1.0, 2.0, 4.0, 8.0, 3.0, 5.0],
        }
    )
    means = smoothed(curves, 2)["test_loss_smoothed"].tolist()
    assert means[2:4] == [1.5, 3.0]
    assert means[6] == 4.0
    assert all(math.isnan(means[k]) for k in (0, 1, 4, 5))


def test_a_run_that_was_given_up_has_no_figure_for_other_windows_either(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_run(run_row("done", stopped_dead=False), CURVE, b"")
    dead = {"stopped_dead": True, "iterations_done": 200, "test_loss_avg": None}
    ledger.put_run(run_row("dead", **dead), CURVE, b"")
    runs = load_runs(str(tmp_path), Windows(alpha_t=1, beta_t=1)).set_index("run_id")
    assert runs.loc["done", "test_loss_avg"] == 0.25
    assert math.isnan(float(str(runs.loc["dead", "test_loss_avg"])))
