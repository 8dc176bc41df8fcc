"""What `--data` names, and everything a reader of volumes needs from one place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from core.data.layouts import AnnotatedDirectory, DirectorySource, FolderSource, open_directory
from core.data.phantom import Phantom
from core.data.volumes import Source, Stack, Volumes, describe, require_tile_fits, split
from results.errors import ConfigError, DataError

__all__ = [
    "DirectorySource",
    "FolderSource",
    "PhantomSource",
    "Source",
    "Stack",
    "Volumes",
    "describe",
    "open_source",
    "require_tile_fits",
    "split",
]


PHANTOM = "phantom"
"""What `--data` calls the built-in stack."""


@dataclass(frozen=True)
class PhantomSource(Source):
    """The built-in synthetic stack."""

    phantom: Phantom = field(default_factory=Phantom)

    @property
    def name(self) -> str:
        return PHANTOM

    @property
    def fingerprint(self) -> str:
        return self.phantom.fingerprint

    def slice_shape(self) -> tuple[int, int]:
        return self.phantom.side, self.phantom.side

    def load(self) -> Volumes:
        """Generate, split and normalise, which takes a few seconds."""
        training, testing = (Stack(*self.phantom.volume(which)) for which in (0, 1))
        return split(training, testing, self.fingerprint)


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


def open_source(text: str, foreground: int | None = None, known: Iterable[str] = ()) -> Source:
    """Open the source that `--data` names: `phantom`, or a directory.

    Args:
        text: `phantom`, or the path of a directory in one of the two layouts.
        foreground: the label that is foreground in the directory's masks; without it they hold
            two values, 0 and 255 or 0 and 1.
        known: ids of data that there are runs of. Ids are of pixels; they were of files once, and
            files whose former id is among these keep it.

    Raises:
        ConfigError: a foreground is given for the phantom.
        DataError: no such directory, or it holds neither layout, both, or a part of one.
    """
    if text == PHANTOM:
        if foreground is not None:
            raise ConfigError(
                f"--foreground {foreground}: the built-in data has no labels to choose from; "
                "give --data DIR with it, or leave it out"
            )
        return PhantomSource()
    directory = Path(text)
    if not directory.is_dir():
        raise DataError(f"--data {text}: no such directory; give one, or 'phantom'")
    return ReadOnce(open_directory(directory.resolve(), foreground, frozenset(known)))
