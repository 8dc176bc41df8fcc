"""JSON files of a ledger are read as typed records."""

from typing import TypeVar

import msgspec

from results.errors import LedgerError

Record = TypeVar("Record")


def decoded(content: bytes, kind: type[Record], what: str) -> Record:
    """Return the record that a file holds.

    Args:
        content: of the file.
        kind: the record's type.
        what: what it is called in an error, as `an attempt at a run`.

    Raises:
        LedgerError: it is no JSON, or no such record; the message says where.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise LedgerError(f"not {what}: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise LedgerError(f"not {what}: the file is cut off or damaged, it is no JSON") from error
