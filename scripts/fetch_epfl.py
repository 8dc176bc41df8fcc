"""The command `python -m scripts.fetch_epfl`: the EPFL hippocampus volumes."""

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

from core.data.tiff import read_stack
from results.command_line import CommandParser
from results.commands import DONE, exit_status, printable
from results.errors import ConfigError, DataError
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    parser = CommandParser(
        "scripts.fetch_epfl", f"Download the EPFL hippocampus volumes of {PAGE}", EXAMPLES
    )
    default = "data/epfl-hippocampus"
    parser.add_argument(
        "directory", nargs="?", default=default, help=f"where the files go (default: {default})"
    )
    parser.add_argument("--url", default=BASE, metavar="BASE", help="http(s) folder of a mirror")
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    again = shlex.join(["python", "-m", "scripts.fetch_epfl", *given])
    return exit_status(
        lambda: fetch(options.directory, options.url),
        f"what arrived is kept, continue with: {again}",
    )


def fetch(name: str, url: str) -> int:
    """Download what is missing into the directory of that name; the exit status.

    Raises:
        ConfigError: no directory is named, or the address is no plain web folder.
    """
    if not name:
        raise ConfigError("DIRECTORY: is empty; leave it out for the default")
    if not re.fullmatch(r"https?://[^\s?#@]+", url):
        raise ConfigError(
            f"--url {url}: must be a plain https://HOST/FOLDER or http://HOST/FOLDER, with a "
            "space written as %20"
        )
    directory = Path(name)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / ".download.lock", blocking=False):
            fetch_missing(directory, url.rstrip("/"))
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
