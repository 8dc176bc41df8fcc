"""Many shards of a folder are compacted to few, while others read and write there.

A shard is removed only after all that it holds lies in a compacted one, so being killed loses
nothing: what then lies there twice is read once. Two compactions at once may remove each other's
inputs, each after it has written what it read of them.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from results.errors import LedgerError, LedgerWarning
from results.ledger.by_run import by_run, fingerprint, in_order
from results.ledger.digest import sha256_of
from results.ledger.layout import SUFFIX, compacted_name, shards_for, single_run
from results.ledger.shard_folder import first_seen
from results.ledger.shards import Shard, read_shard, table_to_bytes
from results.ledger.storage import Storage

MOST_RUNS = 1_000
"""How many runs one compacted shard holds, which bounds the memory that compaction takes."""


@dataclass
class ShardGroup:
    """Shards that are to become one, and the runs they bring into it."""

    files: list[str] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ValidShard:
    """A shard as it was read, all of it valid."""

    name: str
    sha256: str
    table: pa.Table


class Compaction:
    """One pass over a folder of shards, which is planned when made and done by `run`.

    Args:
        storage: the ledger's.
        folder: of the runs or of the curves.
        schema: of its rows.
        most_runs: how many runs one compacted shard may hold.
    """

    def __init__(
        self, storage: Storage, folder: str, schema: pa.Schema, most_runs: int = MOST_RUNS
    ) -> None:
        self.storage, self.folder, self.schema = storage, folder, schema
        self.held: dict[str, set[str]] = {}
        """The runs in each shard that may be compacted or relied upon."""
        self.compared: dict[str, str] = {}
        """SHA-256 of shards that share runs with others, as they were found to be equal."""
        for file in shards_for(storage.names(folder, SUFFIX), None):
            self.held[file] = self._runs_in(file)
        self._leave_contradictions()
        compacted = {file for file in self.held if single_run(file) is None}
        full = {file for file in compacted if len(self.held[file]) >= most_runs}
        self.kept = {run for file in full for run in self.held[file]}
        in_compacted = {run for file in compacted for run in self.held[file]}
        # Singles rely on compacted shards and those on full ones, never the other way round: so two
        # compactions at once cannot each remove what the other one relies on.
        self.spare = [
            file
            for file, runs in self.held.items()
            if file not in full and runs <= (self.kept if file in compacted else in_compacted)
        ]
        rest = {
            file: runs - self.kept
            for file, runs in self.held.items()
            if file not in full and file not in self.spare
        }
        groups = groups_of(rest, most_runs)
        self.groups = [group for group in groups if len(group.files) > 1]

    @property
    def files(self) -> int:
        """Return how many shards are to be replaced."""
        return len(self.spare) + sum(len(group.files) for group in self.groups)

    def run(self, advance: Callable[[], None]) -> None:
        """Compact the folder; `advance` is called once for each of `files`."""
        for file in self.spare:
            advance()
            self._remove(f"{self.folder}/{file}", self.compared[file])
        for group in self.groups:
            self._compact(group, advance)

    def _compact(self, group: ShardGroup, advance: Callable[[], None]) -> None:
        inputs: list[ValidShard] = []
        for file in group.files:
            advance()
            source = self._read(file)
            if source is not None and self.compared.get(file, source.sha256) == source.sha256:
                inputs.append(source)
        if len(inputs) < 2:
            return
        seen = set(self.kept)
        table = in_order(pa.concat_tables([first_seen(source.table, seen) for source in inputs]))
        content = table_to_bytes(table)
        name = compacted_name(self.folder, content)
        self.storage.put(name, content)
        for source in inputs:
            if source.name != name:
                self._remove(source.name, source.sha256)

    def _remove(self, name: str, sha256: str) -> None:
        """Remove a shard unless it was written anew since it was read."""
        content = self.storage.get(name)
        if content is not None and sha256_of(content) == sha256:
            self.storage.remove(name)

    def _read(self, file: str) -> ValidShard | None:
        """Read a shard; None if it is empty, has vanished, or is damaged, of which this warns."""
        name = f"{self.folder}/{file}"
        try:
            content = self.storage.get(name)
            if content is None:
                return None
            shard = read_shard(pa.BufferReader(content), self.schema)
            require_valid(shard, single_run(file))
        except LedgerError as error:
            self._leave(name, str(error))
            return None
        if len(shard.table) == 0:
            return None
        return ValidShard(name, sha256_of(content), shard.table)

    def _runs_in(self, file: str) -> set[str]:
        """Return the runs of a shard, none if it cannot be read."""
        own = single_run(file)
        if own is not None:
            return {own}
        others = set(self.schema.names) - {"run_id"}
        try:
            source = self.storage.open(f"{self.folder}/{file}")
            if source is None:
                return set()
            with source:
                table = read_shard(source, self.schema, without=others).table
        except LedgerError as error:
            self._leave(f"{self.folder}/{file}", str(error))
            return set()
        return set(table.column("run_id").unique().to_pylist()) - {None}

    def _leave_contradictions(self) -> None:
        """Drop shards that cannot be read, and those of which a run has other rows in another one:
        which of the two is read must not change, and which is right is not known here."""
        self.held = {file: runs for file, runs in self.held.items() if runs}
        times = Counter(run for runs in self.held.values() for run in runs)
        twice = {run for run, count in times.items() if count > 1}
        prints: dict[str, set[str]] = {run: set() for run in twice}
        for file in [file for file, runs in self.held.items() if runs & twice]:
            source = self._read(file)
            if source is None:
                del self.held[file]
                continue
            self.compared[file] = source.sha256
            for run, rows in by_run(source.table):
                if run in twice:
                    prints[run].add(fingerprint(rows))
        contradicting = {run for run, found in prints.items() if len(found) > 1}
        for file in [file for file, runs in self.held.items() if runs & contradicting]:
            run = min(self.held[file] & contradicting)
            self._leave(f"{self.folder}/{file}", f"another shard has other rows of the run {run}")
            del self.held[file]

    def _leave(self, name: str, reason: str) -> None:
        message = f"{self.storage.path(name)} is left as it is: {reason}"
        warnings.warn(message, LedgerWarning, stacklevel=3)


def require_valid(shard: Shard, own: str | None) -> None:
    """Raise LedgerError if one of the shard's rows is not to be used."""
    for fault in shard.faults(own).values():
        raise LedgerError(fault)


def groups_of(held: Mapping[str, set[str]], most_runs: int) -> list[ShardGroup]:
    """Put shards together, compacted ones first, each into the first group with room for it."""
    groups: list[ShardGroup] = []
    for file in sorted(held, key=lambda file: single_run(file) is not None):
        runs = held[file]
        for group in groups:
            if len(group.runs | runs) <= most_runs:
                break
        else:
            group = ShardGroup()
            groups.append(group)
        group.files.append(file)
        group.runs |= runs
    return groups
