"""The report of a ledger leads each number to its runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results import load_curves, load_study
from results.ledger.ledger import Ledger
from results.outcomes import constant_loss
from results.reports.building import build_figures, build_report, counts_of_the_paper, notes
from results.reports.tables import factors_table
from tests.results.examples import CURVE, run_row, study_record

FIGURES = {"barrier": 0.4, "barrier_curve": 0.4, "test_loss_final": 0.3, "iou": 0.5}
FELL = {"outcome": "constant", "outcome_half": "constant", "fell": True, "learned": False}
HALF = {"outcome_half": "learned"}
RECORD = study_record(
    [({"width": width}, trial, f"{width}{trial}") for width in (1, 2) for trial in (1, 2)],
    paper_barrier=0.48,
    contrasts=[
        {
            "question": "Do wide ones fall less?",
            "cell": {"width": 2},
            "against": {"width": 1},
            "event": "fell",
        }
    ],
    paper=[
        {"cell": {"width": 1}, "trial": 1, "figures": {"test_loss_avg": 0.482}},
        {"cell": {"width": 1}, "trial": 2, "figures": {"test_loss_avg": 0.21}},
        {"cell": {"width": 2}, "trial": None, "figures": {"test_loss_avg": 0.21}},
    ],
)


def test_counts_lead_to_their_runs(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    request_id = ledger.put_study(RECORD)
    for run_id, changes in {"11": FELL, "12": HALF, "21": {}}.items():
        ledger.put_run(run_row(run_id, **(FIGURES | changes)), CURVE, b"")
    frame = load_study(str(tmp_path), "widths", request_id)
    curves = load_curves(str(tmp_path), frame["run_id"])
    report = build_report(frame, RECORD, curves, ledger)
    tables = {table.name: table.frame for table in report.tables}
    assert list(tables) == [
        "cells",
        "rates",
        "contrasts",
        "escape",
        "escape_contrasts",
        "sensitivity",
        "quality",
        "paper",
        "runs",
    ]
    rates, runs = tables["rates"], tables["runs"]
    assert list(tables["cells"]["outcomes"]) == ["CL", "L."]
    assert rates[["width", "at", "fell", "runs"]].to_numpy().tolist() == [
        [1, "H/2", 1, 2],
        [1, "H", 1, 2],
        [2, "H/2", 1, 1],
        [2, "H", 0, 1],
    ]
    assert list(rates["run_ids"])[1:3] == [("11", "12"), ("21",)]
    assert list(runs["outcome"]) == ["constant", "learned", "learned", "missing"]
    assert list(runs["paper_test_loss_avg"].dropna()) == [0.482, 0.21]
    assert "1 of 3 runs collapsed" in report.answers[2].sentence
    assert {"iou", "iou_validation_threshold"} <= set(tables["quality"])
    contrasts = tables["contrasts"]
    assert list(contrasts["verdict"]) == ["underpowered"]
    assert list(contrasts["run_ids"]) == [("21", "11")]
    assert [answer.question for answer in report.answers] == [
        "Do wide ones fall less?",
        "Does the seed matter?",
        "How often do runs collapse?",
        "Are the paper's counts surprising under our rates?",
    ]
    names = [name for name, _ in build_figures(frame, RECORD, curves)]
    assert names == ["rates", "grid", "curves", "smoothed", "escape"]


def test_without_a_finished_run_that_is_said(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_study(RECORD)
    frame = load_study(str(tmp_path), "widths")
    curves = load_curves(str(tmp_path), frame["run_id"])
    report = build_report(frame, RECORD, curves, ledger)
    assert report.answers[0].sentence == "Unknown: no run has an outcome yet."
    assert set(report.tables[0].frame["outcomes"]) == {".."}
    assert report.tables[1].frame.empty
    assert len(list(build_figures(frame, RECORD, curves))) == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (FELL | {"barrier": constant_loss(0.0531)}, "has an IoU of 0.053, which takes no network"),
        (
            FELL | {"barrier": constant_loss(0.2), "target_mean": 0.8, "foreground_weight": 1.0},
            "has an IoU of 0.8, which",
        ),
        (  # weights make the rarer class the usual target
            FELL | {"barrier": constant_loss(0.2), "target_mean": 0.8, "foreground_weight": 9.0},
            "has an IoU of 0.2, which",
        ),
        (FELL | {"barrier": None}, ""),
        ({}, ""),
    ],
)
def test_an_iou_of_collapsed_runs_is_beside_that_of_a_full_mask_once(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_study(RECORD)
    ledger.put_run(run_row("11", **(FIGURES | changes)), CURVE, b"")
    ledger.put_run(run_row("21", **FIGURES), CURVE, b"")
    frame = load_study(str(tmp_path), "widths")
    report = build_report(frame, RECORD, load_curves(str(tmp_path), frame["run_id"]), ledger)
    notes = {table.name: table.note for table in report.tables if "foreground every" in table.note}
    assert list(notes) == (["quality"] if said else [])
    assert said in notes.get("quality", "")


def test_a_regression_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    cells = [{"width": width, "lr": lr} for width in (1, 2) for lr in (0.1, 0.2)]
    record = study_record(
        [(cell, 1, f"{number}") for number, cell in enumerate(cells)], axes=["width", "lr"]
    )
    ledger.put_study(record)
    ledger.put_run(run_row("0", **FIGURES), CURVE, b"")
    (table,) = factors_table(load_study(str(tmp_path), "widths"), record)
    assert table.frame.empty
    assert table.note == "1 seed: a regression takes 40 or more."


def test_an_axis_that_nothing_compares_is_named(tmp_path: Path) -> None:
    cells = [{"width": width, "lr": lr} for width in (1, 2) for lr in (0.1, 0.2)]
    runs = [(cell, 1, f"{number}") for number, cell in enumerate(cells)]
    contrast = {"question": "?", "cell": {"width": 2}, "against": {"width": 1}, "event": "fell"}

    def told(**parts: Any) -> list[str]:
        record = study_record(runs, axes=["width", "lr"], **parts)
        ledger = Ledger(str(tmp_path))
        request_id = ledger.put_study(record)
        ledger.put_run(run_row("0", **FIGURES), CURVE, b"")
        said = notes(load_study(str(tmp_path), "widths", request_id), record, ledger)
        return [note.partition(":")[0] for note in said if "no contrast of the study" in note]

    assert told(contrasts=[contrast]) == ["lr"]
    assert told() == []  # nothing is compared at all
    assert told(contrasts=[contrast], interactions=[["width", "lr"]]) == []
    equivalence = {"question": "?", "axis": "lr", "margin": 0.2, "event": "fell"}
    assert told(contrasts=[contrast], equivalences=[equivalence]) == []


@pytest.mark.parametrize(("teachers", "said"), [("s", "All rates"), ("st", "Some rates")])
def test_rates_of_several_teachers_are_conditional_on_theirs(
    teachers: str, said: str, tmp_path: Path
) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_study(RECORD)
    for name in teachers:
        ledger.put_run(run_row(name, **FIGURES), CURVE, b"")
    for run_id, name in zip(("11", "12"), teachers * 2, strict=False):
        ledger.put_run(run_row(run_id, teacher_run_id=name, **FIGURES), CURVE, b"")
    frame = load_study(str(tmp_path), "widths")
    told = [note for note in notes(frame, RECORD, ledger) if "this teacher" in note]
    expected = [f"{said} are conditional on this teacher: {name}" for name in teachers]
    assert sorted(note.partition(",")[0] for note in told) == expected


def test_a_trial_of_the_paper_fell_where_its_loss_stayed_at_the_barrier() -> None:
    assert counts_of_the_paper(RECORD) == [{"cell": {"width": 1}, "count": 1, "total": 2}]
    assert counts_of_the_paper(replace(RECORD, paper_barrier=None)) == []
