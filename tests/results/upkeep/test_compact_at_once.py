"""Compaction loses nothing when it is killed, and nothing while others are at work."""

from pathlib import Path

import pytest

from results.compact import main
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER
from results.ledger.ledger import Ledger
from tests.results.examples import CURVE, run_row
from tests.results.processes import (
    FORKS,
    assert_killed,
    command,
    finish,
    read,
    start,
    write,
)

RUNS = [f"run{number}" for number in range(5)]


def put(ledger: Ledger, run_ids: list[str]) -> None:
    for run_id in run_ids:
        ledger.put_run(run_row(run_id), CURVE, b"")


def all_are_there(ledger: Ledger, run_ids: list[str]) -> bool:
    rows, points = ledger.runs(), ledger.curves()
    return sorted(rows.column("run_id").to_pylist()) == sorted(run_ids) and sorted(
        points.column("run_id").to_pylist()
    ) == sorted(run_id for run_id in run_ids for _ in CURVE)


def compact(out: Path) -> None:
    assert main([str(out)]) == 0


@pytest.mark.parametrize("step", [1, 2, 4, 6, 7, 8, 12])
def test_a_killed_compaction_loses_nothing_and_is_finished_by_the_next(
    tmp_path: Path, step: int
) -> None:
    ledger = Ledger(str(tmp_path))
    put(ledger, RUNS)
    assert_killed(step, tmp_path, "results.compact", tmp_path)
    assert all_are_there(ledger, RUNS)
    compact(tmp_path)
    assert all_are_there(ledger, RUNS)
    for folder in (RUNS_FOLDER, CURVES_FOLDER):
        assert len(ledger.storage.names(folder, ".parquet")) == 1


def test_a_reader_always_sees_every_run(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    put(ledger, [f"run{number}" for number in range(10)])
    rounds = FORKS.Value("i", 0)
    reader = start(read, tmp_path, 10, rounds)
    number = 0
    while (rounds.value < 5 or number < 5) and reader.is_alive():
        put(ledger, [f"run{number % 10}", f"more{number % 10}"])
        compact(tmp_path)
        number += 1
    (tmp_path / "stop").touch()
    finish(reader)
    assert rounds.value >= 5


def test_a_writer_loses_no_run(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    put(ledger, RUNS)
    writer = start(write, tmp_path, 25)
    while writer.is_alive():
        compact(tmp_path)
    finish(writer)
    assert all_are_there(ledger, RUNS + [f"late-{number}" for number in range(25)])


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    run_ids = [f"run{number}" for number in range(30)]
    put(ledger, run_ids)
    for process in [start(command, "results.compact", tmp_path) for _ in range(2)]:
        finish(process)
    assert all_are_there(ledger, run_ids)
    compact(tmp_path)
    assert all_are_there(ledger, run_ids)
    assert len(ledger.storage.names(RUNS_FOLDER, ".parquet")) == 1
