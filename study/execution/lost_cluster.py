"""Whether the Ray cluster of a command is still there, and what is said where it is not.

A command watches its cluster. But Ray's C++ code ends the process of a command with status 1 and
without a word as soon as that touches the object store of a node that is gone: a small process
beside the command, this module as a program, notices and says why.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from results.errors import ConfigError

LOST_SECONDS = 20.0
"""Without an answer. Ray waits for a minute, and ends the process then."""
LOOK_SECONDS = 2.0
CLUSTER_LOST = 1
"""Exit status: some runs have no outcome."""
FAREWELL = b"."
"""What a command writes that ends by itself."""
ANSWER_SECONDS = 3.0
"""A node that is ending still accepts connections for so long after Ray has ended the command."""
ROOT = Path(__file__).parents[2]
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
    except (OSError, OverflowError, UnicodeError):  # the latter of no port, and of no host's name
        return False


def require_answering(address: str) -> None:
    """Raise ConfigError where nothing accepts connections; Ray would wait for ten minutes.

    Args:
        address: as `--address` has it; only a host and port can be asked.
    """
    found = re.fullmatch(r"(?:ray://)?(.+:[0-9]+)", address)
    if found and not answers(found[1], ANSWER_SECONDS):
        raise ConfigError(
            f"--address {address}: nothing accepts connections there; start Ray there with `ray "
            "start --head`, or leave --address out for a cluster of this command's own"
        )


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


@contextlib.contextmanager
def last_words(address: str, node: str, then: str) -> Iterator[Callable[[], None]]:
    """Have it said if Ray ends this process. Yields what to call before it ends in another way.

    Args:
        address: of the cluster, as it is told to the user.
        node: the socket by which this process reaches its node (raylet).
        then: what to do, as it is told to the user.
    """
    witness = subprocess.Popen(
        [sys.executable, "-P", "-m", "study.execution.lost_cluster", address, node, then],
        env={**os.environ, "PYTHONPATH": str(ROOT)},  # not what lies beside the user
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the command's
    )

    def farewell() -> None:
        with contextlib.suppress(OSError, ValueError):  # it is gone, or has had its farewell
            witness.communicate(FAREWELL)

    try:
        yield farewell
    finally:
        farewell()


def main() -> None:
    """Wait for the command's end; where it had no farewell and its node is gone, say so."""
    address, node, then = sys.argv[1:]
    if sys.stdin.buffer.read() == FAREWELL:
        return
    until = time.monotonic() + ANSWER_SECONDS
    while answers(node, ANSWER_SECONDS):
        if time.monotonic() >= until:
            return  # the command was killed, and its cluster is there
        time.sleep(0.1)
    tell_lost(address, then)


if __name__ == "__main__":
    main()
