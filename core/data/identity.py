"""The identity of a data set: a hash of its pixels, or the id that it had from its files.

Ids were hashes of file contents once. An id of that kind stays valid in two ways: the EPFL slices
of `docs/reproduction` keep theirs in `FORMER`, and whoever has runs under the id of these very
files goes on with it (`core.data.sources.open_source`).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.data.foreground import Foreground
from core.data.presence import unreadable
from core.data.volumes import VALIDATION_GAP, Stack

FORMER = {"pixels-625ce4ad6e9b3ed2": "files-582efe4d133aefe5"}
"""An id of pixels leads to the id that it stands for: every second slice of the EPFL volumes."""


def pixels_id(stacks: Iterable[Stack]) -> str:
    """Name the data by the first 64 bits of a SHA-256 over their types, shapes and values.

    Args:
        stacks: the training and the testing volume, each `slice height width`.

    Returns:
        `pixels-` and 16 hexadecimal digits, or the former id that they stand for.
    """
    digest = hashlib.sha256()
    for stack in stacks:
        for array in (stack.images, stack.masks):
            portable = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            digest.update(f"{portable.dtype.str} {portable.shape}\n".encode())
            digest.update(portable.data)
    found = f"pixels-{digest.hexdigest()[:16]}"
    return FORMER.get(found, found)


def files_id(pieces: Iterable[bytes], foreground: Foreground | None) -> str:
    """Name files as they were named before ids were of pixels: by their contents' digests."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    chosen = "" if foreground is None else f"-foreground-{foreground}"
    return f"files-{digest.hexdigest()[:16]}{chosen}"


def with_gap(found: str, gap: int) -> str:
    """Add another gap than the usual one: it decides which slices are trained on."""
    return found if gap == VALIDATION_GAP else f"{found}-gap-{gap}"


def gap_option(gap: int) -> str:
    """Say how `--data` goes on where the gap is not the usual one, as ` --validation-gap 0`."""
    return "" if gap == VALIDATION_GAP else f" --validation-gap {gap}"


def content_digest(path: Path) -> bytes:
    """Hash a file's content with SHA-256.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise unreadable(path, error) from error
