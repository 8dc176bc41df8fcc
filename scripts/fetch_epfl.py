"""The command `python -m scripts.fetch_epfl`: the EPFL hippocampus volumes."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from core.data.tiff import read_stack
from results.command_line import CommandParser
from results.errors import ConfigError, DataError, StudyError
from scripts.download import PAGE, Downloader, DownloadError
from scripts.partial import Partial
from scripts.web import one_line, require_web_folder

BASE = "https://documents.epfl.ch/groups/c/cv/cvlab-unit/www/data/%20ElectronMicroscopy_Hippocampus"
"""Where the page's links lead; the space before the name is the publisher's."""
NAMES = ("training.tif", "training_groundtruth.tif", "testing.tif", "testing_groundtruth.tif")

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

EXAMPLES = """examples:
  python -m scripts.fetch_epfl
      the four volumes, 130 MB each, into data/epfl-hippocampus
  python -m scripts.fetch_epfl path/to/epfl --url https://mirror.example/epfl
      into another directory, from another server that has files of these names

The same command again goes on where it stopped and leaves complete files alone.

exit status: 0 all four are there, 1 some are not, 2 wrong usage, 130 interrupted
"""


class ProgressWatcher:
    """A bar a file with size, speed and time to go; without a terminal only the lines."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def begin(self, name: str, done: int, size: int | None) -> None:
        """Another attempt at this file, `done` bytes of which are there."""
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name)
        self.task = self.tasks[name]
        self.progress.reset(self.task, total=size, completed=done)

    def advance(self, count: int) -> None:
        self.progress.advance(self.task, count)

    def say(self, text: str) -> None:
        say(self.progress.console, text)


def build_parser() -> CommandParser:
    parser = CommandParser(
        "scripts.fetch_epfl", f"Download the EPFL hippocampus volumes of {PAGE}", EXAMPLES
    )
    add = parser.add_argument
    add(
        "directory",
        nargs="?",
        default="data/epfl-hippocampus",
        metavar="DIRECTORY",
        help="where the files go (default: data/epfl-hippocampus)",
    )
    add("--url", default=BASE, metavar="BASE", help="http(s) folder of a mirror")
    add(
        "--retries",
        type=count,
        default=5,
        metavar="N",
        help="further attempts for each file when the connection is cut (default: 5)",
    )
    add(
        "--timeout",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for a server that sends nothing (default: 30)",
    )
    return parser


def count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number, 0 to 999999")
    return int(text)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: must be a number") from None
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: must be above 0 and at most 3600")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    options = build_parser().parse_args(arguments)
    directory = Path(options.directory)
    try:
        if not options.directory:
            raise ConfigError("DIRECTORY: is empty; leave it out for the default")
        require_web_folder(options.url)
        fetch(directory, options)
        return DONE
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except StudyError as error:
        print(f"error: {error}{kept(directory)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        given = sys.argv[1:] if arguments is None else arguments
        command = shlex.join(["python", "-m", "scripts.fetch_epfl", *given])
        print(f"\ninterrupted{kept(directory)}; continue with: {command}", file=sys.stderr)
        return INTERRUPTED


def fetch(directory: Path, options: argparse.Namespace) -> None:
    """Download what is missing, and say what to do with it.

    Raises:
        DownloadError: one file cannot be had or stored, or what has its name is no volume.
    """
    console = Console(soft_wrap=True)
    prepare(directory)
    with only_one(directory):
        missing = [name for name in NAMES if not is_there(directory / name, console)]
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        ) as progress:
            watcher = ProgressWatcher(progress)
            downloader = Downloader(watcher, retries=options.retries, timeout=options.timeout)
            for name in missing:
                url, target = f"{options.url.rstrip('/')}/{name}", directory / name
                watcher.say(f"{name}: from {url}")
                downloader.download(url, target)
                watcher.say(f"{name}: complete, {decimal(target.stat().st_size)}")
    say(console, f"the four files are in {directory}; use them with:")
    say(console, f"python -m study.run temperature_seeds --data {shlex.quote(str(directory))}")


def prepare(directory: Path) -> None:
    """Make the directory, or raise DownloadError if nothing can be written there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(
            f"{directory}: cannot be made ({one_line(error)}); name another DIRECTORY"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise DownloadError(f"{directory}: cannot be written to; name another DIRECTORY")


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Keep a second download out of the directory, where there are such locks.

    Raises:
        DownloadError: one is running.
    """
    handle = None
    try:
        import fcntl

        handle = os.open(directory, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DownloadError(f"{directory}: another download into it is running") from None
    except (ImportError, OSError):  # a system, or a file system, without
        pass
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def is_there(path: Path, console: Console) -> bool:
    """Whether the file is there already and whole.

    Raises:
        DownloadError: something else has its name; it is left alone.
    """
    if not path.exists():
        return False
    try:
        read_stack(path)
    except DataError as error:
        raise DownloadError(f"{error}; move it away to have it downloaded") from error
    say(console, f"{path.name}: already there, {decimal(path.stat().st_size)}, left alone")
    return True


def kept(directory: Path) -> str:
    """What a next attempt finds, as the end of a sentence."""
    sizes = {name: Partial(directory / name).size for name in NAMES}
    parts = [f"{name}.part ({decimal(size)})" for name, size in sizes.items() if size > 0]
    return f"; kept for the next attempt: {', '.join(parts)}" if parts else ""


def say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
