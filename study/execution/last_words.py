"""What a command could not say itself because Ray has ended it without a word.

Ray's C++ code ends the process of a command with status 1 as soon as that touches the object store
of a node that is gone. A small process beside the command notices and says why.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from study.execution.watch import answers, tell_lost

FAREWELL = b"."
"""What a command writes that ends by itself."""
ANSWER_SECONDS = 5.0
ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def last_words(address: str, node: str, then: str) -> Iterator[Callable[[], None]]:
    """Have it said if Ray ends this process. Yields what to call before it ends in another way.

    Args:
        address: of the cluster, as it is told to the user.
        node: the socket by which this process reaches its node (raylet).
        then: what to do, as it is told to the user.
    """
    witness = subprocess.Popen(
        [sys.executable, "-P", "-m", "study.execution.last_words", address, node, then],
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
    if sys.stdin.buffer.read() != FAREWELL and not answers(node, ANSWER_SECONDS):
        tell_lost(address, then)


if __name__ == "__main__":
    main()
