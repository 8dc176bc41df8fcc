"""Where a measurement keeps its ledger."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def place(out: str | None) -> Iterator[str]:
    """The given directory, or one that is gone afterwards."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="study-measured-") as folder:
        yield folder
