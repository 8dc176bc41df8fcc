"""When a request will be finished, from how far its runs are and how fast they are."""

import math
import time
from collections import Counter
from collections.abc import Mapping

from core.config import RunConfig
from study.execution.tracker import RunObserver, RunTracker
from study.planning.pace import Expectation, Pace, Work, kind_of

RECKONED_SECONDS = 1.0
"""How old an expectation may be: a new one takes a look at every run."""
TELLING_SECONDS = 3.0
"""Seconds of training before a run that goes on says how fast its kind is."""


class Forecast(RunObserver):
    """Learns the pace of runs as they report, and expects the rest of them.

    Args:
        tracker: of the runs; the forecast listens to it.
        pace: what was measured before.
        slots: how many runs are trained at once.
    """

    def __init__(self, tracker: RunTracker, pace: Pace, slots: int) -> None:
        self.tracker, self.pace, self.slots = tracker, pace, slots
        self.generations = [
            {config.run_id: config for config in generation}
            for generation in tracker.request.generations()
        ]
        self._expected = Expectation(0.0, complete=False)
        self._reckoned_at = -math.inf
        tracker.observers.append(self)

    def on_progress(self, run_id: str, iteration: int, seconds: float) -> None:
        finished = run_id in self.tracker.outcomes
        if iteration and seconds and (finished or seconds > TELLING_SECONDS):
            self.pace.observe(self.tracker.configs[run_id], seconds / iteration)

    def expected(self) -> Expectation:
        """Return the time to go; one that is known, as of a second ago at the most."""
        ended = self.tracker.outcomes.keys() | self.tracker.failures.keys()
        if len(ended) == len(self.tracker.configs):
            return Expectation(0.0, complete=True)
        is_old = time.monotonic() - self._reckoned_at >= RECKONED_SECONDS
        if is_old or not self._expected.complete:
            self._expected = self.pace.expect(map(self._work, self.generations), self.slots)
            self._reckoned_at = time.monotonic()
        return self._expected

    def _work(self, generation: Mapping[str, RunConfig]) -> Work:
        return Counter(
            (kind_of(config), max(0, config.iterations - self.tracker.iterations.get(run_id, 0)))
            for run_id, config in generation.items()
            if not self.tracker.has_ended(run_id)
        )
