"""What the commands that look after a ledger share: exit statuses, errors, progress."""

import os
import sys
import warnings
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from results.errors import StudyError
from results.ledger.ledger import LedgerWarning

DONE, FOUND, USAGE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141


def exit_status(command: Callable[[], int], interrupted: str) -> int:
    """The command's exit status. Errors a user can mend are one line on stderr.

    Args:
        command: does it all.
        interrupted: what to say after Ctrl-C.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", LedgerWarning)
        warnings.showwarning = lambda message, *_, **__: print(
            f"warning: {printable(str(message))}", file=sys.stderr
        )
        try:
            return command()
        except StudyError as error:
            print(f"error: {printable(str(error))}", file=sys.stderr)
            return USAGE
        except KeyboardInterrupt:
            print(f"\ninterrupted; {interrupted}", file=sys.stderr)
            return INTERRUPTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE


def progress(unit: str) -> Progress:
    """A bar on a terminal, nothing elsewhere; on stderr, so that stdout is the answer."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def printable(text: str) -> str:
    """The text with what would steer a terminal written out: names may come from anywhere."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
