"""Every row carries a checksum, so that one that was edited by hand is found out."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

DIGEST = "row_sha256"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def row_sha256(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row's values. Nulls do not count: a later column changes no digest.

    Args:
        row: as `pyarrow.Table.to_pylist` gives it: values after their cast to the schema.
    """
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and name != DIGEST
    }
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return sha256_of(text.encode())


def digests_of(table: pa.Table) -> list[str]:
    """Return the digest of every row.

    Raises:
        ValueError, OverflowError: a time that Python cannot say, so this program did not write it.
    """
    return [row_sha256(row) for row in table.to_pylist()]


def signed(table: pa.Table) -> pa.Table:
    """Return the table with the digest of every row in the column `row_sha256`."""
    digests = pa.array(digests_of(table), pa.string())
    return table.set_column(table.schema.get_field_index(DIGEST), DIGEST, digests)
