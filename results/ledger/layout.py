"""Where everything lies below one output location, and how files are named."""

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from results.ledger.digest import sha256_of

RUNS_FOLDER = "ledger/runs"
CURVES_FOLDER = "ledger/curves"
ATTEMPTS_FOLDER = "ledger/attempts"
STUDIES_FOLDER = "ledger/studies"
SCREENINGS_FOLDER = "ledger/screenings"
"""Counts of untrained networks; no run depends on them, and the same command makes them anew."""
WEIGHTS_FOLDER = "weights"
PICTURES_FOLDER = "predictions"
LOGS_FOLDER = "logs"
CHECKPOINTS_FOLDER = "checkpoints"
FOLDERS = (
    RUNS_FOLDER,
    CURVES_FOLDER,
    ATTEMPTS_FOLDER,
    STUDIES_FOLDER,
    WEIGHTS_FOLDER,
    PICTURES_FOLDER,
    LOGS_FOLDER,
    CHECKPOINTS_FOLDER,
)
SUFFIX = ".parquet"
COMPACTED = "joined-"
"""The names of compacted shards begin so."""


def weights_name(run_id: str) -> str:
    return f"{WEIGHTS_FOLDER}/{run_id}.safetensors"


def picture_name(run_id: str) -> str:
    return f"{PICTURES_FOLDER}/{run_id}.png"


def log_name(run_id: str) -> str:
    return f"{LOGS_FOLDER}/{run_id}.log"


def single_run(name: str) -> str | None:
    """Return the run whose own shard this is; None for a compacted shard."""
    stem = PurePosixPath(name).stem
    return None if stem.startswith(COMPACTED) else stem


def compacted_name(folder: str, content: bytes) -> str:
    """Return the name of a compacted shard; the same content has the same name."""
    return f"{folder}/{COMPACTED}{sha256_of(content)[:32]}{SUFFIX}"


def shards_for(files: Iterable[str], wanted: Collection[str] | None) -> list[str]:
    """Return the shards that may hold these runs (all if None), runs' own before compacted ones."""
    chosen = [
        file
        for file in files
        if wanted is None or single_run(file) is None or single_run(file) in wanted
    ]
    return sorted(chosen, key=lambda file: (single_run(file) is None, file))
