"""Files that stand for themselves are inspected one by one, and left-over files are found."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from results.errors import LedgerError, StorageError
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
from results.upkeep.findings import FilePart, Report
from results.upkeep.validation import (
    require_attempt,
    require_checkpoint,
    require_picture,
    require_study,
)

KINDS: tuple[tuple[str, str, str, Callable[[bytes], None]], ...] = (
    ("pictures", PICTURES_FOLDER, ".png", require_picture),
    ("checkpoints", CHECKPOINTS_FOLDER, ".safetensors", require_checkpoint),
    ("attempts", ATTEMPTS_FOLDER, ".json", require_attempt),
    ("studies", STUDIES_FOLDER, ".json", require_study),
)
"""What the files are called, where they lie, how their names end, and what validates them."""
LEFT_OVER = timedelta(hours=1)
"""A file that was being written so long ago is not being written any more."""


def inspect_files(storage: Storage, report: Report, advance: Callable[[], None]) -> None:
    """Validate every picture, checkpoint, attempt and study.

    Args:
        storage: is only read.
        report: takes the findings and counts.
        advance: is called once for each file.
    """
    for what, folder, suffix, require in KINDS:
        for file in storage.files(folder):
            if file.name.endswith(suffix) and not base_name(file).startswith("."):
                advance()
                report.counts[what] += 1
                inspect(storage, file.name, require, report)


def inspect(storage: Storage, name: str, require: Callable[[bytes], None], report: Report) -> None:
    content = None
    try:
        content = storage.get(name)
        if content is not None:  # else it is gone by now, as checkpoints go
            require(content)
    except StorageError as error:
        report.leave_alone(name, error)
    except LedgerError as error:
        sha256 = None if content is None else sha256_of(content)
        report.add(name, str(error), FilePart(name, sha256))


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
