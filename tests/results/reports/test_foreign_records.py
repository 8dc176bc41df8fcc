"""A study's record may come from anywhere: it is refused by name, or can be reported."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from core.data.sources import PhantomSource
from results import load_curves, load_study
from results.errors import LedgerError
from results.ledger.ledger import Ledger
from results.ledger.study_record import read_study_record
from results.reports.building import build_report
from study.discovery import catalogue_names, find_study
from study.requesting import request_study
from tests.results.almost import nearly
from tests.results.examples import CURVE, run_row, study_json

FIGURES = {"barrier": 0.4, "barrier_curve": 0.4, "test_loss_final": 0.3, "iou": 0.5}
RECORD = study_json(
    [({"width": 2}, 1, "a"), ({"width": 4}, 1, "b")],
    question="Which?",
    reference="Table 1",
    note="",
    columns=["iou"],
    paper_barrier=0.48,
    paper=[{"cell": {"width": 2}, "trial": 1, "figures": {"test_loss_avg": 0.48}}],
    contrasts=[{"question": "?", "cell": {"width": 2}, "against": {"width": 4}, "event": "fell"}],
    equivalences=[{"question": "=", "axis": "width", "margin": 0.2, "event": "learned"}],
    interactions=[["width", "width"]],
    claims=[
        {
            "reference": "Table 1",
            "level": 0.2,
            "faster": {"width": 4},
            "slower": {"width": 2},
            "ratio": 2.0,
        }
    ],
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ledger")
    for run_id, width in (("a", 2), ("b", 4)):
        Ledger(str(place)).put_run(run_row(run_id, width=width, **FIGURES), CURVE, b"")
    return place


@settings(max_examples=40)
@given(value=nearly(RECORD))
def test_what_passes_as_a_record_can_be_reported(out: Path, value: Any) -> None:
    try:
        record = read_study_record(json.dumps(value).encode())
    except LedgerError:
        return
    ledger = Ledger(str(out))
    name = "ledger/studies/foreign/one.json"
    ledger.storage.put(name, json.dumps(value).encode())
    frame = load_study(str(out), "foreign", "one")
    report = build_report(frame, record, load_curves(str(out), frame["run_id"]), ledger)
    assert report.answers
    assert report.tables[-1].name == "runs"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contrasts", [{"question": "?", "cell": {"depth": 1}, "against": {}, "event": "fell"}]),
        ("equivalences", [{"question": "?", "axis": "width", "margin": 2.0, "event": "fell"}]),
        ("paper", [{"cell": {"width": [1]}, "trial": 1, "figures": {}}]),
        ("claims", [{"reference": "?"}]),
        ("question", 3),
        ("paper_barrier", 10**400),
    ],
)
def test_what_no_report_can_use_is_named(name: str, value: Any) -> None:
    with pytest.raises(LedgerError, match=name):
        read_study_record(json.dumps(RECORD | {name: value}).encode())


@pytest.mark.parametrize("name", catalogue_names())
def test_every_study_of_the_catalogue_passes(name: str) -> None:
    record = request_study(find_study(name), PhantomSource(), "laptop", seeds=((0, 0),)).record()
    assert read_study_record(json.dumps(record.to_json()).encode()) == record
