"""What `--data` names, and everything a reader of volumes needs from one place."""

from dataclasses import dataclass, field
from pathlib import Path

from core.data.layouts import DirectorySource, FolderSource, open_directory
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


@dataclass(frozen=True)
class PhantomSource:
    """The built-in synthetic stack."""

    phantom: Phantom = field(default_factory=Phantom)

    @property
    def name(self) -> str:
        return "phantom"

    @property
    def fingerprint(self) -> str:
        return self.phantom.fingerprint

    def slice_shape(self) -> tuple[int, int]:
        return self.phantom.side, self.phantom.side

    def load(self) -> Volumes:
        """Generate, split and normalise; a few seconds."""
        training, testing = (Stack(*self.phantom.volume(which)) for which in (0, 1))
        return split(training, testing, self.fingerprint)


def open_source(text: str, foreground: int | None = None) -> Source:
    """The source that `--data` names: `phantom`, or a directory.

    Args:
        text: `phantom`, or the path of a directory in one of the two layouts.
        foreground: the label that is foreground in the directory's masks; without it they hold
            two values, 0 and 255 or 0 and 1.

    Raises:
        ConfigError: a foreground is given for the phantom.
        DataError: no such directory, or it holds neither layout, both, or a part of one.
    """
    if text == "phantom":
        if foreground is not None:
            raise ConfigError(
                f"--foreground {foreground}: the built-in data has no labels to choose from; "
                "give --data DIR with it, or leave it out"
            )
        return PhantomSource()
    directory = Path(text)
    if not directory.is_dir():
        raise DataError(f"--data {text}: no such directory; give one, or 'phantom'")
    return open_directory(directory.resolve(), foreground)
