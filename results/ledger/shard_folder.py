"""A folder of shards is read as one table, while others write to it and compact it."""

from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa

from results.ledger.layout import SUFFIX, shards_for, single_run
from results.ledger.shards import is_one_of, read_shard, without_columns
from results.ledger.skipping import Skipping
from results.ledger.storage import Storage

AT_ONCE = 500
"""Shards whose rows are put together at once: thousands of single ones take memory for each."""


class ShardFolder:
    """The shards of one folder.

    Args:
        storage: where it lies.
        folder: its name.
        schema: of its rows.
        skipping: warns of what is damaged.
    """

    def __init__(
        self, storage: Storage, folder: str, schema: pa.Schema, skipping: Skipping
    ) -> None:
        self.storage, self.folder, self.schema = storage, folder, schema
        self.skipping = skipping

    def names(self, run_ids: Collection[str] | None = None) -> Iterator[str]:
        """Yield shards that may hold these runs (all if None), runs' own before compacted ones.

        While they are read, or even while they are listed, some may vanish by being compacted. So
        the folder is listed until no compacted shard is new.
        """
        fresh = shards_for(self.storage.names(self.folder, SUFFIX), run_ids)
        known: set[str] = set()
        while True:
            yield from (f"{self.folder}/{file}" for file in fresh)
            known.update(fresh)
            listed = shards_for(self.storage.names(self.folder, SUFFIX), run_ids)
            fresh = [file for file in listed if file not in known]
            if all(single_run(file) is not None for file in fresh):
                return

    def tables(
        self, run_ids: Collection[str] | None = None, without: Collection[str] = ()
    ) -> Iterator[tuple[str, pa.Table]]:
        """Yield name and valid rows of every shard in the order of `names`; what is damaged is
        skipped with a warning."""
        nothing = without_columns(self.schema, without).empty_table()
        for name in self.names(run_ids):
            table = nothing
            with self.skipping(name):
                table = self._valid_rows(name, run_ids, without) or nothing
            yield name, table

    def read(self, run_ids: Iterable[str] | None = None, without: Collection[str] = ()) -> pa.Table:
        """Return the valid rows of these runs (all if None), each from the first shard that has it.

        Args:
            run_ids: once each of them was found, no further shard is opened.
            without: columns to leave out.
        """
        wanted = None if run_ids is None else set(run_ids)
        seen: set[str] = set()
        whole = [without_columns(self.schema, without).empty_table()]
        parts: list[pa.Table] = []
        for _, table in self.tables(wanted, without):
            parts.append(first_seen(table, seen))
            if len(parts) == AT_ONCE:
                whole.append(pa.concat_tables(parts).combine_chunks())
                parts.clear()
            if wanted is not None and wanted <= seen:
                break
        return pa.concat_tables([*whole, *parts])

    def _valid_rows(
        self, name: str, run_ids: Collection[str] | None, without: Collection[str]
    ) -> pa.Table | None:
        """Return the valid rows of a shard, None if it has vanished; warn of the others."""
        own = single_run(name)
        source = self.storage.open(name)
        if source is None:
            return None
        with source:
            some = run_ids if own is None else None  # a run's own shard has nothing to leave out
            shard = read_shard(source, self.schema, without=without, run_ids=some)
        faults = shard.faults(own)
        for reason in dict.fromkeys(faults.values()):
            self.skipping.skip(name, reason)
        return shard.without(faults)


def first_seen(table: pa.Table, seen: set[str]) -> pa.Table:
    """Return the rows of runs that are not in `seen` yet, and add those runs to it."""
    found = set(table.column("run_id").unique().to_pylist())
    if found & seen:
        table = table.filter(is_one_of(table.column("run_id"), found - seen))
    seen |= found
    return table
