"""What is damaged is quarantined: moved within the ledger, so that nothing is deleted."""

import warnings
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa

from results.errors import LedgerWarning
from results.ledger.digest import sha256_of
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER, compacted_name
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import read_shard, table_to_bytes
from results.ledger.storage import Storage
from results.upkeep.findings import FilePart

QUARANTINE_FOLDER = "aside"
SCHEMAS = {RUNS_FOLDER: RUNS, CURVES_FOLDER: CURVES}


class Quarantine:
    """One repair's folder below `aside`, in which files keep the paths they have in the ledger."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.left = 0
        """How many files were left where they are, each with a warning."""
        self.folder = f"{QUARANTINE_FOLDER}/{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"

    def add(self, parts: Iterable[FilePart]) -> None:
        """Quarantine the parts, rows first: without its row a run is trained again, whatever else
        is there. A file that was changed since it was inspected is left, with a warning."""
        by_file: dict[str, list[FilePart]] = defaultdict(list)
        for part in parts:
            by_file[part.file].append(part)
        for file in sorted(by_file, key=lambda file: (not file.startswith(RUNS_FOLDER), file)):
            self._add(file, by_file[file])

    def _add(self, file: str, parts: list[FilePart]) -> None:
        if not self.storage.lies_inside(file):
            self._leave(
                file, "a link leads there, out of the ledger; move the damaged file away by hand"
            )
            return
        inspected = {part.sha256 for part in parts}
        content = None if inspected == {None} else self.storage.get(file)
        if inspected != {None if content is None else sha256_of(content)}:
            self._leave(file, "it was changed since it was inspected; run the check again")
        elif content is None or any(part.is_whole for part in parts):
            self.storage.move(file, f"{self.folder}/{file}")
        else:
            self._add_rows(file, content, parts)

    def _add_rows(self, file: str, content: bytes, parts: list[FilePart]) -> None:
        """Quarantine a copy of the shard, and put one without these rows in its place."""
        folder = file.rpartition("/")[0]
        shard = read_shard(pa.BufferReader(content), SCHEMAS[folder])
        runs = {run_id for part in parts for run_id in part.runs}
        held = shard.table.column("run_id").to_pylist()
        positions = {position for part in parts for position in part.rows}
        positions |= {position for position, run_id in enumerate(held) if run_id in runs}
        rest = shard.without(positions)
        if len(rest) == 0:
            self.storage.move(file, f"{self.folder}/{file}")
            return
        self.storage.put(f"{self.folder}/{file}", content)
        remaining = table_to_bytes(rest)
        self.storage.put(compacted_name(folder, remaining), remaining)
        self.storage.remove(file)

    def _leave(self, file: str, reason: str) -> None:
        self.left += 1
        message = f"{self.storage.path(file)} is left where it is: {reason}"
        warnings.warn(message, LedgerWarning, stacklevel=4)
