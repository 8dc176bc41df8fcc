"""The command `python -m scripts.fetch_epfl`: the EPFL hippocampus volumes."""

import re
import shlex
import sys
from pathlib import Path

import click
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

from core.data.tiff import read_stack
from results.command_line import DONE, program
from results.errors import ConfigError, DataError
from results.text import printable
from scripts.download import DownloadError, download

PAGE = "https://www.epfl.ch/labs/cvlab/data/data-em/"
BASE = "https://documents.epfl.ch/groups/c/cv/cvlab-unit/www/data/%20ElectronMicroscopy_Hippocampus"
"""Where the page's links lead; the space before the name is the publisher's."""
NAMES = ("training.tif", "training_groundtruth.tif", "testing.tif", "testing_groundtruth.tif")
FAILED = 1

EXAMPLES = """examples:
  python -m scripts.fetch_epfl
      the four volumes, 130 MB each, into data/epfl-hippocampus
  python -m scripts.fetch_epfl path/to/epfl --url https://mirror.example/epfl
      into another directory, from another server that has files of these names

The same command again goes on where it stopped and leaves complete files alone.

exit status: 0 all four are there, 1 some are not, 2 wrong usage, 130 interrupted
"""


@program(
    "scripts.fetch_epfl",
    f"Download the EPFL hippocampus volumes of {PAGE}",
    EXAMPLES,
    interrupted="what arrived is kept, continue with: {command}",
)
@click.argument(
    "directory",
    default="data/epfl-hippocampus",
    help="where the files go (default: data/epfl-hippocampus)",
)
@click.option("--url", default=BASE, metavar="BASE", help="http(s) folder of a mirror")
def main(directory: str, url: str) -> int:
    """Download what is missing into the directory.

    Raises:
        ConfigError: no directory is named, or the address is no plain web folder.
    """
    if not directory:
        raise ConfigError("DIRECTORY: is empty; leave it out for the default")
    if not re.fullmatch(r"https?://[^\s?#@]+", url):
        raise ConfigError(
            f"--url {url}: must be a plain https://HOST/FOLDER or http://HOST/FOLDER, with a "
            "space written as %20"
        )
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".download.lock", blocking=False):
            fetch_missing(folder, url.rstrip("/"))
        return DONE
    except Timeout:
        reason = f"{directory}: another download into it is running; wait for its end"
    except OSError as error:
        reason = f"{directory}: cannot be written to ({error.strerror}); name another DIRECTORY"
    except (DownloadError, DataError) as error:
        reason = str(error)
    print(f"error: {printable(reason)}", file=sys.stderr)
    return FAILED


def fetch_missing(directory: Path, base: str) -> None:
    """Download file after file, and say what to do with them.

    Raises:
        DownloadError: a file cannot be had or stored.
        DataError: what has a file's name is no volume; it is left alone.
    """
    console = Console(soft_wrap=True)

    def say(text: str) -> None:
        console.print(printable(text), markup=False, highlight=False)

    missing = [name for name in NAMES if not (directory / name).exists()]
    for name in NAMES:
        if name not in missing:
            read_stack(directory / name)
            say(f"{name}: already there, left alone")
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        for name in missing:
            say(f"{name}: from {base}/{name}")
            download(f"{base}/{name}", directory / name, say, bars)
            say(f"{name}: complete")
    say(f"the four files are in {directory}; use them with:")
    say(f"python -m study.run temperature_seeds --data {shlex.quote(str(directory))}")


if __name__ == "__main__":
    sys.exit(main())
