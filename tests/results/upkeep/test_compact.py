"""Compaction changes what lies on disk and nothing that is loaded."""

import tempfile
import warnings
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import load_curves, load_runs
from results.compact import main
from results.errors import LedgerWarning
from results.ledger.by_run import in_order
from results.ledger.layout import COMPACTED, CURVES_FOLDER, RUNS_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import to_bytes
from results.upkeep.compaction import Compaction
from tests.results.examples import CURVE, Row, run_row

GOLDEN = Path(__file__).parents[1] / "ledger" / "golden"
FOLDERS = ((CURVES_FOLDER, CURVES), (RUNS_FOLDER, RUNS))

Copies = list[tuple[str, int]]
"""Runs of one shard; the number tells copies with different figures apart."""


def row_of(run: str, copy: int) -> Row:
    return run_row(run, test_loss_min=copy / 8)


def curve_of(run: str, copy: int) -> list[Row]:
    return [{**point, "run_id": run, "iou": copy / 8} for point in CURVE]


@cache
def shards(*copies: tuple[str, int]) -> dict[str, bytes]:
    """What a shard of curves and one of rows hold of these runs, by folder."""
    curve = [point for run, copy in copies for point in curve_of(run, copy)]
    rows = [row_of(run, copy) for run, copy in copies]
    return {CURVES_FOLDER: to_bytes(curve, CURVES), RUNS_FOLDER: to_bytes(rows, RUNS)}


def put_single(ledger: Ledger, run: str, copy: int = 0) -> None:
    for folder, content in shards((run, copy)).items():
        ledger.storage.put(f"{folder}/{run}.parquet", content)


def put_compacted(ledger: Ledger, name: str, copies: Copies) -> None:
    for folder, content in shards(*copies).items():
        ledger.storage.put(f"{folder}/{COMPACTED}{name}.parquet", content)


def compact(ledger: Ledger, most_runs: int = 1_000) -> None:
    for folder, schema in FOLDERS:
        Compaction(ledger.storage, folder, schema, most_runs).run(lambda: None)


def loaded(out: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return load_runs(out), load_curves(out, train_losses=True)


def tables(ledger: Ledger) -> tuple[pa.Table, pa.Table]:
    """What `loaded` makes its frames of."""
    return in_order(ledger.runs()), in_order(ledger.curves())


def assert_same(first: tuple[pd.DataFrame, ...], second: tuple[pd.DataFrame, ...]) -> None:
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)


def files(ledger: Ledger, folder: str = RUNS_FOLDER) -> list[str]:
    return ledger.storage.names(folder, "")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(str(tmp_path))


runs = st.sampled_from([f"run{number}" for number in range(5)])
copies = st.tuples(runs, st.sampled_from([0, 0, 0, 1]))


@settings(max_examples=25)
@given(
    singles=st.lists(copies, unique_by=lambda copy: copy[0]),
    compacted=st.lists(st.lists(copies, min_size=1, unique_by=lambda copy: copy[0]), max_size=3),
    damaged=st.sets(runs, max_size=1),
    most_runs=st.integers(2, 4),
)
def test_what_is_loaded_stays_the_same(
    singles: Copies, compacted: list[Copies], damaged: set[str], most_runs: int
) -> None:
    with tempfile.TemporaryDirectory() as out, warnings.catch_warnings():
        warnings.simplefilter("ignore", LedgerWarning)
        ledger = Ledger(out)
        (Path(out) / "ledger").mkdir()
        for run, copy in singles:
            put_single(ledger, run, copy)
        for number, held in enumerate(compacted):
            put_compacted(ledger, str(number), held)
        for run in damaged:
            ledger.storage.put(f"{RUNS_FOLDER}/{run}.parquet", b"damaged")
        before = tables(ledger)
        for _ in range(2):
            compact(ledger, most_runs)
            assert tables(ledger) == before


def test_single_shards_become_one(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        put_single(ledger, f"run{number}")
    before = loaded(str(tmp_path))
    assert main([str(tmp_path)]) == 0
    assert_same(loaded(str(tmp_path)), before)
    for folder, _ in FOLDERS:
        (name,) = files(ledger, folder)
        assert name.startswith(COMPACTED)
    printed = capsys.readouterr()
    assert [line.split(",")[0] for line in printed.out.splitlines()] == [
        "curves: 3 files",
        "runs: 3 files",
    ]
    assert "-> 1 file," in printed.out
    assert printed.err == ""


def test_rows_are_sorted_within_a_compacted_shard(ledger: Ledger, tmp_path: Path) -> None:
    for run in ("c", "a", "b"):
        ledger.put_run(run_row(run), list(reversed(CURVE)), b"")
    compact(ledger)
    (shard,) = (tmp_path / CURVES_FOLDER).iterdir()
    held = [(row["run_id"], row["iteration"]) for row in pq.read_table(shard).to_pylist()]
    assert held == sorted(held)
    assert len(held) == 3 * len(CURVE)


def test_the_same_again_does_nothing(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(7):
        put_single(ledger, f"run{number}")
    compact(ledger, most_runs=3)
    first = files(ledger)
    assert len(first) == 3
    compact(ledger, most_runs=3)
    assert files(ledger) == first
    main([ledger.storage.location])
    capsys.readouterr()
    assert main([ledger.storage.location]) == 0
    assert capsys.readouterr().out.count("nothing to compact") == 2


def test_a_single_shard_alone_stays(ledger: Ledger) -> None:
    put_single(ledger, "a")
    compact(ledger)
    assert files(ledger) == ["a.parquet"]


def test_full_shards_are_left_alone_and_others_compacted_again(ledger: Ledger) -> None:
    put_compacted(ledger, "full", [("a", 0), ("b", 0), ("c", 0)])
    put_compacted(ledger, "half", [("d", 0)])
    put_single(ledger, "e")
    compact(ledger, most_runs=3)
    full, other = sorted(files(ledger), key=lambda name: name != "joined-full.parquet")
    assert full == "joined-full.parquet"
    held = ledger.storage.get(f"{RUNS_FOLDER}/{other}")
    assert held is not None
    assert "joined-half.parquet" not in files(ledger)
    assert ledger.finished("abcde") == set("abcde")


def test_what_a_full_shard_has_equally_is_removed(ledger: Ledger) -> None:
    put_compacted(ledger, "full", [("a", 0), ("b", 0)])
    put_single(ledger, "a")
    compact(ledger, most_runs=2)
    assert files(ledger) == ["joined-full.parquet"]


def test_a_reader_that_is_under_way_comes_to_the_compacted_shard(ledger: Ledger) -> None:
    for run in "abc":
        put_single(ledger, run)
    names = ledger.run_shards.names()
    assert next(names) == f"{RUNS_FOLDER}/a.parquet"
    compact(ledger)
    *vanished, compacted = names
    assert vanished == [f"{RUNS_FOLDER}/{run}.parquet" for run in "bc"]
    assert ledger.storage.get(compacted) is not None


@pytest.mark.filterwarnings("ignore::results.errors.LedgerWarning")
@pytest.mark.parametrize("folder", [folder for folder, _ in FOLDERS])
def test_two_different_copies_of_a_run_are_named_and_left(ledger: Ledger, folder: str) -> None:
    put_compacted(ledger, "old", [("a", 1), ("b", 0)])
    for run in "acd":
        put_single(ledger, run)
    schema = dict(FOLDERS)[folder]
    with pytest.warns(
        LedgerWarning, match=r"is left as it is: another shard has other rows of .*a"
    ):
        Compaction(ledger.storage, folder, schema).run(lambda: None)
    assert {"a.parquet", "joined-old.parquet"} < set(files(ledger, folder))
    assert len(files(ledger, folder)) == 3


@pytest.mark.parametrize("damage", [b"", b"PAR1 damaged", None])
def test_what_cannot_be_read_is_named_and_left(
    ledger: Ledger, tmp_path: Path, damage: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    for run in "abc":
        put_single(ledger, run)
    shard = tmp_path / RUNS_FOLDER / "a.parquet"
    if damage is None:  # edited: readable, and not as it was written
        table = pq.read_table(shard)
        width = table.schema.get_field_index("width")
        pq.write_table(table.set_column(width, "width", [[64]]), shard)
        damage = shard.read_bytes()
    shard.write_bytes(damage)
    assert main([str(tmp_path)]) == 0
    assert f"warning: {shard} is left as it is: " in capsys.readouterr().err
    assert shard.read_bytes() == damage
    assert len(files(ledger)) == 2


def test_shards_of_older_versions_are_compacted_and_signed(ledger: Ledger, tmp_path: Path) -> None:
    for version, run in ((1, "1fa25eb37c9a5a69"), (2, "4ad1ac182fb3e93b")):
        for kind, folder in (("run", RUNS_FOLDER), ("curve", CURVES_FOLDER)):
            content = (GOLDEN / f"{kind}-v{version}.parquet").read_bytes()
            ledger.storage.put(f"{folder}/{run}.parquet", content)
    before = loaded(str(tmp_path))
    compact(ledger)
    after = loaded(str(tmp_path))
    assert len(files(ledger)) == len(files(ledger, CURVES_FOLDER)) == 1
    assert after[0]["row_sha256"].notna().tolist() == [True, True]
    unsigned = [frame.drop(columns="row_sha256", errors="ignore") for frame in (*before, *after)]
    assert_same((unsigned[0], unsigned[1]), (unsigned[2], unsigned[3]))


def test_a_shard_that_is_written_anew_meanwhile_is_not_removed(ledger: Ledger) -> None:
    for run in "abc":
        put_single(ledger, run)
    compaction = Compaction(ledger.storage, RUNS_FOLDER, RUNS)
    steps = iter(range(3))

    def advance() -> None:
        if next(steps) == 2:  # a and b were read
            put_single(ledger, "a", copy=1)

    compaction.run(advance)
    assert [name for name in files(ledger) if not name.startswith(COMPACTED)] == ["a.parquet"]
    assert ledger.runs(["a"]).column("test_loss_min").to_pylist() == [1 / 8]
    assert ledger.finished("abc") == set("abc")


@pytest.mark.parametrize("out", ["", "nowhere"])
def test_a_location_without_a_ledger_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([out]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: OUT")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_has_examples_and_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "examples:" in shown
    assert "exit status: 0 done" in shown
    assert all(len(line) <= 100 for line in shown.splitlines())


def test_no_two_compacted_shards_could_be_one(ledger: Ledger, tmp_path: Path) -> None:
    put_compacted(ledger, "x", [("a", 0), ("b", 0), ("c", 0)])
    put_compacted(ledger, "y", [("d", 0), ("e", 0)])
    for run in "fghi":
        put_single(ledger, run)
    compact(ledger, most_runs=4)
    held = sorted(len(pq.read_table(shard)) for shard in (tmp_path / RUNS_FOLDER).iterdir())
    assert sum(held) == 9
    assert held[0] + held[1] > 4
