"""Parquet shards in memory: rows to bytes and back, with the schema's version checked."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from results.errors import LedgerError
from results.schema import SCHEMA_VERSION, VERSION_KEY


def to_bytes(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> bytes:
    """Rows as one parquet file; a column the rows do not have is null."""
    unknown = set().union(*rows) - set(schema.names)
    if unknown:
        raise LedgerError(f"columns not in the schema: {', '.join(sorted(unknown))}")
    try:
        table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    except (pa.ArrowException, OverflowError) as error:
        raise LedgerError(f"a value does not fit its column ({error})") from error
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def from_bytes(content: bytes, schema: pa.Schema) -> pa.Table:
    """The table of one shard in today's schema; columns of an older one are null.

    Raises:
        LedgerError: damaged, or written by a newer version.
    """
    try:
        # Without Arrow's threads: a pool that is still at work aborts a process that exits.
        table = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=False)
        version = int((table.schema.metadata or {}).get(VERSION_KEY, b"0"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise LedgerError(f"not a readable parquet file ({error})") from error
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"schema version {version} is newer than this program's {SCHEMA_VERSION}; update it"
        )
    try:
        columns = [
            table.column(field.name).cast(field.type)
            if field.name in table.schema.names
            else pa.nulls(len(table), field.type)
            for field in schema
        ]
    except (pa.ArrowException, KeyError) as error:
        raise LedgerError(f"a column is of another type ({error})") from error
    return pa.Table.from_arrays(columns, schema=schema)
