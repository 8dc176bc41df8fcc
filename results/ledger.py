"""What is remembered of every run. The row is the commit: done means that the row is there."""

import json
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from results.errors import LedgerError
from results.identity import content_id
from results.schema import CURVES, RUNS
from results.shards import is_one_of, read_shard, to_bytes
from results.storage import Storage

RUNS_FOLDER = "ledger/runs"
CURVES_FOLDER = "ledger/curves"
ATTEMPTS_FOLDER = "ledger/attempts"
STUDIES_FOLDER = "ledger/studies"
SUFFIX = ".parquet"
JOINED = "joined-"
"""How the names of shards begin that `results.compact` made of several."""


class LedgerWarning(UserWarning):
    """A file of the ledger was passed over; the message names it and says why."""


class Ledger:
    """Runs, curves, attempts and studies below one output location, shared by all studies."""

    def __init__(self, out: str) -> None:
        self.storage = Storage(out)

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
            row = self.storage.path(f"{RUNS_FOLDER}/{run_id}.parquet")
            raise LedgerError(f"{path}: no such weights; remove {row} to train that run again")
        return content

    def put_attempt(self, run_id: str, reason: str, log: str, fault: str) -> None:
        """Remember that a run ended without an outcome: why, where its log is, and whether it was
        a fault of the machine or of the run."""
        at = datetime.now(UTC)
        attempt = {
            "run_id": run_id,
            "reason": reason,
            "fault": fault,
            "log": log,
            "at": at.isoformat(),
        }
        name = f"{ATTEMPTS_FOLDER}/{run_id}-{at:%Y%m%dT%H%M%S%f}.json"
        self.storage.put(name, json.dumps(attempt, indent=1).encode())

    def attempts(self, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The newest attempt at each of these runs that has any, finished since or not."""
        wanted = set(run_ids)
        newest: dict[str, dict[str, Any]] = {}
        for file in self.storage.names(ATTEMPTS_FOLDER, ".json"):  # sorted by run and time
            run_id = file.rpartition("-")[0]
            if run_id in wanted:
                content = self.storage.get(f"{ATTEMPTS_FOLDER}/{file}")
                attempt = json_object(content)
                if attempt is None:
                    self._pass_over(f"{ATTEMPTS_FOLDER}/{file}", "not an attempt")
                else:
                    newest[run_id] = attempt
        return newest

    def put_study(self, ask: Mapping[str, Any]) -> str:
        """Remember a study as it was asked; the same question twice is one file. Its id."""
        ask_id = content_id(ask)
        name = f"{STUDIES_FOLDER}/{ask['study']}/{ask_id}.json"
        content = json.dumps(ask, indent=1).encode()
        if self.storage.get(name) != content:
            self.storage.put(name, content)
        return ask_id

    def studies(self, name: str) -> dict[str, dict[str, Any]]:
        """Every way a study was asked, by id."""
        folder = f"{STUDIES_FOLDER}/{name}"
        asked = {}
        for file in self.storage.names(folder, ".json"):
            content = self.storage.get(f"{folder}/{file}")
            try:
                asked[file.removesuffix(".json")] = json.loads(content or b"")
            except ValueError as error:
                self._pass_over(f"{folder}/{file}", f"not JSON ({error})")
        return asked

    def study_names(self) -> list[str]:
        """Every study that was asked for."""
        return self.storage.folders(STUDIES_FOLDER)

    def _read(
        self,
        folder: str,
        schema: pa.Schema,
        run_ids: Iterable[str] | None = None,
        without: Collection[str] = (),
    ) -> pa.Table:
        """The rows of a folder's shards, each run's from the first shard that has it."""
        wanted = None if run_ids is None else set(run_ids)
        tables: list[pa.Table] = []
        read: set[str] = set()
        seen: set[str] = set()
        while True:
            vanished = False
            for file in shards_for(self.storage.names(folder, SUFFIX), wanted):
                if file in read:
                    continue
                read.add(file)
                source = self.storage.open(f"{folder}/{file}")
                if source is None:
                    vanished = True
                    continue
                with source:
                    table = self._rows_of(f"{folder}/{file}", source, schema, wanted, without)
                tables.append(first_seen(table, seen))
            if not vanished:  # by being joined with others while this was reading
                return pa.concat_tables(tables) if tables else schema_without(schema, without)

    def _rows_of(
        self,
        name: str,
        source: pa.NativeFile,
        schema: pa.Schema,
        wanted: set[str] | None,
        without: Collection[str],
    ) -> pa.Table:
        """The sound rows of a shard; what is not is named and passed over."""
        try:
            shard = read_shard(source, schema, without=without, run_ids=wanted)
        except LedgerError as error:
            self._pass_over(name, str(error))
            return schema_without(schema, without)
        table = shard.table
        stem = single_run(name)
        strangers = [r for r in table.column("run_id").unique().to_pylist() if r != stem]
        if stem is not None and strangers:
            self._pass_over(name, f"it holds the run {strangers[0]}")
            return table.slice(0, 0)
        edited = shard.edited()
        if edited:
            for index in edited:
                run_id = table.column("run_id")[index].as_py()
                self._pass_over(name, f"the row of {run_id} is not as it was written")
            sound = sorted(set(range(len(table))) - set(edited))
            table = table.take(pa.array(sound, pa.int64()))
        return table

    def _pass_over(self, name: str, reason: str) -> None:
        warnings.warn(
            f"{self.storage.path(name)} was passed over: {reason}", LedgerWarning, stacklevel=4
        )


def single_run(name: str) -> str | None:
    """The run whose shard this is; None where several were joined."""
    stem = PurePosixPath(name).stem
    return None if stem.startswith(JOINED) else stem


def shards_for(files: Iterable[str], wanted: set[str] | None) -> list[str]:
    """The shards that may hold these runs (all if None), a run's own before joined ones."""
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


def json_object(content: bytes | None) -> dict[str, Any] | None:
    """The JSON object that a file holds, or None if it holds anything else."""
    try:
        values = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def weights_name(run_id: str) -> str:
    return f"weights/{run_id}.safetensors"


def picture_name(run_id: str) -> str:
    return f"predictions/{run_id}.png"


def log_name(run_id: str) -> str:
    return f"logs/{run_id}.log"
