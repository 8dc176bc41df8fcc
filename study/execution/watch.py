"""Whether the Ray cluster of a command is still there, and what is said where it is not."""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

LOST_SECONDS = 20.0
"""Without an answer. Ray waits for a minute, and ends the process then."""
LOOK_SECONDS = 2.0
CLUSTER_LOST = 1
"""Exit status: some runs have no outcome."""
SHOW_CURSOR = "\033[?25h"


@contextlib.contextmanager
def watching(
    address: str,
    on_lost: Callable[[], None],
    *,
    lost_seconds: float = LOST_SECONDS,
    look_seconds: float = LOOK_SECONDS,
) -> Iterator[None]:
    """Look every few seconds whether a cluster answers.

    Ray's own calls block for as long as it does not, and let no signal through: whoever is told has
    to do without the main thread.

    Args:
        address: host and port of its control service (GCS).
        on_lost: called once, in a thread of its own.
        lost_seconds: how long it may be silent.
        look_seconds: how often to look.
    """
    over = threading.Event()

    def look() -> None:
        answered = time.monotonic()
        while not over.wait(look_seconds):
            if answers(address, look_seconds):
                answered = time.monotonic()
            elif time.monotonic() - answered >= lost_seconds:
                on_lost()
                return

    thread = threading.Thread(target=look, name="cluster watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def answers(address: str, seconds: float) -> bool:
    """Return whether something accepts connections there within so many seconds.

    Args:
        address: host and port, or the path of a socket.
        seconds: to wait.
    """
    try:
        if address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(seconds)
                connection.connect(address)
            return True
        host, _, port = address.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=seconds):
            return True
    except OSError:
        return False


def tell_lost(address: str, then: str) -> None:
    """Say that the cluster at an address is lost and what to do then; show the cursor, which a
    live display has hidden."""
    if sys.stdout.isatty():
        sys.stdout.write(SHOW_CURSOR)
    sys.stdout.flush()
    said = f"stopped: cluster lost: the Ray cluster at {address} does not answer any more; {then}"
    print(said, file=sys.stderr, flush=True)


def leave(address: str, then: str) -> None:
    """End the process, whatever its main thread waits for."""
    tell_lost(address, then)
    os._exit(CLUSTER_LOST)
