"""Parquet shards: nothing unknown in, nothing damaged or newer out."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from results.errors import LedgerError
from results.ledger.digest import row_sha256
from results.ledger.schema import CURVES, RUNS, SCHEMA_VERSION, SIGNED_SINCE, VERSION_KEY
from results.ledger.shards import from_bytes, read_shard, to_bytes

ROWS: list[dict[str, Any]] = [
    {"run_id": "a", "width": 2, "lr": 0.001, "fell": True, "started_at": datetime.now(UTC)},
    {"run_id": "b", "width": 4, "lr": 0.1, "fell": None, "started_at": None},
]


def shard(columns: dict[str, list[Any]], version: int) -> bytes:
    table = pa.table(columns).replace_schema_metadata({VERSION_KEY: str(version)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def test_rows_come_back_and_columns_they_lack_are_null() -> None:
    table = from_bytes(to_bytes(ROWS, RUNS), RUNS)
    assert table.schema == RUNS
    nothing = dict.fromkeys(RUNS.names)
    digests = table.column("row_sha256").to_pylist()
    assert table.to_pylist() == [
        nothing | row | {"row_sha256": digest} for row, digest in zip(ROWS, digests, strict=True)
    ]


def test_single_training_losses_come_back_as_a_list() -> None:
    rows = [{"run_id": "a", "train_losses": [0.5, 0.25]}, {"run_id": "a", "train_losses": []}]
    table = from_bytes(to_bytes(rows, CURVES), CURVES)
    assert table.column("train_losses").to_pylist() == [[0.5, 0.25], []]


def test_no_rows_are_an_empty_table_of_the_schema() -> None:
    table = from_bytes(to_bytes([], RUNS), RUNS)
    assert (len(table), table.schema) == (0, RUNS)


def test_unknown_columns_are_refused_by_name() -> None:
    with pytest.raises(LedgerError, match=r"not in the schema: aa, zz$"):
        to_bytes([{"run_id": "a", "zz": 1}, {"aa": 2}], RUNS)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_truncated_bytes_are_refused(kept: int) -> None:
    with pytest.raises(LedgerError, match="not a readable shard"):
        from_bytes(to_bytes(ROWS, RUNS)[:kept], RUNS)


def test_a_newer_version_is_refused() -> None:
    newer = SCHEMA_VERSION + 1
    with pytest.raises(LedgerError, match=f"schema version {newer} is newer"):
        from_bytes(shard({"run_id": ["a"]}, newer), RUNS)


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION])
def test_what_an_older_shard_lacks_reads_as_null(version: int) -> None:
    table = from_bytes(shard({"run_id": ["a"], "width": [2]}, version), RUNS)
    assert table.schema == RUNS
    assert table.to_pylist() == [dict.fromkeys(RUNS.names) | {"run_id": "a", "width": 2}]


def test_a_shard_without_a_version_was_not_written_by_this_program() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"run_id": ["a"]}), sink)
    with pytest.raises(LedgerError, match="no schema version"):
        from_bytes(sink.getvalue().to_pybytes(), RUNS)


def edited_rows(content: bytes) -> list[int]:
    return read_shard(pa.BufferReader(content), RUNS).edited()


def test_rows_as_they_were_written_are_not_edited() -> None:
    assert edited_rows(to_bytes(ROWS, RUNS)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("width", 3), ("lr", 0.2), ("fell", False), ("fell", None), ("row_sha256", None)],
)
def test_an_edited_row_is_found(column: str, value: Any) -> None:
    rows = from_bytes(to_bytes(ROWS, RUNS), RUNS).to_pylist()
    rows[1 if column != "fell" else 0][column] = value
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=RUNS), sink)
    assert edited_rows(sink.getvalue().to_pybytes()) == [1 if column != "fell" else 0]


def test_rows_from_before_there_were_digests_are_taken_as_they_are() -> None:
    assert edited_rows(shard({"run_id": ["a"]}, SIGNED_SINCE - 1)) == []


def test_a_column_that_is_null_changes_no_digest() -> None:
    row = {"run_id": "a", "lr": 0.5}
    assert row_sha256(row) == row_sha256(row | {"a_column_added_later": None})
    assert row_sha256(row) != row_sha256(row | {"lr": 0.25})


def test_a_flipped_byte_is_found() -> None:
    content = bytearray(to_bytes([{"run_id": "a", "train_losses": [0.5] * 1000}], CURVES))
    content[40] ^= 1  # within the first column's page
    with pytest.raises(LedgerError, match="not a readable shard"):
        from_bytes(bytes(content), CURVES)


def test_only_the_columns_and_runs_that_are_asked_for() -> None:
    rows = [{"run_id": "a", "train_losses": [0.5]}, {"run_id": "b", "iteration": 1}]
    source = pa.BufferReader(to_bytes(rows, CURVES))
    table = read_shard(source, CURVES, without=("train_losses",), run_ids=["b"]).table
    assert table.column("iteration").to_pylist() == [1]
    assert "train_losses" not in table.schema.names


def test_a_column_that_today_has_no_name_is_skipped_and_narrow_numbers_widen() -> None:
    columns = {"run_id": ["a"], "retired": [1], "width": pa.array([2], pa.int8())}
    table = from_bytes(shard(columns, SCHEMA_VERSION), RUNS)
    assert table.schema == RUNS
    assert table.column("width").to_pylist() == [2]
