"""Ledgers of several machines become one: whole runs only, inputs untouched, nothing outside."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import load_curves, load_runs, load_study
from results.check import main as check
from results.compact import compact
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
from results.merge import main
from tests.results.examples import (
    CURVE,
    put_valid_run,
    run_row,
    study_json,
    study_record,
    valid_run,
)
from tests.results.processes import assert_killed

GOLDEN = Path(__file__).parents[1] / "ledger" / "golden"
RUN, OTHER = (valid_run(seed)["run_id"] for seed in (0, 1))
HOSTILE = [
    "../x",
    "../../x",
    "/abs",
    "a/b",
    ".hidden",
    "..",
    "",
    "a\0b",
    "x" * 5000,
    f"{COMPACTED}x",
]


@pytest.fixture
def a(tmp_path: Path) -> Path:
    """A ledger of two runs."""
    for seed in range(2):
        put_valid_run(Ledger(str(tmp_path / "a")), seed)
    return tmp_path / "a"


def tree(folder: Path) -> dict[str, Any]:
    """All that lies there: contents, times, and where links lead."""
    return {
        str(path): path.readlink()
        if path.is_symlink()
        else (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


def merged(*folders: Path) -> int:
    """Merge all but the last into the last, `folders` being next to one another, and look that
    nothing else was written to."""
    *sources, out = folders
    before = {path: entry for path, entry in tree(out.parent).items() if not inside(path, out)}
    status = main([*map(str, sources), "--out", str(out)])
    after = {path: entry for path, entry in tree(out.parent).items() if not inside(path, out)}
    assert after == before
    return status


def inside(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(folder)


def run_ids(out: Path) -> set[str]:
    return set(Ledger(str(out)).runs().column("run_id").to_pylist())


def is_valid(out: Path) -> bool:
    return check([str(out)]) == 0


@settings(max_examples=8)
@given(
    st.lists(st.tuples(st.sets(st.integers(0, 2)), st.booleans()), min_size=1, max_size=3),
)
def test_a_merge_holds_what_one_ledger_would(ledgers: list[tuple[set[int], bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for number, (seeds, compacted) in enumerate(ledgers):
            sources.append(Path(folder, str(number)))
            Ledger(str(sources[-1])).put_attempt("x", "", "", "run")
            for seed in seeds:
                put_valid_run(Ledger(str(sources[-1])), seed)
            if compacted:
                compact(str(sources[-1]))
        Path(folder, "one", "ledger").mkdir(parents=True)
        for seed in set().union(*(seeds for seeds, _ in ledgers)):
            put_valid_run(Ledger(f"{folder}/one"), seed)
        for _ in range(2):
            assert merged(*sources, Path(folder, "out")) == 0
            for load in (load_runs, load_curves):
                pd.testing.assert_frame_equal(load(f"{folder}/out"), load(f"{folder}/one"))
        assert is_valid(Path(folder, "out"))


def test_everything_that_belongs_to_a_run_is_copied(a: Path, tmp_path: Path) -> None:
    ledger = Ledger(str(a))
    ledger.storage.put(f"logs/{RUN}.log", b"iteration 1\n")
    ledger.put_attempt(RUN, "killed", f"/home/other/outputs/logs/{RUN}.log", "machine")
    ledger.put_study(study_record([({"width": 2}, 1, RUN)]))
    out = tmp_path / "out"
    assert merged(a, out) == 0
    for name in (f"weights/{RUN}.safetensors", f"predictions/{RUN}.png", f"logs/{RUN}.log"):
        assert (out / name).read_bytes() == (a / name).read_bytes()
    assert load_study(str(out), "widths")["outcome"].tolist() == ["learned"]
    (attempt,) = (out / ATTEMPTS_FOLDER).iterdir()
    assert json.loads(attempt.read_bytes())["log"] == str(out / f"logs/{RUN}.log")
    assert json.loads(attempt.read_bytes())["reason"] == "killed"


def test_what_the_target_has_stays(
    a: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    put_valid_run(Ledger(str(out)), 0)
    put_valid_run(Ledger(str(out)), 2)
    before = tree(out)
    assert merged(a, out) == 0
    printed = capsys.readouterr()
    assert "1 run copied, 1 there already; 0 attempts, 0 studies, 0 logs" in printed.out
    assert "different results" not in printed.out
    assert printed.err == ""
    files = {path: entry[1] for path, entry in tree(out).items()}
    assert all(files[path] == entry[1] for path, entry in before.items() if entry[1])
    assert len(run_ids(out)) == 3


def test_of_different_numbers_the_first_stay_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = ({}, {"test_loss_final": None}, {"test_loss_final": 0.5}, {"outcome": "flat"})
    for seed, other in enumerate(others):
        put_valid_run(Ledger(str(tmp_path / "a")), seed, test_loss_final=0.25)
        put_valid_run(Ledger(str(tmp_path / "b")), seed, **{"test_loss_final": 0.25} | other)
    out = tmp_path / "out"
    assert merged(tmp_path / "a", tmp_path / "b", out) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "different results" in x]
    assert line.startswith("2 runs with different results in several ledgers, the first stays: ")
    assert line.endswith("; different outcomes: 1")
    assert set(load_runs(str(out))["outcome"]) == {"learned"}


def test_at_most_five_different_runs_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(7):
        put_valid_run(Ledger(str(tmp_path / "a")), seed)
        put_valid_run(Ledger(str(tmp_path / "b")), seed, outcome="flat")
    assert merged(tmp_path / "a", tmp_path / "b", tmp_path / "out") == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "different results" in x]
    assert line.count(", ") == 1 + 4
    assert "and 2 more; different outcomes: 7" in line


def edit_row(out: Path) -> None:
    shard = out / f"{RUNS_FOLDER}/{RUN}.parquet"
    rows = pq.read_table(shard).to_pylist()
    rows[0]["outcome"] = "flat"
    pq.write_table(pa.Table.from_pylist(rows, schema=RUNS), shard)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda a: (a / f"weights/{RUN}.safetensors").unlink(), "are missing"),
        (lambda a: (a / f"weights/{RUN}.safetensors").write_bytes(b""), "not the weights that"),
        (lambda a: (a / f"{CURVES_FOLDER}/{RUN}.parquet").unlink(), "has no valid curve"),
        (lambda a: (a / f"{CURVES_FOLDER}/{RUN}.parquet").write_bytes(b""), "not a readable shard"),
        (
            lambda a: Ledger(str(a)).put_run(valid_run(0), CURVE[:-1], b""),
            "it ends at iteration 200",
        ),
        (lambda a: (a / f"{RUNS_FOLDER}/{RUN}.parquet").write_bytes(b"PAR1"), "not a readable"),
        (edit_row, "is not as it was written"),
        (
            lambda a: Ledger(str(a)).put_run(valid_run(0, identity="[]"), CURVE, b""),
            "has an identity of another id",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::results.errors.LedgerWarning")
def test_what_is_damaged_is_skipped_with_a_warning(
    a: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], Any],
    said: str,
) -> None:
    damage(a)
    out = tmp_path / "out"
    assert merged(a, out) == 1
    error = capsys.readouterr().err
    assert said in error
    assert f"warning: {a}/ledger" in error
    assert run_ids(out) == {OTHER}
    assert is_valid(out)


def test_a_run_is_copied_without_a_picture_that_is_none(
    a: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (a / f"predictions/{RUN}.png").write_bytes(b"GIF89a")
    assert merged(a, tmp_path / "out") == 1
    assert f"{RUN}.png was skipped: not a PNG picture" in capsys.readouterr().err
    assert run_ids(tmp_path / "out") == {RUN, OTHER}
    assert not (tmp_path / f"out/predictions/{RUN}.png").exists()


def test_runs_of_older_versions_are_copied(tmp_path: Path) -> None:
    run = "1fa25eb37c9a5a69"
    ledger = Ledger(str(tmp_path / "a"))
    for kind, folder in (("run", RUNS_FOLDER), ("curve", CURVES_FOLDER)):
        content = (GOLDEN / f"{kind}-v1.parquet").read_bytes()
        ledger.storage.put(f"{folder}/{run}.parquet", content)
    ledger.storage.put(f"weights/{run}.safetensors", b"others than those of the row")
    assert merged(tmp_path / "a", tmp_path / "out") == 1
    row = to_bytes([ledger.runs().to_pylist()[0] | {"weights_sha256": None}], RUNS)
    ledger.storage.put(f"{RUNS_FOLDER}/{run}.parquet", row)
    assert merged(tmp_path / "a", tmp_path / "out") == 0
    assert run_ids(tmp_path / "out") == {run}
    assert is_valid(tmp_path / "out")


def test_no_run_id_leads_out_of_the_target(
    a: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = Ledger(str(a)).storage
    rows = to_bytes([run_row(run_id) for run_id in HOSTILE], RUNS)
    curves = [{**point, "run_id": run_id} for run_id in HOSTILE for point in CURVE]
    storage.put(f"{RUNS_FOLDER}/{COMPACTED}x.parquet", rows)
    storage.put(f"{CURVES_FOLDER}/{COMPACTED}x.parquet", to_bytes(curves, CURVES))
    for name in ("x", "abs"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"bait")
    out = tmp_path / "deeper" / "out"
    out.parent.mkdir()
    assert merged(a, out) == 1
    assert capsys.readouterr().err.count("is no run id") == len(HOSTILE)
    assert run_ids(out) == {RUN, OTHER}
    assert not Path("/abs.safetensors").exists()
    assert len(list(tmp_path.rglob("*x*.safetensors"))) == 1


@pytest.mark.parametrize("run_id", [*HOSTILE[:-1], 5, None, ["x"]])
def test_no_attempt_leads_out_of_the_target(a: Path, tmp_path: Path, run_id: Any) -> None:
    storage = Ledger(str(a)).storage
    content = json.dumps({"run_id": run_id, "reason": "x", "log": "/etc/passwd"}).encode()
    storage.put(f"{ATTEMPTS_FOLDER}/x-20240101T000000000000.json", content)
    assert merged(a, tmp_path / "out") == 1
    assert not (tmp_path / "out" / ATTEMPTS_FOLDER).exists()


@pytest.mark.parametrize("name", ["a b", "x" * 200, "\x1b[2J", "a\\b", "-\u202e"])
def test_odd_names_are_skipped(
    a: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = json.dumps(study_json([({"width": 2}, 1, RUN)])).encode()
    storage = Ledger(str(a)).storage
    for file in (f"{name}/x", f"widths/{name}"):
        storage.put(f"{STUDIES_FOLDER}/{file}.json", record)
    storage.put(f"logs/{name}.log", b"")
    storage.put(
        f"{ATTEMPTS_FOLDER}/{name}.json", json.dumps({"run_id": RUN, "reason": "x"}).encode()
    )
    assert merged(a, tmp_path / "out") == 1
    printed = capsys.readouterr()
    assert "skipped because of damage: 4" in printed.out
    assert "\x1b" not in printed.err
    assert run_ids(tmp_path / "out") == {RUN, OTHER}
    assert not list((tmp_path / "out").rglob("*.json")) + list((tmp_path / "out").rglob("*.log"))


def test_links_to_files_elsewhere_are_not_followed(a: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_bytes(b"private")
    (a / "logs").mkdir()
    for name in (f"logs/{RUN}.log", f"{STUDIES_FOLDER}/s/x.json", f"{ATTEMPTS_FOLDER}/x.json"):
        (a / name).parent.mkdir(parents=True, exist_ok=True)
        (a / name).symlink_to(tmp_path / "private")
    (a / f"weights/{RUN}.safetensors").unlink()
    (a / f"weights/{RUN}.safetensors").symlink_to(tmp_path / "private")
    assert merged(a, tmp_path / "out") == 1
    assert run_ids(tmp_path / "out") == {OTHER}
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or path.read_bytes() != b"private"


@pytest.mark.parametrize("step", [1, 3, 4, 5, 8])
def test_a_killed_merge_has_whole_runs_only_and_goes_on(a: Path, tmp_path: Path, step: int) -> None:
    out = tmp_path / "out"
    assert_killed(step, out, "results.merge", a, "--out", out)
    assert not (out / "ledger").exists() or is_valid(out)
    assert merged(a, out) == 0
    assert is_valid(out)
    assert run_ids(out) == {RUN, OTHER}


def linked(out: Path, a: Path) -> Path:
    """A target whose weights lie in the input's folder."""
    out.mkdir()
    (out / "weights").symlink_to(a / "weights")
    return out


@pytest.mark.parametrize(
    "target",
    [
        lambda a: a,
        lambda a: a / "deeper",
        lambda a: a / "weights",
        lambda a: a.as_uri(),
        lambda a: f"{a.parent}/x/../a",
        lambda a: linked(a.parent / "out", a),
    ],
)
def test_a_target_in_an_input_is_wrong_usage(
    a: Path, capsys: pytest.CaptureFixture[str], target: Callable[[Path], Any]
) -> None:
    out = target(a)
    before = tree(a)
    assert main([str(a), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert "--out and a source must not overlap; name another --out" in error
    assert error.count("\n") == 1
    assert tree(a) == before


def test_an_input_may_lie_beside_the_ledger_in_the_target(a: Path, tmp_path: Path) -> None:
    before = tree(a)
    assert main([str(a), "--out", str(tmp_path)]) == 0
    assert run_ids(tmp_path) == {RUN, OTHER}
    assert tree(a) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--out", "out"], "OUT nowhere: no such directory; name the"),
        (["", "--out", "out"], "OUT: is empty"),
        (["a", "--out", ""], "--out: is empty"),
        (["a", "nowhere", "--out", "out"], "OUT nowhere: no such directory; name the"),
        (["a", "--out", "nope://x"], "--out nope://x: not a usable location"),
        (["a", "--out", "file/out"], "file is a file, not a directory"),
    ],
)
def test_wrong_usage_is_one_line_and_writes_nothing(
    a: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    (tmp_path / "file").touch()
    before = tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert tree(tmp_path) == before
