"""What is remembered of every run. The row is the commit: with its row a run is finished."""

import json
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from results.errors import LedgerError, StorageError
from results.ledger.attempt import Attempt, Fault, attempted_run, next_name, read_attempt
from results.ledger.layout import (
    ATTEMPTS_FOLDER,
    CURVES_FOLDER,
    RUNS_FOLDER,
    STUDIES_FOLDER,
    picture_name,
    weights_name,
)
from results.ledger.schema import CURVES, RUNS
from results.ledger.shard_folder import ShardFolder
from results.ledger.shards import to_bytes
from results.ledger.skipping import Skipping
from results.ledger.storage import Storage
from results.ledger.study_record import StudyRecord, read_study_record


class Ledger:
    """Runs, curves, attempts and studies below one output location, shared by all studies.

    Args:
        out: a directory, or the URI of an object store.
    """

    def __init__(self, out: str) -> None:
        self.storage = Storage(out)
        self.skipping = Skipping(self.storage)
        self.run_shards = ShardFolder(self.storage, RUNS_FOLDER, RUNS, self.skipping)
        self.curve_shards = ShardFolder(self.storage, CURVES_FOLDER, CURVES, self.skipping)

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
        """Return one row a run, of all or these; a run without a valid row is left out."""
        return self.run_shards.read(run_ids)

    def curves(
        self, run_ids: Iterable[str] | None = None, *, without: Collection[str] = ()
    ) -> pa.Table:
        """Return one row an evaluation, of all runs or these, less the columns `without`."""
        return self.curve_shards.read(run_ids, without)

    def finished(self, run_ids: Iterable[str]) -> set[str]:
        """Return those of the runs that have a valid row.

        A row counts only if its digest fits, and the digest is of all columns, so all are read. Ids
        alone would be cheaper, but a row that was edited or has rotted would count as finished: its
        run would never be trained again, while every reader skips the row. So what is saved is the
        rest: shards behind the one where the last run was found are not opened, and of a compacted
        shard that holds none of the runs only the ids are read.
        """
        return set(self.runs(run_ids).column("run_id").to_pylist())

    def outcome(self, run_id: str) -> str | None:
        """Return how a run ended, or None as long as it has no valid row; see `finished`."""
        found = self.runs([run_id]).column("outcome").to_pylist()
        return found[0] if found else None

    def weights(self, run_id: str) -> bytes:
        """Return the final weights of a run, a safetensors file.

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

    def put_attempt(self, run_id: str, reason: str, log: str, fault: Fault) -> None:
        """Remember that a run ended without an outcome: why, where its log is, and whose fault it
        was."""
        name = next_name(run_id, self.storage.names(ATTEMPTS_FOLDER, ".json"))
        attempt = Attempt.now(run_id, reason, log, fault)
        self.storage.put(f"{ATTEMPTS_FOLDER}/{name}", attempt.to_bytes())

    def attempts(self, run_ids: Iterable[str]) -> dict[str, Attempt]:
        """Return the newest attempt at each of these runs, finished since or not."""
        wanted = set(run_ids)
        newest: dict[str, Attempt] = {}
        for file in self.storage.names(ATTEMPTS_FOLDER, ".json"):  # sorted by run and order
            run_id = attempted_run(file)
            if run_id in wanted:
                with self.skipping(f"{ATTEMPTS_FOLDER}/{file}") as name:
                    newest[run_id] = read_attempt(self.storage.get(name) or b"")
        return newest

    def put_study(self, record: StudyRecord) -> str:
        """Remember a study as it was requested, and return its request id.

        The same request twice is one file, which is written again with the time of the newest
        request.
        """
        request_id = record.request_id
        name = f"{STUDIES_FOLDER}/{record.study}/{request_id}.json"
        now = datetime.now(UTC).isoformat()
        content = json.dumps(record.to_json() | {"requested_at": now}, indent=1).encode()
        try:
            self.storage.put(name, content)
        except StorageError:
            if request_id not in self.studies(record.study):
                raise  # else what is there can be read from a place that cannot be written
        return request_id

    def forget_study(self, name: str, request_id: str) -> None:
        """Forget one request for a study; its runs stay."""
        self.storage.remove(f"{STUDIES_FOLDER}/{name}/{request_id}.json")

    def studies(self, name: str) -> dict[str, StudyRecord]:
        """Return every request for a study by its id; a file that holds none is skipped."""
        folder = f"{STUDIES_FOLDER}/{name}"
        records = {}
        for file in self.storage.names(folder, ".json"):
            with self.skipping(f"{folder}/{file}") as path:
                content = self.storage.get(path) or b""
                records[file.removesuffix(".json")] = read_study_record(content)
        return records

    def study_names(self) -> list[str]:
        """Return the names of all studies that were requested."""
        return self.storage.folders(STUDIES_FOLDER)
