"""What is damaged is skipped with a warning, and counted."""

import contextlib
import warnings
from collections.abc import Iterator

from results.errors import LedgerError, LedgerWarning, StorageError
from results.ledger.storage import Storage


class Skipping:
    """Skips damaged files of one storage: `with skipping(name): ...`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.count = 0
        """How many files or rows were skipped so far."""

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[str]:
        """Skip the file if it turns out to be damaged. A storage that fails is an error instead:
        what it holds must not seem to be missing."""
        try:
            yield name
        except StorageError:
            raise
        except LedgerError as error:
            self.skip(name, str(error))

    def skip(self, name: str, reason: str) -> None:
        """Warn that a file, or something in it, is skipped, and why."""
        self.count += 1
        message = f"{self.storage.path(name)} was skipped: {reason}"
        warnings.warn(message, LedgerWarning, stacklevel=4)
