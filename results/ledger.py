"""What is remembered of every run. The row is the commit: done means that the row is there."""

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from results.errors import LedgerError
from results.identity import content_id
from results.schema import CURVES, RUNS
from results.shards import from_bytes, to_bytes
from results.storage import Storage

RUNS_FOLDER = "ledger/runs"
CURVES_FOLDER = "ledger/curves"
ATTEMPTS_FOLDER = "ledger/attempts"
STUDIES_FOLDER = "ledger/studies"


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

    def curves(self, run_ids: Iterable[str] | None = None) -> pa.Table:
        """One row an evaluation, of all runs or the given ones."""
        return self._read(CURVES_FOLDER, CURVES, run_ids)

    def finished(self, run_ids: Iterable[str]) -> set[str]:
        """Those of the runs whose row is there."""
        return set(self.runs(run_ids).column("run_id").to_pylist())

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

    def put_attempt(self, run_id: str, reason: str, log: str) -> None:
        """Remember that a run ended without an outcome, why, and where its log is."""
        at = datetime.now(UTC)
        attempt = {"run_id": run_id, "reason": reason, "log": log, "at": at.isoformat()}
        name = f"{ATTEMPTS_FOLDER}/{run_id}-{at:%Y%m%dT%H%M%S%f}.json"
        self.storage.put(name, json.dumps(attempt, indent=1).encode())

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

    def _read(self, folder: str, schema: pa.Schema, run_ids: Iterable[str] | None) -> pa.Table:
        present = self.storage.names(folder, ".parquet")
        if run_ids is not None:
            wanted = {f"{run_id}.parquet" for run_id in run_ids}
            present = [file for file in present if file in wanted]
        tables = []
        for file in present:
            content = self.storage.get(f"{folder}/{file}")
            if content is None:  # vanished between listing and reading
                continue
            try:
                tables.append(from_bytes(content, schema))
            except LedgerError as error:
                self._pass_over(f"{folder}/{file}", str(error))
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def _pass_over(self, name: str, reason: str) -> None:
        warnings.warn(
            f"{self.storage.path(name)} was passed over: {reason}", LedgerWarning, stacklevel=4
        )


def weights_name(run_id: str) -> str:
    return f"weights/{run_id}.safetensors"


def picture_name(run_id: str) -> str:
    return f"predictions/{run_id}.png"


def log_name(run_id: str) -> str:
    return f"logs/{run_id}.log"
