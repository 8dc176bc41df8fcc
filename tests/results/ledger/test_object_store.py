"""The same upkeep where there are no directories, links or renames: pyarrow's store in memory."""

import pytest

from results.ledger.layout import COMPACTED, CURVES_FOLDER, FOLDERS, RUNS_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import to_bytes
from results.upkeep.compaction import Compaction
from results.upkeep.findings import Inspection
from results.upkeep.inspection import inspect_ledger
from results.upkeep.merging import Merging
from results.upkeep.quarantine import Quarantine
from tests.results.examples import put_valid_run, study_record, valid_run

RUN = valid_run(0)["run_id"]


def store(*more: str) -> Ledger:
    """An empty ledger in memory; unlike an object store this one wants its folders made."""
    ledger = Ledger("mock:///bucket/out")
    for folder in (*FOLDERS, "ledger/studies/widths", *more):
        ledger.storage._fs.create_dir(ledger.storage.path(folder))
    return ledger


@pytest.fixture
def ledger() -> Ledger:
    ledger = store()
    for seed in range(3):
        put_valid_run(ledger, seed)
    ledger.put_study(study_record([({"width": 2}, 1, RUN)]))
    return ledger


def inspected(ledger: Ledger) -> Inspection:
    return inspect_ledger(ledger, lambda: None)


def compact(ledger: Ledger) -> None:
    for folder, schema in ((CURVES_FOLDER, CURVES), (RUNS_FOLDER, RUNS)):
        Compaction(ledger.storage, folder, schema).run(lambda: None)


def test_files_are_listed_read_moved_and_removed(ledger: Ledger) -> None:
    storage = ledger.storage
    assert [file.name for file in storage.files("weights")] == sorted(
        f"weights/{valid_run(seed)['run_id']}.safetensors" for seed in range(3)
    )
    assert storage.files("no/such") == []
    assert storage.folders("ledger/studies") == ["widths"]
    assert storage.has_folder("ledger")
    assert not storage.has_folder("no/such")
    storage.move(f"weights/{RUN}.safetensors", "weights/moved")
    assert storage.get(f"weights/{RUN}.safetensors") is None
    assert storage.get("weights/moved") is not None
    assert storage.lies_inside("weights/moved")


def test_shards_are_compacted(ledger: Ledger) -> None:
    before = ledger.runs().to_pylist()
    compact(ledger)
    (name,) = ledger.storage.names(RUNS_FOLDER, "")
    assert name.startswith(COMPACTED)
    assert ledger.runs().sort_by("init_seed").to_pylist() == sorted(
        before, key=lambda row: row["init_seed"]
    )


def test_damage_is_quarantined(ledger: Ledger) -> None:
    compact(ledger)
    assert inspected(ledger).findings == []
    ledger.storage.put(f"weights/{RUN}.safetensors", b"damaged")
    found = inspected(ledger).findings
    assert [finding.file for finding in found] == [f"weights/{RUN}.safetensors"]
    quarantine = Quarantine(ledger.storage)
    for folder in (RUNS_FOLDER, CURVES_FOLDER, "weights"):
        ledger.storage._fs.create_dir(ledger.storage.path(f"{quarantine.folder}/{folder}"))
    quarantine.add(found[0].parts)
    assert inspected(ledger).findings == []
    assert len(ledger.storage.files(quarantine.folder)) == 3
    assert ledger.finished([RUN]) == set()
    assert ledger.runs().num_rows == 2


def test_runs_are_copied(ledger: Ledger) -> None:
    ledger.storage.put(f"{RUNS_FOLDER}/x.parquet", to_bytes([valid_run(7)], RUNS))
    target = store()
    with pytest.warns(UserWarning, match="it holds the run"):
        copied = Merging(target).copy_from(ledger, lambda total: None, lambda: None)
    assert (copied.runs, copied.studies) == (3, 1)
    assert inspected(target).findings == []
