"""Files below one root, local or on an object store, each put whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import filelock
import pyarrow as pa
from pyarrow import fs

from results.errors import LedgerError, StorageError

PROBE_BYTES = 1 << 16
LOCK_SECONDS = 60.0
"""What a lock protects takes milliseconds."""


class Storage:
    """A directory or an object-store URI (s3://, gs://, file://) as seen by pyarrow.

    Args:
        location: a path, created on the first write, or a URI.

    Raises:
        LedgerError: the URI cannot be understood.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        if "://" in location:
            try:
                self._fs, root = fs.FileSystem.from_uri(location)
            except Exception as error:  # pyarrow raises by scheme
                raise LedgerError(f"--out {location}: not a usable location ({error})") from error
        else:
            self._fs, root = fs.LocalFileSystem(), str(Path(location).absolute())
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, fs.LocalFileSystem)

    def require_usable(self) -> None:
        """Raise LedgerError where no directory can be made here; writes nothing."""
        if not self._local:
            return
        nearest = next(p for p in (Path(self._root), *Path(self._root).parents) if p.exists())
        if not nearest.is_dir():
            raise LedgerError(f"--out {self.location}: {nearest} is a file, not a directory")

    def path(self, name: str) -> str:
        """Where `name` lies; a name that would leave the root is refused."""
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise LedgerError(f"'{name}' would lie outside of {self.location}")
        return f"{self._root}/{name}"

    def put(self, name: str, content: bytes) -> None:
        """Write in one go: readers see the old content or the new, never a part."""
        path = self.path(name)
        try:
            if self._local:
                replace_file(Path(path), content)
            else:
                with self._fs.open_output_stream(path) as stream:
                    stream.write(content)
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error})") from error

    def get(self, name: str) -> bytes | None:
        """The content, or None where there is no such file."""
        path = self.path(name)
        try:
            with self._fs.open_input_stream(path, compression=None) as stream:
                return stream.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def open(self, name: str) -> pa.NativeFile | None:
        """The file opened for random access, or None where there is none."""
        path = self.path(name)
        try:
            return self._fs.open_input_file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no error."""
        try:
            self._fs.delete_file(self.path(name))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{self.path(name)}: cannot be removed ({error})") from error

    def names(self, folder: str, suffix: str) -> list[str]:
        """Names of the files in a folder that end with the suffix, sorted; hidden ones left out."""
        files = self._listed(folder, fs.FileType.File)
        return [name for name in files if name.endswith(suffix)]

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted; hidden ones left out."""
        return self._listed(folder, fs.FileType.Directory)

    def _listed(self, folder: str, kind: fs.FileType) -> list[str]:
        selector = fs.FileSelector(self.path(folder), allow_not_found=True)
        try:
            found = self._fs.get_file_info(selector)
        except OSError as error:
            raise StorageError(f"{self.path(folder)}: cannot be listed ({error})") from error
        names = (info.base_name for info in found if info.type == kind)
        return sorted(name for name in names if not name.startswith("."))

    def require_writable(self) -> None:
        """Raise StorageError unless there is room for a file here."""
        self.put(".writable", bytes(PROBE_BYTES))
        self.remove(".writable")

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


def replace_file(path: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder, flush to disk, then replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
