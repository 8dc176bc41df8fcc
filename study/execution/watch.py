"""Whether the Ray cluster of a command is still there."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

LOST_SECONDS = 20.0
"""Without an answer. Ray waits for a minute, and ends the process then."""
LOOK_SECONDS = 2.0


@contextlib.contextmanager
def watching(
    address: str,
    on_lost: Callable[[str], None],
    *,
    lost_seconds: float = LOST_SECONDS,
    look_seconds: float = LOOK_SECONDS,
) -> Iterator[None]:
    """Look every few seconds whether a cluster answers.

    Ray's own calls block for as long as it does not, and let no signal through: whoever is told has
    to do without the main thread.

    Args:
        address: host and port of its control service (GCS).
        on_lost: called once, in a thread of its own, with what to say.
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
                on_lost(f"the Ray cluster at {address} does not answer any more")
                return

    thread = threading.Thread(target=look, name="cluster watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def answers(address: str, seconds: float) -> bool:
    """Return whether something accepts connections there within so many seconds."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=seconds):
            return True
    except OSError:
        return False
