"""The row is the commit; what is damaged is skipped with a warning."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from results.errors import LedgerError, LedgerWarning
from results.ledger.layout import COMPACTED, CURVES_FOLDER, RUNS_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.schema import RUNS
from results.ledger.shards import to_bytes
from results.ledger.study_record import read_study_record
from tests.results.examples import CURVE, run_row, study_record

RECORD = study_record([({"width": 2}, 1, "a")])


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(str(tmp_path))


def test_a_run_is_finished_once_it_was_put(ledger: Ledger) -> None:
    ledger.put_run(run_row("a"), CURVE, b"weights")
    assert ledger.finished(["a", "b"]) == {"a"}
    assert ledger.weights("a") == b"weights"
    assert ledger.curves(["a"]).column("run_id").to_pylist() == ["a"] * len(CURVE)
    assert ledger.curves().column("iteration").to_pylist() == [0, 100, 200, 300]


def test_weights_and_curve_are_there_before_the_row(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="not in the schema: unknown"):
        ledger.put_run(run_row("a", unknown=1), CURVE, b"weights")
    assert ledger.weights("a") == b"weights"
    assert len(ledger.curves(["a"])) == len(CURVE)
    assert ledger.finished(["a"]) == set()


def test_without_a_curve_there_is_no_row(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="not in the schema: unknown"):
        ledger.put_run(run_row("a"), [{"unknown": 1}], b"weights")
    assert ledger.finished(["a"]) == set()


def test_without_weights_there_is_no_row(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file in the way")
    with pytest.raises(LedgerError, match=r"weights/a\.safetensors"):
        ledger.put_run(run_row("a"), CURVE, b"weights")
    assert ledger.finished(["a"]) == set()


@pytest.mark.parametrize("kept", [0, 200])
def test_a_damaged_row_is_named_and_the_others_are_read(
    ledger: Ledger, tmp_path: Path, kept: int
) -> None:
    for run_id in ("a", "b"):
        ledger.put_run(run_row(run_id), CURVE, b"")
    shard = tmp_path / "ledger/runs/a.parquet"
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.warns(LedgerWarning) as warned:
        assert ledger.finished(["a", "b"]) == {"b"}
    assert [str(shard) in str(warning.message) for warning in warned] == [True]


def test_a_damaged_row_of_a_run_that_is_not_asked_for_is_not_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.put_run(run_row("b"), CURVE, b"")
    (tmp_path / "ledger/runs/a.parquet").write_bytes(b"")
    assert ledger.finished(["b"]) == {"b"}


def test_missing_weights_say_how_to_train_again(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as refusal:
        ledger.weights("a")
    assert str(tmp_path / "weights/a.safetensors") in str(refusal.value)
    assert f"python -m results.check {tmp_path} --repair" in str(refusal.value)


def test_the_newest_attempt_is_the_last_whatever_the_clock_says(
    ledger: Ledger, tmp_path: Path
) -> None:
    earlier = tmp_path / "ledger/attempts/a-99991231T235959999999.json"  # of a clock that was wrong
    earlier.parent.mkdir(parents=True)
    earlier.write_text(json.dumps({"run_id": "a", "reason": "first"}))
    for reason in ("second", "third"):
        ledger.put_attempt("a", reason, "logs/a.log", "machine")
        ledger.put_attempt("a-b", "of another run", "logs/a-b.log", "machine")
        assert ledger.attempts(["a"])["a"].reason == reason


def test_every_attempt_is_remembered(ledger: Ledger, tmp_path: Path) -> None:
    ledger.put_attempt("a", "out of memory", "logs/a.log", "machine")
    ledger.put_attempt("a", "killed", "logs/a.log", "machine")
    files = sorted((tmp_path / "ledger/attempts").iterdir())
    attempts = [json.loads(file.read_bytes()) for file in files]
    assert [attempt["reason"] for attempt in attempts] == ["out of memory", "killed"]
    assert {attempt["run_id"] for attempt in attempts} == {"a"}
    assert ledger.finished(["a"]) == set()


def test_the_same_question_twice_is_one_file(ledger: Ledger, tmp_path: Path) -> None:
    reordered = json.dumps(dict(reversed(RECORD.to_json().items()))).encode()
    assert ledger.put_study(RECORD) == ledger.put_study(read_study_record(reordered))
    assert len(list((tmp_path / "ledger/studies/widths").iterdir())) == 1


def test_every_way_a_study_was_asked_is_there_by_id(ledger: Ledger) -> None:
    other = replace(RECORD, profile="smoke")
    ids = [ledger.put_study(record) for record in (RECORD, other)]
    ledger.put_study(replace(RECORD, study="temperatures"))
    assert ledger.studies("widths") == dict(zip(ids, (RECORD, other), strict=True))
    assert ledger.studies("never") == {}


@pytest.mark.parametrize("content", [b"", b'{"study": "wid', b"\xff\xfe"])
def test_a_broken_question_is_skipped_with_a_warning(
    ledger: Ledger, tmp_path: Path, content: bytes
) -> None:
    request_id = ledger.put_study(RECORD)
    broken = tmp_path / "ledger/studies/widths/broken.json"
    broken.write_bytes(content)
    with pytest.warns(LedgerWarning) as warned:
        assert ledger.studies("widths") == {request_id: RECORD}
    assert [str(broken) in str(warning.message) for warning in warned] == [True]


@pytest.mark.parametrize("compression", ["snappy", "none"])  # the second as this program does
def test_an_edited_row_is_skipped_with_a_warning(
    ledger: Ledger, tmp_path: Path, compression: str
) -> None:
    for run_id in ("a", "b"):
        ledger.put_run(run_row(run_id), CURVE, b"")
    shard = tmp_path / "ledger/runs/a.parquet"
    table = pq.read_table(shard)
    outcome = table.schema.get_field_index("outcome")
    edited = table.set_column(outcome, "outcome", pa.array(["flat"]))
    pq.write_table(edited, shard, compression=compression, write_page_checksum=True)
    for ask in (ledger.finished, ledger.runs):
        with pytest.warns(LedgerWarning, match=r"a\.parquet.*row of a is not as it was written"):
            found = ask(["a", "b"])
        assert len(found) == 1
    with pytest.warns(LedgerWarning, match="is not as it was written"):
        assert ledger.outcome("a") is None
    assert ledger.finished(["b"]) == {"b"}


def flip_a_byte_of(shard: Path, column: str) -> None:
    """Damage the values of one column; the others can still be read."""
    group = pq.ParquetFile(shard).metadata.row_group(0)
    chunk = next(
        chunk
        for chunk in (group.column(index) for index in range(group.num_columns))
        if chunk.path_in_schema == column
    )
    content = bytearray(shard.read_bytes())
    start = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
    content[start + chunk.total_compressed_size - 1] ^= 1  # the last one, which is no header's
    shard.write_bytes(content)


def test_of_a_compacted_shard_without_the_runs_only_the_ids_are_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    name = f"{RUNS_FOLDER}/{COMPACTED}x.parquet"
    ledger.storage.put(name, to_bytes([run_row("b"), run_row("c")], RUNS))
    flip_a_byte_of(tmp_path / name, "test_loss_min")
    assert ledger.finished(["a"]) == set()
    with pytest.warns(LedgerWarning, match=f"{COMPACTED}x.*not a readable shard"):
        assert ledger.finished(["a", "b"]) == set()


def test_once_all_runs_are_found_no_further_shard_is_opened(ledger: Ledger) -> None:
    ledger.put_run(run_row("a"), CURVE, b"")
    for folder in (RUNS_FOLDER, CURVES_FOLDER):
        ledger.storage.put(f"{folder}/{COMPACTED}x.parquet", b"damaged")
    assert ledger.outcome("a") == "learned"
    assert len(ledger.curves(["a"])) == len(CURVE)
    with pytest.warns(LedgerWarning, match=f"{COMPACTED}x"):
        assert ledger.finished(["a", "b"]) == {"a"}


def test_a_shard_with_the_name_of_another_run_is_skipped(ledger: Ledger, tmp_path: Path) -> None:
    ledger.put_run(run_row("a"), CURVE, b"")
    (tmp_path / "ledger/runs/a.parquet").rename(tmp_path / "ledger/runs/b.parquet")
    with pytest.warns(LedgerWarning, match="it holds the run a"):
        assert ledger.runs().num_rows == 0
