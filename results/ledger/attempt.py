"""An attempt: a start of a run that ended without an outcome."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from results.ledger.json_records import decoded

Fault = Literal["machine", "run"]
"""What ended a run: the machine (storage, memory, a killed worker), or an error of its own."""


@dataclass(frozen=True)
class Attempt:
    """Why a run ended without an outcome; all but run and reason may be missing in old files."""

    run_id: str
    reason: str
    fault: Fault = "machine"
    log: str = ""
    """The path of its log."""
    at: str = ""
    """When it ended, ISO 8601, for people; nothing is decided by it."""

    @classmethod
    def now(cls, run_id: str, reason: str, log: str, fault: Fault) -> "Attempt":
        """Return an attempt that has just ended."""
        return cls(run_id, reason, fault, log, datetime.now(UTC).isoformat())

    def to_bytes(self) -> bytes:
        """Return the JSON file that the ledger keeps."""
        return json.dumps(asdict(self), indent=1).encode()


def read_attempt(content: bytes) -> Attempt:
    """Return the attempt that a file holds.

    Raises:
        LedgerError: it is no JSON, or no such attempt; the message says where.
    """
    return decoded(content, Attempt, "an attempt at a run")


def attempted_run(file: str) -> str:
    """Return the run that an attempt was at, as its file's name says."""
    return file.rpartition("-")[0]


def next_name(run_id: str, files: Iterable[str]) -> str:
    """Return a file name that sorts behind those of earlier attempts at the run, even if the
    clock was set back since.

    Args:
        files: the names of all attempts, sorted.
    """
    earlier = [file.removesuffix(".json") for file in files if attempted_run(file) == run_id]
    behind = [f"{name}0" for name in earlier[-1:]]
    return max([f"{run_id}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}", *behind]) + ".json"
