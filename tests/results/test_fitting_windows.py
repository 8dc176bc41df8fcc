"""Curves that are shorter than the paper's window: the mean is said not to exist, and the longest
that fits stands beside it, with its window."""

from pathlib import Path

import pandas as pd
import pytest

from results import load_study
from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.loading import curves_frame, request_frame
from results.reports.building import build_report
from results.reports.report import Report
from tests.results.examples import CURVE, curve_rows, run_row, study_record

FIGURES = {"barrier": 0.4, "barrier_curve": 0.4, "test_loss_final": 0.3, "iou": 0.5}
EVERY = {"eval_every": 100, "width": 1} | FIGURES
LONG = curve_rows([9.0, 1.0, 0.5, 0.25, 0.5, 1.0], [[], [4.0], [1.0], [3.0], [1.0], [1.0]])
"""Five evaluations of a trained network; `CURVE` has three: 1.0, 0.5 and 0.25."""


def record_of(beta_t: int, *run_ids: str) -> StudyRecord:
    return study_record(
        [({"width": 1}, trial, run_id) for trial, run_id in enumerate(run_ids, start=1)],
        windows={"alpha_t": 2, "beta_t": beta_t},
        columns=["start_test_loss_avg", "test_loss_avg", "train_loss_avg"],
        paper=[{"cell": {"width": 1}, "trial": 1, "figures": {"test_loss_avg": 0.883}}],
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A long and a short run that start from a short one, one that was given up, one missing."""
    ledger = Ledger(str(tmp_path))
    ledger.put_run(run_row("start", **EVERY), CURVE, b"")
    started = EVERY | {"start_from_run_id": "start"}
    ledger.put_run(run_row("long", **started, iterations=500, iterations_done=500), LONG, b"")
    ledger.put_run(run_row("short", **started), CURVE, b"")
    gone = {"stopped_dead": True, "iterations_done": 200, "test_loss_avg": None}
    ledger.put_run(run_row("gone", **EVERY, **gone), CURVE[:3], b"")
    return ledger


def frame_of(ledger: Ledger, beta_t: int) -> pd.DataFrame:
    ledger.put_study(record_of(beta_t, "long", "short", "gone", "missing"))
    frame = load_study(ledger.storage.location, "widths")
    return frame.set_index("run_id").astype(object).where(lambda x: x.notna(), None)


def test_the_longest_window_that_fits_is_all_evaluations_after_the_first(ledger: Ledger) -> None:
    frame = frame_of(ledger, 4)
    assert frame["test_loss_avg"].to_dict() == {
        "long": 0.5625, "short": None, "gone": None, "missing": None
    }  # fmt: skip
    assert frame["test_loss_avg_fitting"].to_dict() == {
        "long": 0.5625, "short": 1.75 / 3, "gone": None, "missing": None
    }  # fmt: skip
    assert frame["test_loss_avg_over"].to_dict() == {
        "long": 4, "short": 3, "gone": 2, "missing": None
    }  # fmt: skip
    assert frame["start_test_loss_avg"].to_dict()["long"] is None
    assert frame["start_test_loss_avg_fitting"].to_dict()["long"] == 1.75 / 3
    assert frame["start_test_loss_avg_over"].to_dict()["short"] == 3


def test_where_the_window_fits_both_are_the_same(ledger: Ledger) -> None:
    frame = frame_of(ledger, 2)
    assert frame["test_loss_avg"].tolist() == frame["test_loss_avg_fitting"].tolist()
    assert frame["test_loss_avg_over"].tolist() == [2, 2, 2, None]


def report_of(ledger: Ledger, beta_t: int) -> Report:
    record = record_of(beta_t, "long", "short")
    frame = request_frame(ledger, record)
    return build_report(frame, record, curves_frame(ledger, frame["run_id"]), ledger)


def test_a_report_says_which_means_do_not_exist_and_what_stands_beside_them(ledger: Ledger) -> None:
    report = report_of(ledger, 4)
    assert (
        "start avg does not exist for 2 of 2 runs: it is a mean of beta_t = 4 evaluations, and so "
        "short a run has 3. The table of runs has beside it the mean over all of these, the "
        "longest window that fits (--full)."
    ) in report.notes
    assert any(note.startswith("test avg does not exist for 1 of 2 runs") for note in report.notes)
    (table,) = (table for table in report.tables if table.name == "runs")
    names = list(map(str, table.frame.columns))
    at = names.index("test_loss_avg")
    assert names[at + 1 : at + 4] == [
        "test_loss_avg_fitting", "test_loss_avg_over", "paper_test_loss_avg"
    ]  # fmt: skip
    assert table.frame["test_loss_avg_over"].tolist() == [pd.NA, 3]
    assert "over so many: the evaluations of that window" in table.note


def test_where_every_mean_exists_nothing_is_said_and_no_column_added(ledger: Ledger) -> None:
    report = report_of(ledger, 3)
    assert not any("does not exist" in note for note in report.notes)
    (table,) = (table for table in report.tables if table.name == "runs")
    assert not [name for name in table.frame.columns if str(name).endswith(("_fitting", "_over"))]


def test_training_windows_longer_than_a_run_are_said_too(ledger: Ledger) -> None:
    record = study_record(
        [({"width": 1}, 1, "long"), ({"width": 1}, 2, "short")],
        windows={"alpha_t": 400, "beta_t": 2},
        columns=["train_loss_avg"],
    )
    frame = request_frame(ledger, record)
    report = build_report(frame, record, curves_frame(ledger, frame["run_id"]), ledger)
    assert (
        "train avg: does not exist for 1 of 2 runs, a mean of alpha_t = 400 training losses, "
        "and so short a run has 300."
    ) in report.notes
