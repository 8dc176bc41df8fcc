"""What is remembered of every run. The row is the commit: done means that the row is there."""

import contextlib
import json
import shlex
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from results.errors import LedgerError, StorageError
from results.errors import LedgerWarning as LedgerWarning
from results.ledger.digest import sha256_of
from results.ledger.records import json_object
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import is_one_of, read_shard, to_bytes
from results.ledger.storage import Storage
from results.ledger.study_record import StudyRecord, read_study_record

RUNS_FOLDER = "ledger/runs"
CURVES_FOLDER = "ledger/curves"
ATTEMPTS_FOLDER = "ledger/attempts"
STUDIES_FOLDER = "ledger/studies"
WEIGHTS_FOLDER = "weights"
PICTURES_FOLDER = "predictions"
LOGS_FOLDER = "logs"
CHECKPOINTS_FOLDER = "checkpoints"
FOLDERS = (
    RUNS_FOLDER,
    CURVES_FOLDER,
    ATTEMPTS_FOLDER,
    STUDIES_FOLDER,
    WEIGHTS_FOLDER,
    PICTURES_FOLDER,
    LOGS_FOLDER,
    CHECKPOINTS_FOLDER,
)
SUFFIX = ".parquet"
AT_ONCE = 500
"""Shards whose rows are put together at once: thousands of single ones take memory for each."""
COMPACTED = "joined-"
"""The names of shards that `results.compact` made of several begin so."""


class Ledger:
    """Runs, curves, attempts and studies below one output location, shared by all studies."""

    def __init__(self, out: str) -> None:
        self.storage = Storage(out)
        self.skipped = 0
        """How many files or rows were skipped with a warning so far."""

    def put_run(
        self,
        row: Mapping[str, Any],
        curve: Sequence[Mapping[str, Any]],
        weights: bytes,
        picture: bytes | None = None,
    ) -> None:
        """Commit a run: weights, picture (PNG) and curve first, the row last."""
        run_id = row["run_id"]
        self.storage.put(weights_name(run_id), weights)
        if picture is not None:
            self.storage.put(picture_name(run_id), picture)
        curve = [{**point, "run_id": run_id} for point in curve]
        self.storage.put(f"{CURVES_FOLDER}/{run_id}.parquet", to_bytes(curve, CURVES))
        self.storage.put(f"{RUNS_FOLDER}/{run_id}.parquet", to_bytes([row], RUNS))

    def runs(self, run_ids: Iterable[str] | None = None) -> pa.Table:
        """One row a run, all or the given ones; a run without a readable row is left out."""
        return self._read(RUNS_FOLDER, RUNS, run_ids)

    def curves(
        self, run_ids: Iterable[str] | None = None, *, without: Collection[str] = ()
    ) -> pa.Table:
        """One row an evaluation, of all runs or the given ones, less the columns `without`."""
        return self._read(CURVES_FOLDER, CURVES, run_ids, without)

    def finished(self, run_ids: Iterable[str]) -> set[str]:
        """Those of the runs whose row is there."""
        return set(self.runs(run_ids).column("run_id").to_pylist())

    def outcome(self, run_id: str) -> str | None:
        """How a run ended, or None as long as it has no row."""
        found = self.runs([run_id]).column("outcome").to_pylist()
        return found[0] if found else None

    def weights(self, run_id: str) -> bytes:
        """The final weights of a run, safetensors.

        Raises:
            LedgerError: they are not there.
        """
        content = self.storage.get(weights_name(run_id))
        if content is None:
            path = self.storage.path(weights_name(run_id))
            raise LedgerError(
                f"{path}: no such weights; to have that run trained again, quarantine its row with "
                f"python -m results.check {shlex.quote(self.storage.location)} --repair"
            )
        return content

    def put_attempt(self, run_id: str, reason: str, log: str, fault: str) -> None:
        """Remember that a run ended without an outcome: why, where its log is, and whether it was
        a fault of the machine or of the run. Its file sorts behind those of earlier attempts, even
        if the clock was set back since."""
        at = datetime.now(UTC)
        attempt = {
            "run_id": run_id,
            "reason": reason,
            "fault": fault,
            "log": log,
            "at": at.isoformat(),
        }
        files = self.storage.names(ATTEMPTS_FOLDER, ".json")
        earlier = [f.removesuffix(".json") for f in files if f.rpartition("-")[0] == run_id]
        behind = [f"{name}0" for name in earlier[-1:]]
        name = max([f"{run_id}-{at:%Y%m%dT%H%M%S%f}", *behind])
        self.storage.put(f"{ATTEMPTS_FOLDER}/{name}.json", json.dumps(attempt, indent=1).encode())

    def attempts(self, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The newest attempt at each of these runs that has any, finished since or not."""
        wanted = set(run_ids)
        newest: dict[str, dict[str, Any]] = {}
        for file in self.storage.names(ATTEMPTS_FOLDER, ".json"):  # sorted by run and order
            run_id = file.rpartition("-")[0]
            if run_id in wanted:
                with self.skipping(f"{ATTEMPTS_FOLDER}/{file}") as name:
                    newest[run_id] = json_object(self.storage.get(name) or b"")
        return newest

    def put_study(self, record: StudyRecord) -> str:
        """Remember a study as it was requested; its request id. The same request twice is one file,
        which is written again because its time says which request is the newest."""
        request_id = record.request_id
        name = f"{STUDIES_FOLDER}/{record.study}/{request_id}.json"
        content = json.dumps(record.to_json(), indent=1).encode()
        known = self.storage.get(name) == content
        try:
            self.storage.put(name, content)
        except StorageError:
            if not known:  # what is there can be read from a place that cannot be written
                raise
        return request_id

    def forget_study(self, name: str, request_id: str) -> None:
        """Forget one request for a study; its runs stay."""
        self.storage.remove(f"{STUDIES_FOLDER}/{name}/{request_id}.json")

    def studies(self, name: str) -> dict[str, StudyRecord]:
        """Every request for a study by its id; a file that holds none is skipped with a warning."""
        folder = f"{STUDIES_FOLDER}/{name}"
        records = {}
        for file in self.storage.names(folder, ".json"):
            with self.skipping(f"{folder}/{file}") as path:
                content = self.storage.get(path) or b""
                records[file.removesuffix(".json")] = read_study_record(content)
        return records

    def study_names(self) -> list[str]:
        """The names of all studies that were requested."""
        return self.storage.folders(STUDIES_FOLDER)

    def shards(self, folder: str, run_ids: Collection[str] | None = None) -> Iterator[str]:
        """Shards that may hold these runs (all if None), each run's own before compacted ones.

        While they are read, or even while they are listed, some may vanish by being compacted. So
        the folder is listed until no compacted shard is new.
        """
        fresh = shards_for(self.storage.names(folder, SUFFIX), run_ids)
        known: set[str] = set()
        while True:
            yield from (f"{folder}/{file}" for file in fresh)
            known.update(fresh)
            listed = shards_for(self.storage.names(folder, SUFFIX), run_ids)
            fresh = [file for file in listed if file not in known]
            if all(single_run(file) is not None for file in fresh):
                return

    def _read(
        self,
        folder: str,
        schema: pa.Schema,
        run_ids: Iterable[str] | None = None,
        without: Collection[str] = (),
    ) -> pa.Table:
        """The rows of a folder's shards, each run's from the first shard that has it."""
        wanted = None if run_ids is None else set(run_ids)
        seen: set[str] = set()
        found = self.tables(folder, schema, wanted, without)
        whole, parts = [schema_without(schema, without)], []
        for _, table in found:
            parts.append(first_seen(table, seen))
            if len(parts) == AT_ONCE:
                whole.append(pa.concat_tables(parts).combine_chunks())
                parts.clear()
        return pa.concat_tables([*whole, *parts])

    def tables(
        self,
        folder: str,
        schema: pa.Schema,
        run_ids: Collection[str] | None = None,
        without: Collection[str] = (),
    ) -> Iterator[tuple[str, pa.Table]]:
        """The name and the valid rows of every shard in the order of `shards`; what is damaged is
        skipped with a warning."""
        for name in self.shards(folder, run_ids):
            table = schema_without(schema, without)
            with self.skipping(name):
                table = self._rows_of(name, schema, run_ids, without)
            yield name, table

    def _rows_of(
        self, name: str, schema: pa.Schema, wanted: Collection[str] | None, without: Collection[str]
    ) -> pa.Table:
        """The valid rows of a shard, none if it has vanished; warns of the others."""
        source = self.storage.open(name)
        if source is None:
            return schema_without(schema, without)
        with source:
            shard = read_shard(source, schema, without=without, run_ids=wanted)
        faults = shard.faults(single_run(name))
        for reason in dict.fromkeys(faults.values()):
            self.skip(name, reason)
        return shard.without(faults)

    @contextlib.contextmanager
    def skipping(self, name: str) -> Iterator[str]:
        """Skip a file that turns out to be damaged, with a warning. A storage that fails is an
        error instead: what it holds must not seem to be missing."""
        try:
            yield name
        except StorageError:
            raise
        except LedgerError as error:
            self.skip(name, str(error))

    def skip(self, name: str, reason: str) -> None:
        """Warn that a file, or something in it, is not used, and why."""
        self.skipped += 1
        warnings.warn(
            f"{self.storage.path(name)} was skipped: {reason}", LedgerWarning, stacklevel=4
        )


def single_run(name: str) -> str | None:
    """The run whose own shard this is; None for a compacted shard."""
    stem = PurePosixPath(name).stem
    return None if stem.startswith(COMPACTED) else stem


def compacted_name(folder: str, content: bytes) -> str:
    """The name of a compacted shard with that content: the same content is one file."""
    return f"{folder}/{COMPACTED}{sha256_of(content)[:32]}{SUFFIX}"


def shards_for(files: Iterable[str], wanted: Collection[str] | None) -> list[str]:
    """The shards that may hold these runs (all if None), a run's own before compacted ones."""
    chosen = [
        file
        for file in files
        if wanted is None or single_run(file) is None or single_run(file) in wanted
    ]
    return sorted(chosen, key=lambda file: (single_run(file) is None, file))


def first_seen(table: pa.Table, seen: set[str]) -> pa.Table:
    """The rows of runs that are not in `seen` yet, which are added to it."""
    found = set(table.column("run_id").unique().to_pylist())
    if found & seen:
        table = table.filter(is_one_of(table.column("run_id"), found - seen))
    seen |= found
    return table


def schema_without(schema: pa.Schema, without: Collection[str]) -> pa.Table:
    """No rows, of these columns."""
    return schema.empty_table().drop_columns([n for n in schema.names if n in without])


def weights_name(run_id: str) -> str:
    return f"{WEIGHTS_FOLDER}/{run_id}.safetensors"


def picture_name(run_id: str) -> str:
    return f"{PICTURES_FOLDER}/{run_id}.png"


def log_name(run_id: str) -> str:
    return f"{LOGS_FOLDER}/{run_id}.log"
