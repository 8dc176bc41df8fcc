"""Files below one root, local or on an object store: each is put whole or not at all."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import filelock
import pyarrow as pa
from pyarrow import fs

from results.errors import LedgerError, StorageError
from results.ledger.local_files import (
    entry_names,
    files_below,
    is_below,
    is_there,
    is_utf8,
    replace_file,
)

PROBE_BYTES = 1 << 16
LOCK_SECONDS = 60.0
"""What a lock protects takes milliseconds."""


@dataclass(frozen=True)
class StoredFile:
    """A file as it is listed."""

    name: str
    """Its path below the root."""
    bytes: int
    modified: datetime


class Storage:
    """A directory or an object-store URI (s3://, gs://, file://) as seen by pyarrow.

    Args:
        location: a path, created on the first write, or a URI.
        option: that it was given as, for errors.

    Raises:
        LedgerError: the URI cannot be understood.
    """

    def __init__(self, location: str, option: str = "--out") -> None:
        self.location, self.option = location, option
        if "://" in location:
            try:
                self._fs, root = fs.FileSystem.from_uri(location)
            except Exception as error:  # pyarrow raises by scheme
                raise LedgerError(
                    f"{option} {location}: not a usable location ({error})"
                ) from error
        else:
            self._fs, root = fs.LocalFileSystem(), str(Path(location).absolute())
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, fs.LocalFileSystem)

    def require_usable(self) -> None:
        """Raise LedgerError where no directory can be made; nothing is written."""
        if self._local and not os.path.isdir(nearest := self._nearest()):
            found = "a file" if os.path.exists(nearest) else "a link that leads nowhere"
            raise LedgerError(
                f"{self.option} {self.location}: {nearest} is {found}, not a directory; name "
                "another place"
            )

    def _nearest(self) -> str:
        """Return the root, or of what is above it the first that is there."""
        above = (self._root or os.sep, *map(str, Path(self._root).parents))
        return next(path for path in above if os.path.lexists(path))

    def path(self, name: str) -> str:
        """Return where `name` lies; a name that would leave the root is refused."""
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or "\0" in name or not is_utf8(name):
            raise LedgerError(f"{name!r} would lie outside of {self.location}")
        return f"{self._root}/{name}"

    def put(self, name: str, content: bytes, *, lasting: bool = True) -> None:
        """Write in one go: readers see the old content or the new, never a part. What is not
        lasting need not survive a loss of power, and takes less time."""
        path = self.path(name)
        try:
            if self._local:
                replace_file(Path(path), content, flush=lasting)
            else:
                with self._fs.open_output_stream(path) as stream:
                    stream.write(content)
        except OSError as error:
            raise StorageError(
                f"{path}: cannot be written ({error.strerror or error}); make room there, or name "
                "another place"
            ) from error

    def get(self, name: str) -> bytes | None:
        """Return the content, or None where there is no such file.

        Raises:
            StorageError: the system does not let it be read.
            LedgerError: no file, or a link to one outside of the root.
        """
        source = self.open(name)
        if source is None:
            return None
        try:
            with source:
                return source.read()
        except OSError as error:
            raise StorageError(f"{self.path(name)}: cannot be read ({error})") from error

    def open(self, name: str) -> pa.NativeFile | None:
        """Open a file for random access, or return None where there is none; raises as `get`."""
        path = self.path(name)
        if self._local and not is_there(path, self._root):
            return None
        try:
            return self._fs.open_input_file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no error."""
        path = self.path(name)
        try:
            if self._local:
                os.remove(path)
            else:
                self._fs.delete_file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{path}: cannot be removed ({error})") from error

    def move(self, name: str, target: str) -> None:
        """Give a file another name, which nothing has yet; a link itself is moved.

        Where that cannot be done in one step the copy is whole before the original goes.
        """
        path, new_path = self.path(name), self.path(target)
        try:
            if self._local:
                Path(new_path).parent.mkdir(parents=True, exist_ok=True)
                os.rename(path, new_path)
            else:
                self._copy_and_remove(name, target)
        except OSError as error:
            if error.errno != errno.EXDEV:  # a folder may be a link to another disk
                raise StorageError(f"{path}: cannot be moved ({error})") from error
            self._copy_and_remove(name, target)

    def _copy_and_remove(self, name: str, target: str) -> None:
        content = self.get(name)
        if content is not None:
            self.put(target, content)
            self.remove(name)

    def names(self, folder: str, suffix: str) -> list[str]:
        """List the files in a folder that end with the suffix, sorted, without hidden ones."""
        files = self._listed(folder, fs.FileType.File)
        return [name for name in files if name.endswith(suffix)]

    def folders(self, folder: str) -> list[str]:
        """List the folders in a folder, sorted, without hidden ones."""
        return self._listed(folder, fs.FileType.Directory)

    def _listed(self, folder: str, kind: fs.FileType) -> list[str]:
        path = self.path(folder)
        try:
            if self._local:
                names = entry_names(path, folders=kind == fs.FileType.Directory)
            else:
                found = self._fs.get_file_info(fs.FileSelector(path, allow_not_found=True))
                names = [info.base_name for info in found if info.type == kind]
        except OSError as error:
            raise StorageError(f"{path}: cannot be listed ({error})") from error
        return sorted(name for name in names if not name.startswith("."))

    def files(self, folder: str) -> list[StoredFile]:
        """List every file below a folder, hidden ones too, sorted by name."""
        path = self.path(folder)
        try:
            if self._local:
                found = [
                    (name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
                    for name, status in files_below(path)
                ]
            else:
                selector = fs.FileSelector(path, allow_not_found=True, recursive=True)
                found = [
                    (info.path[len(path) + 1 :], info.size, info.mtime)
                    for info in self._fs.get_file_info(selector)
                    if info.type == fs.FileType.File
                ]
        except OSError as error:
            raise StorageError(f"{path}: cannot be listed ({error})") from error
        return [
            StoredFile(f"{folder}/{name}", size, modified) for name, size, modified in sorted(found)
        ]

    def has_folder(self, folder: str) -> bool:
        """Tell whether there is such a folder; on an object store, whether anything lies in it."""
        try:
            info = self._fs.get_file_info(self.path(folder))
        except OSError as error:
            raise StorageError(f"{self.path(folder)}: cannot be read ({error})") from error
        return info.type == fs.FileType.Directory

    def lies_inside(self, name: str) -> bool:
        """Tell whether a file's folder really lies below the root, not where a link leads."""
        return not self._local or is_below(os.path.dirname(self.path(name)), self._root)

    def place(self, name: str) -> PurePosixPath:
        """Return where a file or folder really lies, all links followed, among all storages."""
        path = self.path(name)
        real = os.path.realpath(path) if self._local else path
        return PurePosixPath("/", self._fs.type_name, real.strip("/"))

    def require_writable(self) -> None:
        """Raise StorageError, which names the location, unless there is room for a file here.

        No folder is made: whoever fails afterwards leaves none behind.
        """
        place = Storage(self._nearest()) if self._local else self
        try:
            place.put(".writable", bytes(PROBE_BYTES))
            place.remove(".writable")
        except StorageError as error:
            reason = getattr(error.__cause__, "strerror", None) or error.__cause__
            raise StorageError(
                f"{self.option} {self.location}: cannot be written ({reason}); make room there, or "
                "name another place"
            ) from error

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold the lock of this name against other processes, where the storage has locks: yields
        False on an object store, which has none.

        Raises:
            StorageError: the lock cannot be had.
        """
        if not self._local:
            yield False
            return
        path = Path(self.path(name))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path, timeout=LOCK_SECONDS)
            lock.acquire()
        except (OSError, filelock.Timeout) as error:
            raise StorageError(f"{path}: cannot be locked ({error})") from error
        try:
            yield True
        finally:
            lock.release()
