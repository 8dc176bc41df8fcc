"""TIFF stacks that are written slice by slice and get their names only when all are whole."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np
import tifffile
from jaxtyping import Shaped

from core.data.voxel_size import VoxelSize
from core.prediction.stack_description import imagej_text, ome_text
from results.errors import ConfigError

CLASSIC_TIFF = 2**31
"""A file of more bytes needs BigTIFF."""


@dataclass(frozen=True)
class StackForm:
    """What all stacks that are written together have in common."""

    shape: tuple[int, int, int]
    """Slices, height and width."""
    voxels: VoxelSize = field(default_factory=VoxelSize)
    compress: bool = False
    """Write less, without loss: zlib without a predictor, which ImageJ would not undo."""
    classic: int = CLASSIC_TIFF
    """A file of more bytes, uncompressed, is BigTIFF."""


class StackWriter:
    """Writes one stack, slice after slice.

    It tells Fiji what the slices and their scale are: in ImageJ's form, or as OME-XML where the
    file is BigTIFF, for which there is no such form.
    """

    def __init__(self, path: Path, dtype: np.dtype, form: StackForm) -> None:
        self.form = form
        big = prod(form.shape) * dtype.itemsize > form.classic
        self.description: bytes | None = (
            ome_text(form.shape, dtype, form.voxels)
            if big
            else imagej_text(form.shape, form.voxels)
        )
        self.file = tifffile.TiffWriter(path, bigtiff=big)

    def write(self, slice_: Shaped[np.ndarray, "height width"]) -> None:
        """Append a slice; only the first page describes the stack."""
        voxels = self.form.voxels
        self.file.write(
            slice_,
            description=self.description,
            metadata=None,
            resolution=voxels.resolution,
            resolutionunit=voxels.resolution_unit,
            contiguous=not self.form.compress,
            compression="zlib" if self.form.compress else None,
        )
        self.description = None


@contextmanager
def written_stacks(
    dtypes: Mapping[Path, np.dtype], form: StackForm, *, overwrite: bool
) -> Iterator[list[StackWriter]]:
    """Open writers whose files get their names only when all of them are whole.

    Args:
        dtypes: the type of each file's voxels; all are in one directory, which is made.
        form: what the files have in common.
        overwrite: replace what is there.

    Raises:
        ConfigError: a file is there already, or cannot be written.
    """
    for path in dtypes:
        if os.path.exists(path) and not overwrite:
            raise ConfigError(f"{path}: is there already; --overwrite replaces it")
    partial = {path.with_name(f".{path.name}.part-{os.getpid()}"): path for path in dtypes}
    writers: list[StackWriter] = []
    try:
        for path, target in partial.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            writers.append(StackWriter(path, dtypes[target], form))
        yield writers
        for writer in writers:
            writer.file.close()
        for path, target in partial.items():
            path.replace(target)
    except OSError as error:
        raise ConfigError(
            f"--to {next(iter(dtypes)).parent}: cannot be written ({error}); name another directory"
        ) from error
    finally:
        for writer in writers:
            writer.file.close()
        for path in partial:
            with suppress(OSError):  # where none could be made, there is none
                path.unlink(missing_ok=True)
