"""What is done, running, failed and missing, from the ledger alone."""

import json
import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from results.ledger.layout import CHECKPOINTS_FOLDER
from results.ledger.leases import OWNERS_FOLDER, Lease, Leases, Owner
from results.ledger.ledger import Ledger
from results.upkeep.validation import META
from study.status import main
from tests.results.examples import CURVE, run_row, study_record

RECORD = study_record(
    [({"width": 2}, trial, run_id) for trial, run_id in enumerate("abcd", start=1)],
    parents=[{"run_id": "p", "kind": "teacher"}],
    overrides=["lr=0.1"],
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A teacher that is done, a run that learned, one at work, one that failed, one missing."""
    ledger = Ledger(str(tmp_path))
    ledger.put_study(RECORD)
    for run_id in ("p", "a"):
        ledger.put_run(run_row(run_id), CURVE, b"")
    ledger.put_attempt("a", "killed before it was done", "logs/a.log", "machine")
    ledger.put_attempt("c", "ValueError: seven", "logs/c.log", "run")
    leases = Leases(ledger.storage)
    owner = leases.beat(Owner.here("widths"))
    leases.acquire("b", owner.token)
    leases.progress(Lease("b", owner.token, 30, 100))
    return tmp_path


def test_every_run_is_told_once(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widths", "--out", str(out), "--json"]) == 0
    (study,) = json.loads(capsys.readouterr().out)
    states = {run["run_id"]: run["state"] for run in study["runs"]}
    assert states == {"p": "done", "a": "done", "b": "running", "c": "failed", "d": "missing"}
    details = {run["run_id"]: run["detail"] for run in study["runs"]}
    assert details["a"] == "learned"
    assert "30 of 100 iterations" in details["b"]
    assert f"process {Owner.here('').pid}" in details["b"]
    assert details["c"] == "ValueError: seven; log: logs/c.log"
    labels = {run["run_id"]: run["label"] for run in study["runs"]}
    assert labels["p"] == "teacher p"
    assert {run["run_id"]: run["kind"] for run in study["runs"]}["p"] == "teacher"
    assert labels["d"] == "width=2 seed 3"


def test_a_command_without_a_heartbeat_is_told_from_one_that_lives(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (owner,) = (out / OWNERS_FOLDER).iterdir()

    def running() -> str:
        assert main(["--out", str(out)]) == 0
        return capsys.readouterr().out.splitlines()[1]

    assert re.search(r"heartbeat \d+ s ago$", running())
    long_ago = time.time() - 31 * 60
    os.utime(owner, (long_ago, long_ago))
    assert "heartbeat 31 min" in running()
    assert "another start goes on" in running()


def test_people_get_a_line_a_study_and_one_for_what_needs_them(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(out)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == (
        "widths (profile laptop, data phantom, 1 cell, seeds 0-3, --set lr=0.1): 4 runs, 1 done "
        "(1 learned), 1 running, 1 failed, 1 missing; 1 teacher, 1 done (1 learned)"
    )
    assert [line.split()[0] for line in lines] == ["running", "failed", "missing"]


def test_cells_of_several_axes_name_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [({"optimizer": name, "width": 2}, 1, name) for name in ("sgd", "adam")]
    Ledger(str(tmp_path)).put_study(study_record(cells, axes=["optimizer", "width"]))
    assert main(["--out", str(tmp_path)]) == 0
    assert ", 2 cells of optimizer x width, seeds" in capsys.readouterr().out


def test_a_run_of_several_requests_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [({"width": 2}, trial, run_id) for trial, run_id in enumerate("abcdefghijkl", start=1)]
    for number in (3, 12):
        Ledger(str(tmp_path)).put_study(study_record(runs[:number]))
    assert main(["--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [re.findall(r"\((.)\)$", line)[0] for line in lines if line.startswith("  missing")]
    assert len(named) == len(set(named))
    assert [line.partition("): ")[2] for line in lines if line.startswith("widths")] in (
        ["3 runs, 3 missing", "12 runs, 12 missing"],
        ["12 runs, 12 missing", "3 runs, 3 missing"],
    )
    hidden = [int(line.split()[1]) for line in lines if line.startswith("  and ")]
    assert len(named) + sum(hidden) == 12
    # What is counted and not listed again is said to be above.
    assert lines[-1] == "  3 runs of these are said above"


def test_an_interrupted_run_says_where_it_will_go_on(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meta = np.frombuffer(json.dumps({"iteration": 40, "iterations": 100}).encode(), np.uint8)
    checkpoint = safetensors.numpy.save({META: meta})
    b, d = (out / CHECKPOINTS_FOLDER / run / f"{run}.safetensors" for run in "bd")
    for path in (b, d):
        path.parent.mkdir(parents=True)
        path.write_bytes(checkpoint)
    assert main(["--out", str(out)]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last == "  missing  width=2 seed 3 (d): will go on from iteration 40 of 100"
    d.write_bytes(checkpoint[:-1])  # damaged: the next start says so
    assert main(["--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  missing  width=2 seed 3 (d)"


def test_nothing_is_written(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert main(["--out", str(out)]) == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["other"], "no study 'other' in"),
        (["width"], "(did you mean 'widths'?); found: widths"),
        (["../leases"], "no study '../leases' in"),
        (["--out", "nowhere"], "nowhere: no such directory"),
        (["--out", "/dev/null"], "--out /dev/null: is a file, not a directory; name the"),
    ],
)
def test_wrong_usage_is_one_line(
    out: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(out), *arguments]) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1


def test_an_empty_place_has_no_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert "no study in" in capsys.readouterr().out
    (tmp_path / "cell.png").touch()
    assert main(["--out", str(tmp_path)]) == 2
    assert "no ledger there (no folder 'ledger'); name the directory" in capsys.readouterr().err


def test_two_requests_differ_in_the_seeds_that_they_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(str(tmp_path))
    for seeds in ((0, 1, 2), (0, 4)):
        runs = [({"width": w}, seed + 1, f"{w}-{seed}") for w in (1, 2) for seed in seeds]
        ledger.put_study(study_record(runs, overrides=[]))
    assert main(["--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "2 cells, seeds 0-2): 6 runs" in said
    assert "2 cells, seeds 0,4): 4 runs" in said


def test_a_study_that_cannot_be_read_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_study(study_record([({"width": 2}, 1, "a")]))
    ledger.storage.put("ledger/studies/foreign/x.json", b'{"x": 1}')
    assert main(["--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("widths (")
    assert "foreign" in captured.err
    assert main(["foreign", "--out", str(tmp_path)]) == 0
    assert "x.json was skipped" in capsys.readouterr().err
