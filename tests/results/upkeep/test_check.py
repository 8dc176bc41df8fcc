"""What is damaged is found, told apart from what is not, and quarantined by --repair."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from results.check import main
from results.compact import compact
from results.ledger.layout import (
    ATTEMPTS_FOLDER,
    COMPACTED,
    CURVES_FOLDER,
    RUNS_FOLDER,
    STUDIES_FOLDER,
)
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS, SCHEMA_VERSION, VERSION_KEY
from results.ledger.shards import to_bytes
from tests.results.examples import (
    put_valid_run,
    run_row,
    valid_run,
)
from tests.results.processes import finish, start, write
from tests.results.upkeep.valid_ledger import (
    CURVE_FILE,
    OTHER,
    ROW,
    RUN,
    SEEDS,
    WEIGHTS,
    assert_repaired,
    contents,
    cut,
    edit,
    put_valid_ledger,
    said,
    shard_of,
)

GOLDEN = Path(__file__).parents[1] / "ledger" / "golden"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A valid ledger of three runs with all that can be there."""
    put_valid_ledger(tmp_path)
    return tmp_path


def test_a_valid_ledger_is_fine(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main([str(out), "--repair"]) == 0
        assert said(capsys) == (
            "checked: 3 rows, 3 curves, 3 files of weights, 3 pictures, 1 checkpoint, 1 attempt, "
            "1 study\nnothing is damaged\n"
        )
        assert not (out / "aside").exists()
        compact(str(out))
        capsys.readouterr()


def edited(folder: str, schema: pa.Schema, change: Callable[[Any], Any]) -> Callable[[Path], Any]:
    return lambda out: edit(shard_of(out, folder), change, schema)


def of_run(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["run_id"] == RUN]


@pytest.mark.parametrize(
    ("damage", "problem", "quarantined"),
    [
        (cut(ROW), f"{ROW}: not a readable shard", [ROW]),
        (
            edited(RUNS_FOLDER, RUNS, lambda rows: rows[0].update(outcome="flat")),
            f"{ROW}: the row of {RUN} is not as it was written; --repair quarantines {ROW}\n",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([run_row(RUN, identity="{}")], RUNS)),
            f"the row of {RUN} has an identity of another id",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([valid_run(7)], RUNS)),
            "it holds the run",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([valid_run(0), {"width": 2}], RUNS)),
            "it holds a row without a run",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(
                to_bytes([valid_run(0), valid_run(0, iou=1)], RUNS)
            ),
            f"the run {RUN} is in another shard, which is read first, with other values",
            [ROW],
        ),
        (lambda out: (out / WEIGHTS).unlink(), f"the weights of {RUN} are missing", [ROW]),
        (cut(WEIGHTS), f"{WEIGHTS}: not the weights that the row", [ROW, WEIGHTS]),
        (lambda out: (out / CURVE_FILE).unlink(), f"the run {RUN} has no curve", [ROW]),
        (
            edited(CURVES_FOLDER, CURVES, lambda rows: rows.pop()),
            "it ends at iteration 200, the row",
            [ROW, CURVE_FILE],
        ),
        (
            edited(CURVES_FOLDER, CURVES, lambda rows: rows.append(rows[0])),
            "the same evaluation is there twice",
            [ROW, CURVE_FILE],
        ),
        (
            lambda out: (out / f"predictions/{RUN}.png").write_bytes(b"GIF89a"),
            "not a PNG picture",
            [f"predictions/{RUN}.png"],
        ),
        (
            cut("checkpoints/t/x.safetensors"),
            "checkpoints/t/x.safetensors: not a checkpoint",
            ["checkpoints/t/x.safetensors"],
        ),
        (
            lambda out: (out / f"{STUDIES_FOLDER}/widths/x.json").write_text("[]"),
            f"{STUDIES_FOLDER}/widths/x.json: not the record of a study",
            [f"{STUDIES_FOLDER}/widths/x.json"],
        ),
        (
            lambda out: (out / f"{STUDIES_FOLDER}/widths/x.json").write_text('{"study": "wi'),
            f"{STUDIES_FOLDER}/widths/x.json: not the record of a study: the file is cut off or",
            [f"{STUDIES_FOLDER}/widths/x.json"],
        ),
        (
            lambda out: (out / f"{ATTEMPTS_FOLDER}/x.json").write_text("[" * 100_000),
            f"{ATTEMPTS_FOLDER}/x.json: not an attempt at a run",
            [f"{ATTEMPTS_FOLDER}/x.json"],
        ),
    ],
)
def test_damage_to_single_files(
    out: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    problem: str,
    quarantined: list[str],
) -> None:
    damage(out)
    assert_repaired(out, capsys, problem, quarantined)
    assert OTHER in Ledger(str(out)).finished([OTHER])


@pytest.mark.parametrize(
    ("damage", "problem", "quarantined"),
    [
        (
            edited(RUNS_FOLDER, RUNS, lambda rows: of_run(rows)[0].update(outcome="flat")),
            f"the row of {RUN} is not as it was written; --repair quarantines rows of",
            [RUNS_FOLDER, CURVES_FOLDER],
        ),
        (lambda out: (out / WEIGHTS).unlink(), "are missing", [RUNS_FOLDER, CURVES_FOLDER]),
        (cut(WEIGHTS), "not the weights", [RUNS_FOLDER, CURVES_FOLDER, WEIGHTS]),
        (
            edited(CURVES_FOLDER, CURVES, lambda rows: rows.remove(of_run(rows)[-1])),
            "it ends at iteration 200",
            [RUNS_FOLDER, CURVES_FOLDER],
        ),
    ],
)
def test_damage_to_one_run_of_a_compacted_shard(
    out: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    problem: str,
    quarantined: list[str],
) -> None:
    compact(str(out))
    damage(out)
    compacted = [
        f"{folder}/{shard_of(out, folder).name}" for folder in (RUNS_FOLDER, CURVES_FOLDER)
    ]
    names = [next((j for j in compacted if j.startswith(name)), name) for name in quarantined]
    assert_repaired(out, capsys, problem, names)
    ledger = Ledger(str(out))
    others = {valid_run(seed)["run_id"] for seed in SEEDS} - {RUN}
    assert set(ledger.runs().column("run_id").to_pylist()) == others
    assert set(ledger.curves().column("run_id").to_pylist()) == others
    put_valid_run(ledger, 0, test_loss_min=0.125)  # trained again
    assert main([str(out)]) == 0


def test_a_compacted_shard_that_cannot_be_read(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact(str(out))
    shard = shard_of(out, RUNS_FOLDER)
    shard.write_bytes(b"PAR1")
    name = f"{RUNS_FOLDER}/{shard.name}"
    assert_repaired(out, capsys, f"{name}: not a readable shard", [name])


def test_equal_copies_are_no_finding(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    singles = {name: (out / name).read_bytes() for name in (ROW, CURVE_FILE)}
    compact(str(out))
    for name, content in singles.items():
        (out / name).write_bytes(content)
    capsys.readouterr()
    assert main([str(out)]) == 0
    found = said(capsys)
    assert "checked: 3 rows, 3 curves," in found
    assert "note: rows that are there twice: 1 (equal in several shards" in found
    assert "note: curves that are there twice: 1 (equal in several shards" in found


@pytest.mark.parametrize("folder", [RUNS_FOLDER, CURVES_FOLDER])
@pytest.mark.parametrize("compacted", [False, True])
def test_a_newer_file_is_a_finding_that_is_left_alone(
    out: Path, capsys: pytest.CaptureFixture[str], folder: str, compacted: bool
) -> None:
    if compacted:
        compact(str(out))
    shard = shard_of(out, folder)
    table = pq.read_table(shard)
    newer = {VERSION_KEY: str(SCHEMA_VERSION + 1)}
    pq.write_table(table.replace_schema_metadata(newer), shard)
    before = contents(out)
    capsys.readouterr()
    for option, alone in (((), "--repair leaves it alone"), (("--repair",), "it is left alone")):
        assert main([str(out), *option]) == 1
        found = said(capsys)
        assert "is newer than this program's" in found
        assert f"; {alone}; update this program and check again" in found
        assert "1 finding" in found
    assert contents(out) == before


def test_unfinished_runs_and_old_versions_are_counted(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = Ledger(str(out)).storage
    storage.put("weights/x.safetensors", b"")
    storage.put(f"{CURVES_FOLDER}/x.parquet", to_bytes([{"run_id": "x", "iteration": 0}], CURVES))
    run = "1fa25eb37c9a5a69"
    storage.put(f"{RUNS_FOLDER}/{run}.parquet", (GOLDEN / "run-v1.parquet").read_bytes())
    storage.put(f"{CURVES_FOLDER}/{run}.parquet", (GOLDEN / "curve-v1.parquet").read_bytes())
    assert main([str(out)]) == 1  # the archived run has no weights here
    assert said(capsys).splitlines()[1:] == [
        "checked: 4 rows, 5 curves, 4 files of weights, 3 pictures, 1 checkpoint, 1 attempt, "
        "1 study",
        "note: rows without a digest: 1 (of schema versions 1 and 2, where nothing shows whether a "
        "row was edited)",
        "note: curves without a row: 1 (of runs that are not finished)",
        "note: weights without a row: 1 (of runs that are not finished)",
        "note: rows without a picture: 1 (predictions/RUN_ID.png is not there; no number needs it)",
        "1 finding",
    ]


def test_what_a_killed_program_left_is_mentioned(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (".x.safetensors.abcd1234", ".y.safetensors.abcd1234", ".lock")
    for name in names:
        (out / "weights" / name).write_bytes(b"12345")
    for name in (names[0], names[2]):
        os.utime(out / "weights" / name, (0, time.time() - 7200))
    assert main([str(out)]) == 0
    notes = [line for line in said(capsys).splitlines() if line.startswith("note")]
    assert notes == [
        "note: weights/.x.safetensors.abcd1234 (5 bytes) was left by a program that was killed; it "
        "can be deleted"
    ]


def test_weights_that_no_hash_was_recorded_of_are_taken_as_they_are(tmp_path: Path) -> None:
    put_valid_run(Ledger(str(tmp_path)), 0, weights_sha256=None)
    assert main([str(tmp_path)]) == 0


def test_names_that_would_steer_a_terminal_are_written_out(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "predictions" / "\x1b[2Jx.png").write_bytes(b"")
    assert main([str(out)]) == 1
    assert "predictions/\\x1b[2Jx.png: not a PNG picture" in said(capsys)


def test_a_run_id_that_is_a_path_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = to_bytes([run_row("../../x"), run_row("/etc/passwd")], RUNS)
    Ledger(str(tmp_path)).storage.put(f"{RUNS_FOLDER}/{COMPACTED}x.parquet", rows)
    assert main([str(tmp_path), "--repair"]) == 0
    assert said(capsys).count("is no run id") == 2
    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        lambda out: shard_of(out, RUNS_FOLDER).write_bytes(b"PAR1"),
        edited(RUNS_FOLDER, RUNS, lambda rows: of_run(rows)[0].update(outcome="flat")),
    ],
)
def test_a_finished_run_whose_row_is_damaged_is_not_said_to_be_unfinished(
    out: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], Any], compacted: bool
) -> None:
    if compacted:
        compact(str(out))
    damage(out)
    capsys.readouterr()
    assert main([str(out)]) == 1
    found = said(capsys)
    assert "1 finding\n" in found
    assert "note:" not in found


def test_a_run_in_several_shards_counts_once_whatever_is_wrong_with_a_copy(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = (out / ROW).read_bytes()
    compact(str(out))
    (out / ROW).write_bytes(own)
    edit(out / ROW, lambda rows: rows[0].update(width=64), RUNS)
    capsys.readouterr()
    assert main([str(out)]) == 1
    assert "checked: 3 rows, 3 curves," in said(capsys)


def test_json_says_the_same(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / WEIGHTS).unlink()
    assert main([str(out), "--json"]) == 1
    answer = json.loads(said(capsys))
    assert answer["findings"] == [
        {
            "file": WEIGHTS,
            "problem": f"the weights of {RUN} are missing",
            "repair": f"--repair quarantines {ROW}",
        }
    ]
    assert answer["counts"]["rows"] == 3
    assert answer["aside"] is None
    assert main([str(out), "--json", "--repair"]) == 0
    answer = json.loads(said(capsys))
    assert answer["findings"][0]["repair"] == f"{ROW} is quarantined"
    assert (Path(answer["aside"]) / ROW).is_file()


def test_a_repair_says_what_it_does_and_no_more_what_it_would(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / WEIGHTS).unlink()
    assert main([str(out)]) == 1
    assert f"are missing; --repair quarantines {ROW}\n" in said(capsys)
    assert main([str(out), "--repair"]) == 0
    assert f"are missing; {ROW} is quarantined\n" in said(capsys)


def test_finished_runs_without_a_picture_are_a_note(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / f"predictions/{RUN}.png").unlink()
    assert main([str(out)]) == 0
    told = said(capsys)
    assert "note: rows without a picture: 1 (" in told
    assert told.endswith("nothing is damaged\n")


def test_a_ledger_that_is_written_to_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_valid_run(Ledger(str(tmp_path)), 0)
    writer = start(write, tmp_path, 25)
    while writer.is_alive():
        assert main([str(tmp_path)]) == 0, capsys.readouterr().out
        compact(str(tmp_path))
    finish(writer)
    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize("out", ["", "nowhere", "nope://bucket"])
def test_a_location_without_a_ledger_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([out, "--repair"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
