"""TIFF stacks that are written slice by slice and get their names only when all are whole."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import tifffile
from jaxtyping import Shaped

from results.errors import ConfigError

CLASSIC_TIFF = 2**31
"""A file of more bytes needs BigTIFF."""


class StackWriter:
    """Writes one stack, slice after slice.

    Args:
        path: the file.
        size: bytes of all slices.
        compress: write less, without loss (zlib).
    """

    def __init__(self, path: Path, size: int, *, compress: bool) -> None:
        self.compress = compress
        self.file = tifffile.TiffWriter(path, bigtiff=size > CLASSIC_TIFF)

    def write(self, slice_: Shaped[np.ndarray, "height width"]) -> None:
        """Append a slice."""
        if self.compress:  # pages of one kind and no description are read as one stack
            self.file.write(slice_, compression="zlib", predictor=True, metadata=None)
        else:
            self.file.write(slice_, contiguous=True)


@contextmanager
def written_stacks(
    paths: Sequence[Path], size: int, *, overwrite: bool, compress: bool
) -> Iterator[list[StackWriter]]:
    """Open writers whose files get their names only when all of them are whole.

    Args:
        paths: the files, in one directory, which is made.
        size: bytes of the largest, uncompressed.
        overwrite: replace what is there.
        compress: write less, without loss.

    Raises:
        ConfigError: a file is there already, or cannot be written.
    """
    for path in paths:
        if path.exists() and not overwrite:
            raise ConfigError(f"{path}: is there already; --overwrite replaces it")
    partial = [path.with_name(f".{path.name}.part-{os.getpid()}") for path in paths]
    writers: list[StackWriter] = []
    try:
        for path in partial:
            path.parent.mkdir(parents=True, exist_ok=True)
            writers.append(StackWriter(path, size, compress=compress))
        yield writers
        for writer in writers:
            writer.file.close()
        for path, target in zip(partial, paths, strict=True):
            path.replace(target)
    except OSError as error:
        raise ConfigError(
            f"--to {paths[0].parent}: cannot be written ({error}); name another directory"
        ) from error
    finally:
        for writer in writers:
            writer.file.close()
        for path in partial:
            with suppress(OSError):  # where none could be made, there is none
                path.unlink(missing_ok=True)
