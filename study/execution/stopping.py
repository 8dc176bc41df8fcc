"""Ctrl-C and SIGTERM: the first asks to stop and saves, the second leaves at once."""

import os
import signal
from types import FrameType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Handlers for the time of a command.

    Tune has handlers of its own, sets them with every experiment and leaves them behind: the one
    for SIGINT is switched off (`TUNE_DISABLE_SIGINT_HANDLER`), the one for SIGUSR1, which saves and
    returns, is called while an experiment runs.
    """

    def __init__(self) -> None:
        self.requested = False
        self.tuning = False
        """Whether Tune is at work and has to be told."""
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._previous = {number: signal.getsignal(number) for number in SIGNALS}
        self.install()
        return self

    def install(self) -> None:
        """Once more after `ray.init`, which takes SIGTERM."""
        for number in SIGNALS:
            signal.signal(number, self._stop)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        again, self.requested = self.requested, True
        if again or not self.tuning:
            raise KeyboardInterrupt
        os.kill(os.getpid(), signal.SIGUSR1)
