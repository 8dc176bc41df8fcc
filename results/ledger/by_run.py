"""Rows of several runs are taken apart by run."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from results.ledger.digest import sha256_of
from results.ledger.shards import table_to_bytes

ORDER = ("run_id", "iteration")


def in_order(table: pa.Table) -> pa.Table:
    """Sort rows by run, those of curves also by iteration; equal ones keep their order."""
    keys = [(name, "ascending") for name in ORDER if name in table.schema.names]
    return table.sort_by(keys).combine_chunks()


def by_run(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield every run of a table with its rows, in order."""
    if len(table) == 0:
        return
    table = in_order(table)
    held = table.column("run_id").to_numpy()
    starts = [0, *(np.flatnonzero(held[1:] != held[:-1]) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(held)], strict=True):
        yield held[start], table.slice(start, end - start)


def fingerprint(rows: pa.Table) -> str:
    """Return the SHA-256 of a run's rows as they are written: equal for equal values, also NaN."""
    return sha256_of(table_to_bytes(rows))
