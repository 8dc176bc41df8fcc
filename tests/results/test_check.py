"""What is damaged is found; --repair sets it aside, deletes nothing, and leaves nothing to find."""

import json
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from results.check import main
from results.compact import compact
from results.inspection import Inspection
from results.ledger import (
    ATTEMPTS_FOLDER,
    CURVES_FOLDER,
    JOINED,
    RUNS_FOLDER,
    STUDIES_FOLDER,
    Ledger,
    LedgerWarning,
)
from results.repair import Aside
from results.schema import CURVES, RUNS, SCHEMA_VERSION, VERSION_KEY
from results.shards import to_bytes
from results.soundness import sha256_of
from tests.results.examples import (
    CURVE,
    ask_record,
    put_sound_run,
    run_row,
    sound_run,
    weights_of,
)
from tests.results.programs import KILLED, WRITER, finish, start

GOLDEN = Path(__file__).parent / "golden"
META = np.frombuffer(b'{"iteration": 3}', dtype=np.uint8).copy()
SEEDS = range(3)
RUN, OTHER, _ = (sound_run(seed)["run_id"] for seed in SEEDS)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A sound ledger of three runs with all that can be there."""
    ledger = Ledger(str(tmp_path))
    for seed in SEEDS:
        put_sound_run(ledger, seed)
    ledger.put_attempt(RUN, "killed", "logs/x.log", "machine")
    ledger.put_study(ask_record([({"width": 2}, 1, RUN)]))
    ledger.storage.put("checkpoints/t/x.safetensors", safetensors.numpy.save({"meta": META}))
    return tmp_path


def contents(out: Path) -> set[str]:
    return {sha256_of(path.read_bytes()) for path in out.rglob("*") if path.is_file()}


def files_aside(out: Path) -> list[str]:
    """Relative paths of what was set aside, the time left out."""
    found = [path.relative_to(out / "aside").parts[1:] for path in (out / "aside").rglob("*.*")]
    return sorted("/".join(parts) for parts in found if len(parts) > 1)


def edit(shard: Path, rows: Callable[[list[dict[str, Any]]], Any], schema: pa.Schema) -> None:
    """Change a shard's rows as another program would, without new digests."""
    held = pq.read_table(shard).to_pylist()
    rows(held)
    pq.write_table(pa.Table.from_pylist(held, schema=schema), shard)


def shard_of(out: Path, folder: str, run_id: str = RUN) -> Path:
    """The file that holds the run, its own or a joined one."""
    own = out / folder / f"{run_id}.parquet"
    return own if own.exists() else next((out / folder).glob(f"{JOINED}*"))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def assert_repaired(
    out: Path, capsys: pytest.CaptureFixture[str], problem: str, aside: list[str]
) -> None:
    """The problem is one finding; a repair sets these files aside, keeps all, and mends it."""
    before = contents(out)
    capsys.readouterr()
    assert main([str(out)]) == 1
    found = said(capsys)
    assert problem in found
    assert "\n1 finding\n" in found
    assert contents(out) == before
    assert main([str(out), "--repair"]) == 1
    assert problem in said(capsys)
    assert files_aside(out) == sorted(aside)
    assert before <= contents(out)
    assert main([str(out)]) == 0
    assert "nothing is damaged" in said(capsys)


def test_a_sound_ledger_is_fine(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main([str(out), "--repair"]) == 0
        assert said(capsys) == (
            "checked: 3 rows, 3 curves, 3 weights, 3 pictures, 1 checkpoints, 1 attempts, "
            "1 studies\nnothing is damaged\n"
        )
        assert not (out / "aside").exists()
        compact(str(out))
        capsys.readouterr()


ROW, CURVE_FILE = f"{RUNS_FOLDER}/{RUN}.parquet", f"{CURVES_FOLDER}/{RUN}.parquet"
WEIGHTS = f"weights/{RUN}.safetensors"


def cut(name: str) -> Callable[[Path], Any]:
    return lambda out: (out / name).write_bytes((out / name).read_bytes()[:-5])


def edited(folder: str, schema: pa.Schema, change: Callable[[Any], Any]) -> Callable[[Path], Any]:
    return lambda out: edit(shard_of(out, folder), change, schema)


def of_run(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["run_id"] == RUN]


@pytest.mark.parametrize(
    ("damage", "problem", "aside"),
    [
        (cut(ROW), f"{ROW}: not a readable shard", [ROW]),
        (
            edited(RUNS_FOLDER, RUNS, lambda rows: rows[0].update(outcome="flat")),
            f"{ROW}: the row of {RUN} is not as it was written; --repair sets aside {ROW}\n",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([run_row(RUN, identity="{}")], RUNS)),
            f"the row of {RUN} has an identity of another id",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([sound_run(7)], RUNS)),
            "it holds the run",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(to_bytes([sound_run(0), {"width": 2}], RUNS)),
            "it holds a row without a run",
            [ROW],
        ),
        (
            lambda out: (out / ROW).write_bytes(
                to_bytes([sound_run(0), sound_run(0, iou=1)], RUNS)
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
            f"{STUDIES_FOLDER}/widths/x.json: not a JSON object",
            [f"{STUDIES_FOLDER}/widths/x.json"],
        ),
        (
            lambda out: (out / f"{ATTEMPTS_FOLDER}/x.json").write_text("[" * 100_000),
            f"{ATTEMPTS_FOLDER}/x.json: not JSON",
            [f"{ATTEMPTS_FOLDER}/x.json"],
        ),
    ],
)
def test_damage_to_single_files(
    out: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    problem: str,
    aside: list[str],
) -> None:
    damage(out)
    assert_repaired(out, capsys, problem, aside)
    assert OTHER in Ledger(str(out)).finished([OTHER])


@pytest.mark.parametrize(
    ("damage", "problem", "aside"),
    [
        (
            edited(RUNS_FOLDER, RUNS, lambda rows: of_run(rows)[0].update(outcome="flat")),
            f"the row of {RUN} is not as it was written; --repair sets aside rows of",
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
def test_damage_to_one_run_of_a_joined_shard(
    out: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    problem: str,
    aside: list[str],
) -> None:
    compact(str(out))
    damage(out)
    joined = [f"{folder}/{shard_of(out, folder).name}" for folder in (RUNS_FOLDER, CURVES_FOLDER)]
    names = [next((j for j in joined if j.startswith(name)), name) for name in aside]
    assert_repaired(out, capsys, problem, names)
    ledger = Ledger(str(out))
    others = {sound_run(seed)["run_id"] for seed in SEEDS} - {RUN}
    assert set(ledger.runs().column("run_id").to_pylist()) == others
    assert set(ledger.curves().column("run_id").to_pylist()) == others
    put_sound_run(ledger, 0, test_loss_min=0.125)  # trained again
    assert main([str(out)]) == 0


def test_a_joined_shard_that_cannot_be_read(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compact(str(out))
    shard = shard_of(out, RUNS_FOLDER)
    shard.write_bytes(b"PAR1")
    name = f"{RUNS_FOLDER}/{shard.name}"
    assert_repaired(out, capsys, f"{name}: not a readable shard", [name])


def test_without_its_curves_every_run_is_trained_again(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact(str(out))
    shard_of(out, CURVES_FOLDER).write_bytes(b"PAR1")
    assert main([str(out), "--repair"]) == 1
    assert "4 findings" in said(capsys)
    assert Ledger(str(out)).runs().num_rows == 0
    assert main([str(out)]) == 0


def test_an_edited_row_does_not_take_a_sound_copy_along(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shard_of(out, RUNS_FOLDER).read_bytes()
    compact(str(out))
    (out / ROW).write_bytes(own)
    edit(out / ROW, lambda rows: rows[0].update(width=64), RUNS)
    assert_repaired(out, capsys, "is not as it was written", [ROW])
    assert Ledger(str(out)).finished([RUN]) == {RUN}


def test_equal_copies_are_no_finding(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    singles = {name: (out / name).read_bytes() for name in (ROW, CURVE_FILE)}
    compact(str(out))
    for name, content in singles.items():
        (out / name).write_bytes(content)
    capsys.readouterr()
    assert main([str(out)]) == 0
    found = said(capsys)
    assert "note: 1 rows are in several shards, equally" in found
    assert "note: 1 curves are in several shards, equally" in found


def test_of_two_copies_that_differ_the_one_that_is_read_stays(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact(str(out))
    rows, curves = (shard_of(out, folder) for folder in (RUNS_FOLDER, CURVES_FOLDER))
    ledger = Ledger(str(out))
    row = sound_run(0, test_loss_min=0.125)
    ledger.put_run(row, [{**point, "iou": 0.5} for point in CURVE], weights_of(row))
    before = contents(out)
    assert main([str(out), "--repair"]) == 1
    assert said(capsys).count("with other values") == 2
    assert files_aside(out) == [f"{CURVES_FOLDER}/{curves.name}", f"{RUNS_FOLDER}/{rows.name}"]
    assert before <= contents(out)
    assert main([str(out)]) == 0
    assert ledger.runs([RUN]).column("test_loss_min").to_pylist() == [0.125]
    assert ledger.runs().num_rows == 3


@pytest.mark.parametrize("folder", [RUNS_FOLDER, CURVES_FOLDER])
@pytest.mark.parametrize("joined", [False, True])
def test_a_newer_file_is_a_finding_that_is_left_alone(
    out: Path, capsys: pytest.CaptureFixture[str], folder: str, joined: bool
) -> None:
    if joined:
        compact(str(out))
    shard = shard_of(out, folder)
    table = pq.read_table(shard)
    newer = {VERSION_KEY: str(SCHEMA_VERSION + 1)}
    pq.write_table(table.replace_schema_metadata(newer), shard)
    before = contents(out)
    capsys.readouterr()
    for _ in range(2):
        assert main([str(out), "--repair"]) == 1
        found = said(capsys)
        assert "is newer than this program's" in found
        assert "--repair leaves it alone: update this program" in found
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
        "checked: 4 rows, 5 curves, 4 weights, 3 pictures, 1 checkpoints, 1 attempts, 1 studies",
        "note: 1 rows of schema versions 1 and 2 carry no digest: whether they were edited cannot "
        "be told",
        "note: 1 curves without a row: of runs that are not finished",
        "note: 1 weights without a row: of runs that are not finished",
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
    put_sound_run(Ledger(str(tmp_path)), 0, weights_sha256=None)
    assert main([str(tmp_path)]) == 0


def test_a_link_to_a_file_elsewhere_is_set_aside_and_not_followed(
    out: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "private.png"
    elsewhere.write_bytes(b"private")
    name = "predictions/x.png"
    (out / name).symlink_to(elsewhere)
    assert main([str(out), "--repair"]) == 1
    assert "is a link to a file outside" in said(capsys)
    assert main([str(out)]) == 0
    assert elsewhere.read_bytes() == b"private"


def test_weights_on_another_disk_are_verified_and_stay_there(
    out: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path_factory.mktemp("disk") / "weights"
    (out / "weights").rename(disk)
    (out / "weights").symlink_to(disk)
    assert main([str(out)]) == 0
    (disk / f"{RUN}.safetensors").write_bytes(b"damaged")
    capsys.readouterr()
    assert main([str(out), "--repair"]) == 1
    assert "out of the ledger; mend it by hand" in capsys.readouterr().err
    assert (disk / f"{RUN}.safetensors").read_bytes() == b"damaged"
    assert files_aside(out) == [ROW]
    assert main([str(out)]) == 0


def test_a_folder_where_weights_should_be_is_set_aside(out: Path) -> None:
    (out / WEIGHTS).unlink()
    (out / WEIGHTS / "deeper").mkdir(parents=True)
    assert main([str(out), "--repair"]) == 1
    assert main([str(out)]) == 0


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
    Ledger(str(tmp_path)).storage.put(f"{RUNS_FOLDER}/{JOINED}x.parquet", rows)
    assert main([str(tmp_path), "--repair"]) == 1
    assert said(capsys).count("is no run id") == 2
    assert main([str(tmp_path)]) == 0


def test_json_says_the_same(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / WEIGHTS).unlink()
    assert main([str(out), "--json"]) == 1
    answer = json.loads(said(capsys))
    assert answer["findings"] == [
        {
            "file": WEIGHTS,
            "problem": f"the weights of {RUN} are missing",
            "repair": f"--repair sets aside {ROW}",
        }
    ]
    assert answer["counts"]["rows"] == 3
    assert answer["aside"] is None
    assert main([str(out), "--json", "--repair"]) == 1
    aside = Path(json.loads(said(capsys))["aside"])
    assert (aside / ROW).is_file()


def test_what_was_written_anew_meanwhile_is_left(out: Path) -> None:
    ledger = Ledger(str(out))
    edit(out / ROW, lambda rows: rows[0].update(width=64), RUNS)
    inspection = Inspection(ledger, lambda: None)
    inspection.run()
    put_sound_run(ledger, 0)
    with pytest.warns(LedgerWarning, match=f"{RUN}.parquet is left where it is: it was changed"):
        Aside(ledger.storage).take([p for finding in inspection.findings for p in finding.parts])
    assert ledger.finished([RUN]) == {RUN}


def test_a_ledger_that_is_written_to_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_sound_run(Ledger(str(tmp_path)), 0)
    writer = start(WRITER, tmp_path, 25)
    while writer.poll() is None:
        assert main([str(tmp_path)]) == 0, capsys.readouterr().out
        compact(str(tmp_path))
    finish(writer)
    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_killed_repair_deletes_nothing_and_is_finished_by_the_next(out: Path, step: int) -> None:
    compact(str(out))
    cut(WEIGHTS)(out)
    before = contents(out)
    killed = start(KILLED, step, out, "results.check", out, "--repair")
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    assert before <= contents(out)
    main([str(out), "--repair"])
    assert before <= contents(out)
    assert main([str(out)]) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", [ROW, CURVE_FILE, WEIGHTS, f"predictions/{RUN}.png"])
def test_what_may_not_be_read_is_a_finding_that_is_left_alone(
    out: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (out / name).chmod(0)
    assert main([str(out), "--repair"]) == 1
    found = said(capsys)
    assert f"{name}: cannot be read" in found
    assert "--repair leaves it alone: mend that" in found
    assert "1 finding" in found
    assert not (out / "aside").exists()


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


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound ledger as single files and the same joined, not to be written to."""
    both = tmp_path_factory.mktemp("sound")
    for layout in ("single", "joined"):
        for seed in SEEDS:
            put_sound_run(Ledger(str(both / layout)), seed)
        Ledger(str(both / layout)).put_study(ask_record([({"width": 2}, 1, RUN)]))
    compact(str(both / "joined"))
    return both


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layout=st.sampled_from(["single", "joined"]), data=st.data())
def test_after_a_repair_there_is_nothing_to_find_and_nothing_is_gone(
    sound: Path, capsys: pytest.CaptureFixture[str], layout: str, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        shutil.copytree(sound / layout, out)
        files = sorted(path for path in out.rglob("*") if path.is_file())
        originals = [path.read_bytes() for path in files]
        for path in data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=4)):
            content = path.read_bytes() if path.exists() else b""
            match data.draw(st.sampled_from(["gone", "cut", "flipped", "another's", "anything"])):
                case "gone":
                    path.unlink(missing_ok=True)
                case "cut":
                    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
                case "flipped" if content:
                    place = data.draw(st.integers(0, len(content) - 1))
                    flipped = bytes([content[place] ^ 1 << data.draw(st.integers(0, 7))])
                    path.write_bytes(content[:place] + flipped + content[place + 1 :])
                case "another's":
                    path.write_bytes(data.draw(st.sampled_from(originals)))
                case _:
                    path.write_bytes(data.draw(st.binary(max_size=50)))
        before = contents(out)
        capsys.readouterr()
        first = main([str(out), "--repair"])
        assert (first == 0) == ("nothing is damaged" in capsys.readouterr().out)
        assert before <= contents(out)
        assert main([str(out)]) == 0
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Ledger(str(out)).runs()
            Ledger(str(out)).curves()
