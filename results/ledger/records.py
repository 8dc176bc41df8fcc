"""JSON objects that the ledger keeps: attempts, checkpoints' notes."""

import json
from typing import Any

from results.errors import LedgerError


def json_object(content: bytes) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        LedgerError: it holds none.
    """
    try:
        value = json.loads(content)
        json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise LedgerError(f"not JSON ({reason})") from error
    if not isinstance(value, dict):
        raise LedgerError("not a JSON object")
    return value
