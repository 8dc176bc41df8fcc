"""Files that stand for themselves are inspected one by one, and left-over files are found."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from results.errors import LedgerError, StorageError
from results.ledger.attempt import read_attempt
from results.ledger.digest import sha256_of
from results.ledger.layout import (
    ATTEMPTS_FOLDER,
    CHECKPOINTS_FOLDER,
    FOLDERS,
    PICTURES_FOLDER,
    STUDIES_FOLDER,
)
from results.ledger.leases import LEASES_FOLDER
from results.ledger.storage import Storage, StoredFile
from results.ledger.study_record import read_study_record
from results.upkeep.findings import FilePart, Inspection
from results.upkeep.validation import checkpoint_meta, require_picture

KINDS: tuple[tuple[str, str, str, Callable[[bytes], object]], ...] = (
    ("pictures", PICTURES_FOLDER, ".png", require_picture),
    ("checkpoints", CHECKPOINTS_FOLDER, ".safetensors", checkpoint_meta),
    ("attempts", ATTEMPTS_FOLDER, ".json", read_attempt),
    ("studies", STUDIES_FOLDER, ".json", read_study_record),
)
"""What the files are called, where they lie, how their names end, and what validates them."""
LEFT_OVER = timedelta(hours=1)
"""A file that was being written so long ago is not being written any more."""


def inspect_files(storage: Storage, inspection: Inspection, advance: Callable[[], None]) -> None:
    """Validate every picture, checkpoint, attempt and study.

    Args:
        storage: is only read.
        inspection: takes the findings and counts.
        advance: is called once for each file.
    """
    for what, folder, suffix, read in KINDS:
        for file in storage.files(folder):
            if file.name.endswith(suffix) and not base_name(file).startswith("."):
                advance()
                inspection.counts[what] += 1
                inspect(storage, file.name, read, inspection)


def inspect(
    storage: Storage, name: str, read: Callable[[bytes], object], inspection: Inspection
) -> None:
    """Report a file that `read` finds damaged."""
    content = None
    try:
        content = storage.get(name)
        if content is not None:  # else it is gone by now, as checkpoints go
            read(content)
    except StorageError as error:
        inspection.leave_alone(name, error)
    except LedgerError as error:
        sha256 = None if content is None else sha256_of(content)
        inspection.add(name, str(error), FilePart(name, sha256))


def left_over_files(storage: Storage) -> list[StoredFile]:
    """Return the files that programs left when they were killed while they wrote."""
    until = datetime.now(UTC) - LEFT_OVER
    found: Iterable[StoredFile] = (
        file for folder in (*FOLDERS, LEASES_FOLDER) for file in storage.files(folder)
    )
    return [file for file in found if is_temporary(file) and file.modified < until]


def is_temporary(file: StoredFile) -> bool:
    """Tell whether `replace_file` made it: `.name.` and eight letters."""
    name = base_name(file)
    return name.startswith(".") and len(name) > 10 and name[-9] == "."


def base_name(file: StoredFile) -> str:
    return PurePosixPath(file.name).name
