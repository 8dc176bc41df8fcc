"""Whether a file or a folder lies at a path; one that cannot be looked at is told in one line."""

import os
import stat
from pathlib import Path

from results.errors import DataError


def is_file(path: Path) -> bool:
    """Tell whether there is a file; DataError where the system does not say."""
    return stat.S_ISREG(mode_of(path))


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder; DataError where the system does not say."""
    return stat.S_ISDIR(mode_of(path))


def mode_of(path: Path) -> int:
    """Return type and permissions, links followed; 0 where nothing is."""
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """Return the error for what the system does not let be read."""
    reason = (error.strerror or type(error).__name__).lower()
    return DataError(f"{path}: cannot be read ({reason}); name another path, or mend it there")
