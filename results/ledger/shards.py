"""Rows become parquet shards and come back, with the schema's version and every row checked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from results.errors import LedgerError, NewerSchemaError
from results.ledger.digest import DIGEST, digests_of, signed
from results.ledger.schema import SCHEMA_VERSION, SIGNED_SINCE, VERSION_KEY


@dataclass(frozen=True)
class Shard:
    """A file's rows in today's schema, and the version of the schema it was written in."""

    table: pa.Table
    version: int

    @cached_property
    def digests(self) -> list[str]:
        """The digest of every row as it is.

        Raises:
            LedgerError: a value that this program cannot have written.
        """
        try:
            return digests_of(self.table)
        except (ValueError, OverflowError) as error:
            raise LedgerError(f"a value is out of range ({error})") from error

    def edited(self) -> list[int]:
        """Return the positions of the rows that are not as this program wrote them."""
        if DIGEST not in self.table.schema.names:
            return []
        unsigned_is_fine = self.version < SIGNED_SINCE
        recorded = self.table.column(DIGEST).to_pylist()
        return [
            index
            for index, digest in enumerate(self.digests)
            if recorded[index] != digest and not (recorded[index] is None and unsigned_is_fine)
        ]

    def without(self, positions: Collection[int]) -> pa.Table:
        """Return the rows but those at these positions."""
        if not positions:
            return self.table
        kept = [index for index in range(len(self.table)) if index not in positions]
        return self.table.take(pa.array(kept, pa.int64()))

    def faults(self, own: str | None) -> dict[int, str]:
        """Return the positions of rows that are not to be used, and what is wrong with each.

        Args:
            own: the only run whose rows may be here; None in a compacted shard.
        """
        found = {}
        held = self.table.column("run_id")
        if set(held.unique().to_pylist()) - {own} if own is not None else held.null_count:
            for index, run_id in enumerate(held.to_pylist()):
                if run_id is None:
                    found[index] = "it holds a row without a run"
                elif run_id != own and own is not None:
                    found[index] = f"it holds the run {run_id}"
        for index in self.edited():
            found.setdefault(index, f"the row of {held[index]} is not as it was written")
        return found


def to_bytes(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> bytes:
    """Write rows as one parquet file; a column that they lack is null."""
    unknown = set().union(*rows) - set(schema.names)
    if unknown:
        raise LedgerError(f"columns not in the schema: {', '.join(sorted(unknown))}")
    try:
        table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    except (pa.ArrowException, OverflowError) as error:
        raise LedgerError(f"a value does not fit its column ({error})") from error
    return table_to_bytes(table)


def table_to_bytes(table: pa.Table) -> bytes:
    """Write a table of one of the schemas as one parquet file; rows get their digests."""
    if DIGEST in table.schema.names:
        table = signed(table)
    sink = pa.BufferOutputStream()
    alone = len(table) == 1  # its 90 values are shorter, and read twice as fast, as they are
    pq.write_table(
        table,
        sink,
        compression="none" if alone else "zstd",
        use_dictionary=not alone,
        write_page_checksum=True,
    )
    return sink.getvalue().to_pybytes()


def from_bytes(content: bytes, schema: pa.Schema) -> pa.Table:
    """Read the table of one shard in today's schema, see `read_shard`."""
    return read_shard(pa.BufferReader(content), schema).table


def read_shard(
    source: pa.NativeFile,
    schema: pa.Schema,
    *,
    without: Collection[str] = (),
    run_ids: Collection[str] | None = None,
) -> Shard:
    """Read one shard; columns that an older version did not have are null.

    Args:
        source: an open file.
        schema: today's.
        without: columns to leave out, which are then not even read.
        run_ids: only the rows of these runs; if there are none, no other column is read.

    Raises:
        NewerSchemaError: written by a newer version.
        LedgerError: damaged, or not a shard.
    """
    schema = without_columns(schema, without)
    try:
        # Without Arrow's threads: a pool that is still at work aborts a process that exits.
        file = pq.ParquetFile(source, pre_buffer=False, page_checksum_verification=True)
        written = file.schema_arrow  # which is made anew by every look
        version = int((written.metadata or {}).get(VERSION_KEY, b"0"))
        if version > SCHEMA_VERSION:
            raise NewerSchemaError(
                f"schema version {version} is newer than this program's {SCHEMA_VERSION}; update it"
            )
        if version < 1:
            raise LedgerError("it has no schema version, so another program wrote or edited it")
        asked = None if run_ids is None else rows_of(file, run_ids)
        if asked is not None and not pc.call_function("any", [asked]).as_py():
            return Shard(schema.empty_table(), version)
        present = set(schema.names) & set(written.names)
        table = file.read(columns=list(present), use_threads=False)
        table.validate(full=True)  # texts that are none, lists that reach too far
        if asked is not None:
            table = table.filter(asked)
        columns = [
            as_type(table.column(field.name), field.type)
            if field.name in present
            else pa.nulls(len(table), field.type)
            for field in schema
        ]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise LedgerError(f"not a readable shard ({reason})") from error
    return Shard(pa.Table.from_arrays(columns, schema=schema), version)


def rows_of(file: pq.ParquetFile, run_ids: Collection[str]) -> pa.ChunkedArray:
    """Tell for each row of a file whether it is of one of these runs."""
    column = file.read(columns=["run_id"], use_threads=False).column("run_id")
    column.validate(full=True)
    return is_one_of(column, run_ids)


def without_columns(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    """Return the schema less the columns of these names."""
    return pa.schema([field for field in schema if field.name not in names], schema.metadata)


def as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)


def is_one_of(column: pa.ChunkedArray, values: Collection[str]) -> pa.ChunkedArray:
    """Tell for each text of a column whether it is among the values."""
    options = pc.SetLookupOptions(value_set=pa.array(sorted(values), pa.string()))
    return pc.call_function("is_in", [column], options)
