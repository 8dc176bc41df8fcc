"""Shards of every earlier schema version stay readable: what they did not have is null."""

from pathlib import Path

import pyarrow as pa
import pytest

from results.ledger.schema import CURVES, RUNS, SCHEMA_VERSION
from results.ledger.shards import from_bytes, read_shard, to_bytes

GOLDEN = Path(__file__).parent / "golden"


def test_every_earlier_version_has_a_golden_file() -> None:
    for version in range(1, SCHEMA_VERSION):
        assert (GOLDEN / f"run-v{version}.parquet").is_file()
        assert (GOLDEN / f"curve-v{version}.parquet").is_file()


def test_a_run_of_version_1_is_read() -> None:
    table = from_bytes((GOLDEN / "run-v1.parquet").read_bytes(), RUNS)
    assert table.schema.equals(RUNS)
    (row,) = table.to_pylist()
    assert row["run_id"] == "1fa25eb37c9a5a69"
    assert (row["width"], row["objective"], row["outcome"]) == (4, "hard", "learned")
    assert row["test_loss_final"] == pytest.approx(0.0973042, abs=1e-7)
    assert row["padding"] is row["dead_at"] is row["start_from_run_id"] is None


def test_a_curve_of_version_1_is_read() -> None:
    table = from_bytes((GOLDEN / "curve-v1.parquet").read_bytes(), CURVES)
    rows = table.to_pylist()
    assert [row["iteration"] for row in rows] == list(range(0, 6001, 500))
    assert len(rows[1]["train_losses"]) == 500
    assert rows[1]["dead_channels"] is rows[1]["train_seconds"] is None


def test_a_run_of_version_2_is_read() -> None:
    table = from_bytes((GOLDEN / "run-v2.parquet").read_bytes(), RUNS)
    assert table.schema.equals(RUNS)
    (row,) = table.to_pylist()
    assert row["run_id"] == "4ad1ac182fb3e93b"
    assert (row["width"], row["objective"], row["temperature"]) == (2, "mixed", 5.0)
    assert row["padding"] == "same"
    assert row["identity"] is row["row_sha256"] is None


def test_a_curve_of_version_2_is_read() -> None:
    rows = from_bytes((GOLDEN / "curve-v2.parquet").read_bytes(), CURVES).to_pylist()
    assert {row["run_id"] for row in rows} == {"4ad1ac182fb3e93b"}
    assert rows[0]["iteration"] == 0
    assert len(rows[-1]["hard_losses"]) == rows[-1]["iteration"] - rows[-2]["iteration"]


def test_a_run_of_version_3_is_read() -> None:
    (row,) = from_bytes((GOLDEN / "run-v3.parquet").read_bytes(), RUNS).to_pylist()
    assert row["run_id"] == "1b016556a0bf5533"
    assert (row["objective"], row["outcome"]) == ("soft", "constant")
    assert row["row_sha256"] is not None
    assert row["validation_threshold"] is None


def test_a_curve_of_version_3_is_read() -> None:
    rows = from_bytes((GOLDEN / "curve-v3.parquet").read_bytes(), CURVES).to_pylist()
    assert [row["iteration"] for row in rows] == list(range(0, 2001, 125))
    assert {row["validation_threshold"] for row in rows} == {None}


def test_a_run_of_version_4_is_read() -> None:
    (row,) = from_bytes((GOLDEN / "run-v4.parquet").read_bytes(), RUNS).to_pylist()
    assert row["run_id"] == "0121fa9db6d90247"
    assert (row["objective"], row["temperature"], row["outcome"]) == ("soft", 1.0, "learned")
    assert row["validation_threshold"] == pytest.approx(-1.1807405, abs=1e-7)
    assert row["input_scale"] is row["input_shift"] is row["class_weights_by"] is None


def test_a_curve_of_version_4_is_read() -> None:
    rows = from_bytes((GOLDEN / "curve-v4.parquet").read_bytes(), CURVES).to_pylist()
    assert [row["iteration"] for row in rows] == list(range(0, 2001, 125))
    assert rows[-1]["soft_weights"] is None


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_golden_rows_count_as_they_are(version: int) -> None:
    content = (GOLDEN / f"run-v{version}.parquet").read_bytes()
    assert read_shard(pa.BufferReader(content), RUNS).edited() == []


def test_rows_of_today_are_read_back() -> None:
    table = from_bytes(to_bytes([{"run_id": "a", "dead_at": 3}], RUNS), RUNS)
    assert table.to_pylist()[0]["dead_at"] == 3
