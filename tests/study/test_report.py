"""The command prints an answer that can be piped, and puts files where it says."""

import csv
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from results.ledger.ledger import Ledger
from study.report import main
from tests.results.examples import CURVE, run_row, study_record

RUNS = [({"width": 2}, trial, run_id) for trial, run_id in enumerate("abc", start=1)]
RECORD = study_record(RUNS, question="Which?", reference="Table 1")
FIGURES = {"barrier": 0.4, "barrier_curve": 0.4, "test_loss_final": 0.3, "iou": 0.5}
FIGURES_DRAWN = ("curves", "escape", "grid", "rates", "smoothed")
PICTURES = [f"{name}.{kind}" for name in FIGURES_DRAWN for kind in ("png", "svg")]
NAMES = (
    "about",
    "answers",
    "anytime_rates",
    "cells",
    "escape",
    "quality",
    "rates",
    "runs",
    "sensitivity",
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A study of three runs of which two are done, asked first with fewer seeds."""
    place = tmp_path / "out"
    ledger = Ledger(str(place))
    old = ledger.put_study(study_record(RUNS[:1], question="Which?", reference="Table 1"))
    os.utime(place / f"ledger/studies/widths/{old}.json", (1, 1))
    ledger.put_study(RECORD)
    for run_id in "ab":
        ledger.put_run(run_row(run_id, **FIGURES), CURVE, b"")
    return place


def test_the_newest_request_is_answered(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widths", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert "widths: Which? (Table 1)" in captured.out
    assert "0 of 2 runs collapsed" in captured.out
    assert "missing" in captured.out
    folder = out / "reports/widths"
    assert sorted(path.name for path in folder.iterdir()) == PICTURES
    told = [line.removeprefix("figure: ") for line in captured.err.splitlines()]
    assert sorted(told) == sorted(str(folder / name) for name in PICTURES)


def test_the_question_that_was_asked_again_is_the_newest(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["widths", "--out", str(out), "--no-figures"]) == 0
    assert "Not in this report" not in capsys.readouterr().out
    smaller = study_record(RUNS[:1], question="Which?", reference="Table 1")
    Ledger(str(out)).put_study(smaller)
    assert main(["widths", "--out", str(out), "--no-figures"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "0 of 1 runs collapsed" in said
    assert "Not in this report: 2 runs that an earlier command requested" in said
    Ledger(str(out)).put_study(RECORD)
    assert main(["widths", "--out", str(out), "--no-figures"]) == 0
    assert "0 of 2 runs collapsed" in capsys.readouterr().out


def test_a_copy_of_the_ledger_gives_the_same_answer(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Times of files are lost in a copy, and nothing is decided by them."""
    Ledger(str(out)).put_study(study_record(RUNS[:1], question="Which?", reference="Table 1"))
    Ledger(str(out)).put_study(RECORD)
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    for at, path in enumerate(sorted((copy / "ledger/studies/widths").iterdir()), start=1):
        newest = path.stem == RECORD.request_id
        os.utime(path, (0, 0) if newest else (at, at))
    for place in (out, copy):
        assert main(["widths", "--out", str(place), "--no-figures", "--brief"]) == 0
        assert "0 of 2 runs collapsed" in capsys.readouterr().out


def test_comparisons_that_were_changed_between_requests_are_named(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def request(margin: float, question: str = "Does it matter?") -> None:
        named = {"question": question, "axis": "width", "margin": margin}
        shown = {"question": "Which?", "reference": "Table 1"}
        Ledger(str(out)).put_study(study_record(RUNS, equivalences=[named], **shown))

    def said() -> str:
        assert main(["widths", "--out", str(out), "--no-figures", "--brief"]) == 0
        return " ".join(capsys.readouterr().out.split())

    for path in (out / "ledger/studies/widths").iterdir():
        path.unlink()
    request(0.2)
    request(0.2, "Does it matter at all?")
    assert "were changed" not in said()
    request(0.4)
    told = said()
    assert "The study file's comparisons were changed between requests for these runs" in told
    assert "width within ±0.2 (fell); width within ±0.4 (fell) (new)" in told


def test_requests_with_other_axes_are_reported_apart_and_named(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [({"optimizer": "sgd", **cell}, trial, run_id) for cell, trial, run_id in RUNS[:1]]
    record = study_record(
        cells, axes=["optimizer", "width"], question="Which?", reference="Table 1"
    )
    Ledger(str(out)).put_study(record)
    assert main(["widths", "--out", str(out), "--no-figures"]) == 0
    # What was asked last is first.
    second, first = " ".join(capsys.readouterr().out.split()).split("widths: Which?")[1:]
    assert "0 of 2 runs collapsed" in first
    assert "Requests with other axes (optimizer x width) have reports of their own." in first
    assert "0 of 1 runs collapsed" in second
    assert "Requests with other axes (width) have reports of their own." in second
    assert "Not in this report" not in first + second


def test_json_is_all_that_stdout_has(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widths", "--out", str(out), "--format", "json", "--no-figures"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    tables = {table["name"]: table for table in report["tables"]}
    rates, runs = tables["rates"], tables["runs"]
    assert rates["rows"][-1]["run_ids"] == ["a", "b"]
    assert [row["outcome"] for row in runs["rows"]] == ["learned", "learned", "missing"]
    assert not (out / "reports").exists()


def test_csv_is_a_file_a_table(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "tables"
    arguments = ["widths", "--out", str(out), "--format", "csv", "--to", str(to), "--no-figures"]
    assert main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert sorted(told) == [str(to / f"{name}.csv") for name in NAMES]
    with (to / "runs.csv").open(newline="") as file:
        assert [row["run_id"] for row in csv.DictReader(file)] == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["text", "csv", "md", "--help"])
def test_files_are_written_although_nobody_reads_the_answer(
    out: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    options = [form] if form == "--help" else ["--format", form]
    with os.fdopen(writing, "w") as closed_pipe:
        monkeypatch.setattr(sys, "stdout", closed_pipe)
        monkeypatch.setattr(sys, "stderr", sys.stderr)  # click wraps it
        assert main(["widths", "--out", str(out), *options]) == 141
    tables = [f"{name}.csv" for name in NAMES] if form == "csv" else []
    written = [path.name for path in (out / "reports/widths").glob("*")]
    assert sorted(written) == ([] if form == "--help" else sorted(PICTURES + tables))


@pytest.mark.parametrize(
    ("form", "start"), [("md", "# widths: Which?"), ("tex", "\\documentclass")]
)
def test_documents_go_to_stdout(
    out: Path, form: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["widths", "--out", str(out), "--format", form, "--no-figures"]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_several_settings_have_a_report_and_a_folder_each(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Ledger(str(out)).put_study(replace(RECORD, overrides=("lr=0.5",)))
    assert main(["widths", "--out", str(out), "--format", "tex"]) == 0
    document = capsys.readouterr().out
    assert document.count("\\begin{document}") == 1
    assert document.count("\\section*") == 2
    folders = sorted(path.name for path in (out / "reports/widths").iterdir())
    assert folders == ["laptop_phantom_lr=0.1_width=2", "laptop_phantom_lr=0.5"]
    for folder in folders:
        assert sorted(path.name for path in (out / "reports/widths" / folder).iterdir()) == PICTURES


def test_the_setting_that_was_asked_last_is_first(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def settings() -> list[str]:
        assert main(["widths", "--out", str(out), "--no-figures", "--format", "json"]) == 0
        return [one["setting"] for one in json.loads(capsys.readouterr().out)]

    Ledger(str(out)).put_study(replace(RECORD, overrides=("lr=0.5",)))
    last, before = settings()
    assert ("lr=0.5" in last, "lr=0.5" in before) == (True, False)
    Ledger(str(out)).put_study(RECORD)
    last, before = settings()
    assert ("lr=0.5" in last, "lr=0.5" in before) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["other"], "no study 'other'"),
        (["other"], "found: widths"),
        (["widths", "--to", ""], "--to: is empty"),
        (["widths", "--brief", "--full"], "exclude each other"),
        (["widths", "--out", "nowhere"], "--out nowhere: no such directory"),
        (["widths", "--out", os.curdir], "--out .: no ledger there (no folder 'ledger')"),
        (["../../leases"], "no study '../../leases' in"),
    ],
)
def test_wrong_usage_is_one_line(
    out: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(out), *arguments]) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_line(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    file = tmp_path / "file"
    assert main(["widths", "--out", str(out), "--to", str(file)]) == 2
    assert (
        capsys.readouterr().err
        == f"error: --to {file}: {file} is a file, not a directory; name another place\n"
    )
