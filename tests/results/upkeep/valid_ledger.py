"""A small valid ledger, ways to damage it, and ways to look at what became of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.numpy

from results.check import main
from results.ledger.digest import sha256_of
from results.ledger.layout import COMPACTED, CURVES_FOLDER, RUNS_FOLDER
from results.ledger.ledger import Ledger
from tests.results.examples import (
    put_valid_run,
    study_record,
    valid_run,
)

META = np.frombuffer(b'{"iteration": 3}', dtype=np.uint8).copy()
SEEDS = range(3)
RUN, OTHER, _ = (valid_run(seed)["run_id"] for seed in SEEDS)
ROW, CURVE_FILE = f"{RUNS_FOLDER}/{RUN}.parquet", f"{CURVES_FOLDER}/{RUN}.parquet"
WEIGHTS = f"weights/{RUN}.safetensors"


def put_valid_ledger(out: Path) -> None:
    """Three runs with all that can belong to a ledger."""
    ledger = Ledger(str(out))
    for seed in SEEDS:
        put_valid_run(ledger, seed)
    ledger.put_attempt(RUN, "killed", "logs/x.log", "machine")
    ledger.put_study(study_record([({"width": 2}, 1, RUN)]))
    ledger.storage.put("checkpoints/t/x.safetensors", safetensors.numpy.save({"meta": META}))


def contents(out: Path) -> set[str]:
    return {sha256_of(path.read_bytes()) for path in out.rglob("*") if path.is_file()}


def quarantined_files(out: Path) -> list[str]:
    """Relative paths of what was quarantined, the time left out."""
    found = [path.relative_to(out / "aside").parts[1:] for path in (out / "aside").rglob("*.*")]
    return sorted("/".join(parts) for parts in found if len(parts) > 1)


def edit(shard: Path, rows: Callable[[list[dict[str, Any]]], Any], schema: pa.Schema) -> None:
    """Change a shard's rows as another program would, without new digests."""
    held = pq.read_table(shard).to_pylist()
    rows(held)
    pq.write_table(pa.Table.from_pylist(held, schema=schema), shard)


def shard_of(out: Path, folder: str, run_id: str = RUN) -> Path:
    """The file that holds the run, its own or a compacted one."""
    own = out / folder / f"{run_id}.parquet"
    return own if own.exists() else next((out / folder).glob(f"{COMPACTED}*"))


def cut(name: str) -> Callable[[Path], Any]:
    return lambda out: (out / name).write_bytes((out / name).read_bytes()[:-5])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def assert_repaired(
    out: Path, capsys: pytest.CaptureFixture[str], problem: str, quarantined: list[str]
) -> None:
    """The problem is one finding; a repair quarantines these files, keeps all, and mends it."""
    before = contents(out)
    capsys.readouterr()
    assert main([str(out)]) == 1
    found = said(capsys)
    assert problem in found
    assert "\n1 finding\n" in found
    assert contents(out) == before
    assert main([str(out), "--repair"]) == 0
    repaired = said(capsys)
    assert problem.partition("; --repair")[0] in repaired
    assert " quarantined\n" in repaired
    assert quarantined_files(out) == sorted(quarantined)
    assert before <= contents(out)
    assert main([str(out)]) == 0
    assert "nothing is damaged" in said(capsys)
