"""The streams that a command prints to: closed ones, full ones, and those of few characters."""

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def make_printable() -> None:
    """Let nothing that is printed fail for lack of a stream, or of a character in its encoding."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before the command began
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  it stays open
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def is_full() -> bool:
    """Tell whether the standard output takes nothing more."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False


def discard_output() -> None:
    """Let what is still to be printed go nowhere, at the end of the process too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_line(console: "Console", text: str) -> None:
    """Print a text as it is: no name in it is markup. A file or pipe gets it in one line."""
    console.print(text, markup=False, highlight=False, soft_wrap=not console.is_terminal)
