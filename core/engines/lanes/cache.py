"""Keep compiled kernels in a folder of the user's own; compile what it lacks.

They are compiled on first use rather than at installation, because a wheel may be used on another
CPU than the one it was built on, and an installation must not need a compiler.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from filelock import FileLock
from platformdirs import user_cache_path

from core.engines.lanes.compiler import (
    FLAGS,
    Compiler,
    CompilerError,
    find_compiler,
    for_this_cpu,
)

Precision = Literal["float", "double"]
SOURCES = Path(__file__).parent / "native"
DEFINES: dict[Precision, tuple[str, ...]] = {"float": (), "double": ("-DLANES_DOUBLE",)}


def is_compiled() -> bool:
    """Say whether `compiled_kernels` finds the library in the cache.

    Raises:
        CompilerError: there is no compiler.
    """
    name, flags = wanted("float")
    return library_in(kernels_folder(), name, native_sources(), flags, find_compiler()).exists()


def compiled_kernels(precision: Precision = "float") -> Path:
    """Return the library of the kernels for this CPU, compiled now if it never was.

    `double` is for proofs: the same kernels in double precision.

    Raises:
        CompilerError: there is no compiler, it fails, or the cache is not the user's alone.
    """
    name, flags = wanted(precision)
    return cached(kernels_folder(), name, native_sources(), flags, find_compiler())


def wanted(precision: Precision) -> tuple[str, tuple[str, ...]]:
    """Return the name of a precision's library, and the flags it is compiled with."""
    return f"lanes-{precision}", (*FLAGS, for_this_cpu(), *DEFINES[precision])


def kernels_folder() -> Path:
    return user_cache_path("stochasticity-study") / "kernels"


def library_in(
    folder: Path, name: str, sources: Sequence[Path], flags: Sequence[str], compiler: Compiler
) -> Path:
    """Return where a folder keeps the library of these sources, flags and compiler."""
    return folder / f"{name}-{key_of(sources, flags, compiler)}.so"


def native_sources() -> list[Path]:
    return sorted(path for path in SOURCES.iterdir() if path.suffix in (".cpp", ".hpp"))


def cached(
    folder: Path, name: str, sources: Sequence[Path], flags: Sequence[str], compiler: Compiler
) -> Path:
    """Return the library of these sources, flags and compiler from a folder, or compile it there.

    Processes that want the same library wait for the first of them. It is put whole or not at all.

    Raises:
        CompilerError: it does not compile, or the folder cannot be used or is not ours alone.
    """
    library = library_in(folder, name, sources, flags, compiler)
    try:
        for part in (*reversed(folder.parents), folder):  # whatever the umask says
            part.mkdir(mode=0o700, exist_ok=True)
        require_private(folder)
        if not library.exists():
            with FileLock(library.with_suffix(".lock"), mode=0o600):
                if not library.exists():
                    _compile_whole(library, sources, flags, compiler)
        require_ours(library)
    except (OSError, NotImplementedError) as error:
        raise CompilerError(
            f"{folder}: must be writable, to keep compiled kernels ({error}); "
            "set XDG_CACHE_HOME to a directory of your own"
        ) from error
    return library


def _compile_whole(
    library: Path, sources: Sequence[Path], flags: Sequence[str], compiler: Compiler
) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent, prefix="compiling-") as room:
        made = Path(room) / library.name
        compiler.compile(sources, made, flags)
        made.chmod(0o600)
        os.replace(made, library)


def key_of(sources: Sequence[Path], flags: Sequence[str], compiler: Compiler) -> str:
    """Return a digest of everything that decides the library's bytes."""
    digest = hashlib.sha256()
    parts = [*compiler.command, compiler.version, compiler.target, *flags]
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    for source in sources:
        content = source.read_bytes()
        digest.update(f"{source.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:40]


def require_private(folder: Path) -> None:
    """Raise CompilerError where someone else could put a library into the folder.

    The folder must be the user's own and writable by nobody else. No folder above it may be
    somebody else's but root's, or writable by others, unless it keeps them from renaming what is
    not theirs (the sticky bit of /tmp).
    """
    require_ours(folder)
    for above in folder.resolve().parents:
        status = above.stat()
        others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid not in (0, os.getuid()) or (
            others_write and not status.st_mode & stat.S_ISVTX
        ):
            refuse(above)


def require_ours(path: Path) -> None:
    """Raise CompilerError unless the user alone owns and writes this file or folder."""
    status = path.lstat()
    if (
        stat.S_ISLNK(status.st_mode)
        or status.st_uid != os.getuid()
        or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        refuse(path)


def refuse(path: Path) -> None:
    raise CompilerError(
        f"{path}: compiled kernels must lie where only you can write, and others can write here; "
        "set XDG_CACHE_HOME to a directory of your own"
    )
