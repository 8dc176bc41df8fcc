"""What is printed says what was measured, no more, and nothing of it is cut."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.reports.formats.text import text
from results.reports.report import Detail
from results.reports.reported import records_of, report_of
from tests.results.examples import CURVE, run_row, study_record

SHOWN = {
    "question": "Which?",
    "reference": "none",
    "paper": [],
    "paper_barrier": None,
    "columns": [],
    "claims": [],
}
FIGURES = {"barrier": 0.4, "barrier_curve": 0.4, "test_loss_final": 0.3, "iou": 0.5}
FELL = {"outcome": "constant", "fell": True, "learned": False, "outcome_detail": "elsewhere"}


def answer(
    out: Path,
    record: StudyRecord,
    rows: dict[str, dict[str, Any]],
    detail: Detail = "brief",
) -> str:
    """The printed report of a study whose runs ended with these rows."""
    ledger = Ledger(str(out))
    request_id = ledger.put_study(record)
    for run_id, changes in rows.items():
        ledger.put_run(run_row(run_id, **(FIGURES | changes)), CURVE, b"")
    console = Console(width=100, record=True, file=io.StringIO())
    text(report_of(ledger, records_of(ledger, "widths"), request_id).report, console, detail)
    return " ".join(console.export_text().split())


def two_cells() -> StudyRecord:
    runs = [({"width": 1}, 1, "a"), ({"width": 2}, 1, "b")]
    return study_record(runs, **SHOWN)


def test_a_seed_with_a_run_missing_is_in_no_count_of_seeds(tmp_path: Path) -> None:
    text = answer(tmp_path, two_cells(), {"a": FELL})
    assert "1 of 1 runs collapsed; a rate has no interval below 10 seeds" in text
    assert "in every cell" not in text
    assert "Missing: 1 run of 1 seed." in text


def test_a_complete_seed_is_counted(tmp_path: Path) -> None:
    text = answer(tmp_path, two_cells(), {"a": FELL, "b": FELL})
    assert "The one seed collapsed in every cell." in text
    assert "Missing" not in text


def test_the_setting_is_said_and_smoke_is_no_answer(tmp_path: Path) -> None:
    text = answer(tmp_path, replace(two_cells(), profile="smoke"), {"a": FELL})
    assert "Profile smoke, data phantom, horizon H = 300 iterations" in text
    assert "its outcomes answer nothing" in text


def test_runs_that_were_given_up_are_said_to_be(tmp_path: Path) -> None:
    dead = {"dead_at": 100, "stopped_dead": True, "iterations_done": 100}
    text = answer(tmp_path, two_cells(), {"a": FELL | dead, "b": FELL | {"dead_at": 200}})
    assert "2 of 2 runs; 0 of them revived" in text
    assert "1 of them were given up (--stop-dead) before their horizon" in text


def test_cells_of_many_axes_and_many_seeds_are_not_cut(tmp_path: Path) -> None:
    cell: dict[str, Any] = {
        "objective": "mixed",
        "soft_weight": 0.5,
        "batch_norm": "expansive",
        "class_weights": "inverse_frequency",
    }
    axes = list(cell)
    runs: list[tuple[dict[str, Any], int, str]] = [(cell, k, f"r{k}") for k in range(1, 41)]
    record = study_record(runs, **(SHOWN | {"axes": axes}))
    text = answer(tmp_path, record, {f"r{trial}": FELL for trial in range(1, 41)})
    assert "…" not in text
    assert " ".join(["C" * 10] * 4) in text


def test_a_study_of_its_own_has_no_paper_beside_it(tmp_path: Path) -> None:
    text = answer(tmp_path, two_cells(), {"a": FELL})
    assert "Which? Profile" in text
    assert "paper" not in text


def test_a_question_is_no_markup(tmp_path: Path) -> None:
    text = answer(tmp_path, replace(two_cells(), question="Is [bold]it[/]?"), {"a": FELL})
    assert "Is [bold]it[/]?" in text


def test_a_column_without_a_heading_of_its_own_is_shown(tmp_path: Path) -> None:
    record = replace(two_cells(), columns=("logit_std", "relapsed", "iterations_done"))
    text = answer(tmp_path, record, {"a": FELL | {"logit_std": 0.125, "relapsed": True}}, "full")
    assert "0.125" in text
    assert "relapsed" in text
