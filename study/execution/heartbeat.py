"""A command shows that it lives for as long as it trains, and finds out who does not."""

import contextlib
import multiprocessing
import threading
from typing import Self

from results.errors import StorageError
from results.ledger.leases import BEAT_SECONDS, Leases, Owner


class Heartbeat:
    """Beats in a thread of its own; the command's leases end with it.

    It waits for its end on a pipe: where the C library is older than glibc 2.30 or Python was built
    for such a one, the waits of `threading` go by the time of day, and after a clock was set back
    by an hour the next beat would be an hour late.
    """

    def __init__(self, leases: Leases, study: str) -> None:
        self.leases = leases
        self.owner = Owner.here(study)
        self._over, self._end = multiprocessing.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    @property
    def token(self) -> str:
        return self.owner.token

    def __enter__(self) -> Self:
        self.owner = self.leases.beat(self.owner)
        self.leases.bury()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.send(None)
        self._thread.join()
        with contextlib.suppress(StorageError):  # whoever comes next finds this process gone
            self.leases.retire(self.token)

    def _beat_on(self) -> None:
        while not self._over.poll(BEAT_SECONDS):
            with contextlib.suppress(StorageError):  # a full disk is noticed by whoever needs it
                self.owner = self.leases.beat(self.owner)
                self.leases.bury()
