"""Whatever lies in a ledger's folders, it is read or named: no other error, nothing written."""

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import Windows, load_curves, load_runs, load_study
from results.errors import LedgerError, LedgerWarning, StorageError, StudyError
from results.ledger.layout import (
    ATTEMPTS_FOLDER,
    COMPACTED,
    CURVES_FOLDER,
    RUNS_FOLDER,
    STUDIES_FOLDER,
)
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import to_bytes
from results.ledger.study_record import read_study_record
from tests.results.almost import json_values, nearly
from tests.results.examples import CURVE, run_row, study_json

RECORD = study_json([({"width": 2}, 1, "a"), ({"width": 4}, 2, "b")])
CONTENT = {
    RUNS_FOLDER: to_bytes([run_row("a"), run_row("b")], RUNS),
    CURVES_FOLDER: to_bytes([{**point, "run_id": r} for r in "ab" for point in CURVE], CURVES),
}


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content cut off, with flipped bits or a piece overwritten; or anything else."""
    kind = draw(st.sampled_from(["cut", "bits", "footer", "piece", "anything"]))
    if kind == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if kind == "anything":
        return draw(st.binary(max_size=200))
    changed = bytearray(content)
    if kind == "piece":
        start = draw(st.integers(0, len(content)))
        piece = draw(st.binary(min_size=1, max_size=20))
        changed[start : start + len(piece)] = piece
        return bytes(changed)
    first = 0 if kind == "bits" else len(content) * 2 // 3  # where the schema and the offsets are
    places = st.integers(first, len(content) - 1)
    for place in draw(st.lists(places, min_size=1, max_size=4)):
        changed[place] ^= 1 << draw(st.integers(0, 7))
    return bytes(changed)


def all_files(out: Path) -> dict[str, bytes | None]:
    return {
        str(path): path.read_bytes() if path.is_file() else None for path in sorted(out.rglob("*"))
    }


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid ledger, not to be written to."""
    out = tmp_path_factory.mktemp("valid")
    for run in "ab":
        Ledger(str(out)).put_run(run_row(run), CURVE, b"")
    Ledger(str(out)).put_study(read_study_record(json.dumps(RECORD).encode()))
    return out


@contextmanager
def ledger_with(valid: Path, name: str, content: bytes) -> Iterator[str]:
    """The valid ledger's copy in which one file has another content."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        shutil.copytree(valid, out)
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
        yield str(out)


READERS: dict[str, Sequence[Callable[[str], Any]]] = {
    RUNS_FOLDER: (
        lambda out: load_runs(out, Windows(alpha_t=1, beta_t=1)),
        lambda out: load_study(out, "widths"),
    ),
    CURVES_FOLDER: (
        lambda out: load_runs(out, Windows(alpha_t=1, beta_t=1)),
        lambda out: load_curves(out),
        lambda out: load_curves(out, train_losses=True),
    ),
    STUDIES_FOLDER: (lambda out: load_study(out, "widths"),),
    ATTEMPTS_FOLDER: (lambda out: Ledger(out).attempts("a"), lambda out: load_runs(out)),
}
"""All that opens files of a folder."""


def load_all(out: str, folder: str) -> None:
    """Load all that a folder has a part in; errors a user can mend are allowed, and nothing is
    written."""
    before = all_files(Path(out))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LedgerWarning)
        for load in READERS[folder]:
            with suppress(StudyError):
                load(out)
    assert all_files(Path(out)) == before


@pytest.mark.parametrize("folder", [RUNS_FOLDER, CURVES_FOLDER])
@pytest.mark.parametrize("name", ["a", f"{COMPACTED}x"])
@settings(max_examples=30)
@given(data=st.data())
def test_a_damaged_shard_is_read_or_named(
    valid: Path, folder: str, name: str, data: st.DataObject
) -> None:
    content = data.draw(damaged(CONTENT[folder]))
    with ledger_with(valid, f"{folder}/{name}.parquet", content) as out:
        load_all(out, folder)
        assert "b" in finished_quietly(out)


def finished_quietly(out: str) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LedgerWarning)
        return Ledger(out).finished("ab")


@settings(max_examples=40)
@given(value=json_values | nearly(RECORD))
def test_any_json_as_a_study_is_loaded_or_named(valid: Path, value: Any) -> None:
    with ledger_with(
        valid, f"{STUDIES_FOLDER}/widths/other.json", json.dumps(value).encode()
    ) as out:
        before = all_files(Path(out))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LedgerWarning)
            frame = load_study(out, "widths")
        assert all_files(Path(out)) == before
        assert {"a", "b"} <= set(frame["run_id"])  # the other way of asking is there


@pytest.mark.parametrize("targets", [None, [], [0.5], [0.5, 0.25, 0.5]])
def test_a_curve_with_fewer_or_more_targets_than_losses_has_no_excess(
    valid: Path,
    targets: list[float] | None,
) -> None:
    point = {"iteration": 100, "hard_losses": [1.0, 2.0], "hard_targets": targets}
    curve = to_bytes([{**point, "run_id": "a"}], CURVES)
    with ledger_with(valid, f"{CURVES_FOLDER}/a.parquet", curve) as out:
        frame = load_runs(out, Windows(alpha_t=1, beta_t=1)).set_index("run_id")
    assert frame["train_loss_hard"].notna().to_dict() == {"a": True, "b": False}
    assert frame["train_loss_hard_excess"].isna().to_dict() == {"a": True, "b": True}


@settings(max_examples=20)
@given(content=st.binary(max_size=100) | json_values.map(lambda v: json.dumps(v).encode()))
def test_attempts_are_no_matter_to_readers(valid: Path, content: bytes) -> None:
    with ledger_with(valid, f"{ATTEMPTS_FOLDER}/a-20240101T000000000000.json", content) as out:
        load_all(out, ATTEMPTS_FOLDER)
        assert finished_quietly(out) == {"a", "b"}


@given(nearly(RECORD))
def test_what_passes_as_a_record_can_be_loaded(value: Any) -> None:
    try:
        read_study_record(json.dumps(value).encode())
    except LedgerError:
        return
    with tempfile.TemporaryDirectory() as out:
        Ledger(out).storage.put(f"{STUDIES_FOLDER}/x/y.json", json.dumps(value).encode())
        assert len(load_study(out, "x")) >= 1


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\\ud800"',
        b"9" * 10_000,
        b"\xff",
        b"NaN",
        b"[]",
        b"{}",
    ],
)
def test_a_study_that_is_none_is_skipped_with_a_warning(valid: Path, content: bytes) -> None:
    with ledger_with(valid, f"{STUDIES_FOLDER}/widths/other.json", content) as out:
        with pytest.warns(LedgerWarning, match=r"other\.json was skipped: not"):
            frame = load_study(out, "widths")
        assert frame["run_id"].tolist() == ["a", "b"]


def test_what_is_no_file_is_skipped(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    ledger.put_run(run_row("a"), CURVE, b"")
    ledger.put_study(read_study_record(json.dumps(RECORD).encode()))
    for folder in (RUNS_FOLDER, CURVES_FOLDER, f"{STUDIES_FOLDER}/widths"):
        for suffix in (".parquet", ".json"):
            (tmp_path / folder / f"folder{suffix}").mkdir()
            os.mkfifo(tmp_path / folder / f"pipe{suffix}")
            (tmp_path / folder / f"loop{suffix}").symlink_to(f"loop{suffix}")
            os.close(os.open(os.fsencode(tmp_path / folder) + b"/\xff.parquet", os.O_CREAT))
    assert load_runs(str(tmp_path))["run_id"].tolist() == ["a"]
    assert set(load_curves(str(tmp_path))["run_id"]) == {"a"}
    assert load_study(str(tmp_path), "widths")["run_id"].tolist() == ["a", "b"]


def test_a_shard_that_is_a_link_to_elsewhere_is_skipped_with_a_warning(tmp_path: Path) -> None:
    mine, foreign = Ledger(str(tmp_path / "mine")), Ledger(str(tmp_path / "foreign"))
    for ledger in (mine, foreign):
        ledger.put_run(run_row("a" if ledger is mine else "b"), CURVE, b"")
    own = tmp_path / "mine" / RUNS_FOLDER / "a.parquet"
    (tmp_path / "foreign" / RUNS_FOLDER / "a.parquet").symlink_to(own)
    with pytest.warns(LedgerWarning, match=r"a\.parquet: is a link to a file outside"):
        assert load_runs(str(tmp_path / "foreign"))["run_id"].tolist() == ["b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_shard_that_may_not_be_read_is_an_error_to_mend(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    for run in "ab":
        ledger.put_run(run_row(run), CURVE, b"")
    (tmp_path / RUNS_FOLDER / "a.parquet").chmod(0)
    with pytest.raises(StorageError, match=r"a\.parquet: cannot be read"):
        load_runs(str(tmp_path))


@pytest.mark.parametrize(
    "folder", ["ledger", RUNS_FOLDER, STUDIES_FOLDER, f"{STUDIES_FOLDER}/widths"]
)
def test_a_file_where_a_folder_should_be_is_an_error_to_mend(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / folder).write_bytes(b"in the way")
    for reads in READERS:
        load_all(str(tmp_path), reads)
