"""Files of a local directory are replaced in one go, and links are followed only so far.

A link to a folder is the owner's arrangement (weights on a bigger disk) and is followed. A link to
a single file is followed only to a place below the root: a ledger that came from elsewhere must
not name the reader's own files.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from results.errors import LedgerError, StorageError


def replace_file(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Write under a temporary name in the same folder, flush to disk, then replace. What is not
    flushed may be empty after a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if flush:
                stream.flush()
                os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_there(path: str, root: str) -> bool:
    """Tell whether there is a file to be read.

    Raises:
        LedgerError: it is no regular file, or a link that leads out of the root.
        StorageError: the system does not say.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error})") from error
    if not stat.S_ISREG(mode):
        raise LedgerError(f"{path}: is not a file")
    if os.path.islink(path) and not is_below(path, root):
        raise LedgerError(f"{path}: is a link to a file outside of {root}, which is not followed")
    return True


def is_below(path: str, root: str) -> bool:
    """Tell whether the path, with all links followed, lies in the root."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def entry_names(folder: str, *, folders: bool) -> list[str]:
    """Return the names of the files or of the folders in a folder, as far as they are UTF-8; none
    where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if is_utf8(entry.name)]
            return [entry.name for entry in named if is_kind(entry, folders=folders)]
    except FileNotFoundError:
        return []


def files_below(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path, relative to the folder, and status of every file; links to folders are not
    followed further, so that there is an end."""
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            try:
                status = os.stat(path)
            except OSError:  # removed meanwhile, or a link to nothing
                continue
            if stat.S_ISREG(status.st_mode) and is_utf8(path):
                yield Path(path).relative_to(folder).as_posix(), status


def is_kind(entry: os.DirEntry[str], *, folders: bool) -> bool:
    try:
        return entry.is_dir() if folders else entry.is_file()
    except OSError:  # a link to itself
        return False


def is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
