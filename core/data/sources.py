"""What `--data` names, and everything a reader of volumes needs from one place."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from core.data.foreground import Foreground
from core.data.identity import gap_option, with_gap
from core.data.layouts import AnnotatedDirectory, DirectorySource, FolderSource, open_directory
from core.data.phantom import Phantom
from core.data.presence import is_folder, mode_of
from core.data.volumes import (
    VALIDATION_GAP,
    Source,
    Stack,
    Volumes,
    describe,
    require_tile_fits,
    sizes,
    split,
)
from results.errors import ConfigError, DataError

__all__ = [
    "DirectorySource",
    "FolderSource",
    "PhantomSource",
    "Source",
    "Stack",
    "Volumes",
    "describe",
    "is_phantom",
    "open_source",
    "require_tile_fits",
    "split",
]


PHANTOM = "phantom"
"""What `--data` calls the built-in stack."""


@dataclass(frozen=True)
class PhantomSource(Source):
    """The built-in synthetic stack; DataError where a gap leaves nothing of it to train on."""

    phantom: Phantom = field(default_factory=Phantom)
    gap: int = VALIDATION_GAP
    """So many slices are left out between training and validation."""

    def __post_init__(self) -> None:
        sizes(self.phantom.training_slices, self.gap)

    @property
    def name(self) -> str:
        return f"{PHANTOM}{gap_option(self.gap)}"

    @property
    def fingerprint(self) -> str:
        return with_gap(self.phantom.fingerprint, self.gap)

    def slice_shape(self) -> tuple[int, int]:
        return self.phantom.side, self.phantom.side

    def load(self) -> Volumes:
        """Generate, which takes a few seconds the first time, split and normalise."""
        training, testing = (generated(self.phantom, which) for which in (0, 1))
        return split(training, testing, self.fingerprint, self.gap)


@lru_cache(maxsize=2)
def generated(phantom: Phantom, which: int) -> Stack:
    """Make a volume of the phantom; studies and rounds of one command share it, read-only."""
    images, masks = phantom.volume(which)
    images.setflags(write=False)
    masks.setflags(write=False)
    return Stack(images, masks)


@dataclass(frozen=True)
class ReadOnce(Source):
    """A directory whose files are read, checked and decoded once."""

    directory: AnnotatedDirectory

    @property
    def name(self) -> str:
        return self.directory.name

    @cached_property
    def volumes(self) -> Volumes:
        return self.directory.load()

    @property
    def fingerprint(self) -> str:
        return self.volumes.fingerprint

    def slice_shape(self) -> tuple[int, int]:
        height, width = self.volumes.training.images.shape[1:]
        return height, width

    def load(self) -> Volumes:
        return self.volumes


def is_phantom(name: str) -> bool:
    """Tell from a source's name whether it is the built-in stack; directories have absolute paths.

    Args:
        name: `Source.name`, with the options that follow it.
    """
    return name.partition(" ")[0] == PHANTOM


def open_source(
    text: str,
    foreground: Foreground | None = None,
    known: Iterable[str] = (),
    gap: int = VALIDATION_GAP,
) -> Source:
    """Open the source that `--data` names: `phantom`, or a directory.

    Args:
        text: `phantom`, or the path of a directory in one of the two layouts.
        foreground: what is foreground in the directory's masks; without it they hold two values,
            0 and 255 or 0 and 1.
        known: ids of data that there are runs of. Ids are of pixels; they were of files once, and
            files whose former id is among these keep it.
        gap: slices that are left out between training and validation.

    Raises:
        ConfigError: a foreground is given for the phantom.
        DataError: no such directory, or it holds neither layout, both, or a part of one; or a gap
            that leaves nothing of the phantom.
    """
    if text == PHANTOM:
        if foreground is not None:
            raise ConfigError(
                f"--foreground {shlex.quote(str(foreground))}: the built-in data has no labels to "
                "choose from; give --data DIR with it, or leave it out"
            )
        return PhantomSource(gap=gap)
    directory = Path(text)
    if not is_folder(directory):
        found = "is a file, not a directory" if mode_of(directory) else "no such directory"
        raise DataError(f"--data {text}: {found}; give one, or 'phantom'")
    return ReadOnce(open_directory(directory.resolve(), foreground, frozenset(known), gap))
