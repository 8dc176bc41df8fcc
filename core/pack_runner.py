"""The runs of a pack, trained in step, each from its newest checkpoint to its row."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from core.config import RunConfig
from core.data.sources import Volumes
from core.engines.lanes.compiler import CompilerError
from core.engines.lanes.kernels import kernels
from core.packed_run import Job, PackedRun
from core.training.pack import Pack
from results.ledger.ledger import Ledger

Report = dict[str, Any]
"""What Tune is told of one run."""


class PackRunner:
    """Trains runs, so many at once; where one ends, the next takes its place.

    An error ends the run it happens in. Where it is not known whose it is, because several were
    computed at once, each of them goes on alone from its newest checkpoint.

    Args:
        configs: the runs, of one `pack_key`.
        together: how many are trained at once.
        volumes: the data of all of them.
        job: what all runs of the command share.
        ledger: where the runs go.
        run_class: what takes a run to its row.
    """

    def __init__(
        self,
        configs: Sequence[RunConfig],
        together: int,
        volumes: Volumes,
        job: Job,
        ledger: Ledger,
        run_class: type[PackedRun] = PackedRun,
    ) -> None:
        self.waiting = deque(run_class(config, volumes, job, ledger) for config in configs)
        self.together = together
        self.active: list[PackedRun] = []
        self.pack: Pack | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return not self.active and not self.waiting

    def advance(self, seconds: float) -> list[Report]:
        """Train for some seconds; return a report of each run that was at work or has ended."""
        reports: list[Report] = []
        try:
            reports += self._fill()
            if self.active:
                reports += self._train(seconds)
        except Exception as error:
            reports += self._break_up(error)
        return reports

    def leave(self) -> None:
        """Save what is not finished, and give all leases back."""
        if self.pack is not None:
            self.pack.collect()
        for run in self.active:
            run.leave()

    def _fill(self) -> list[Report]:
        """Let waiting runs begin while there is room; return reports of those that need no
        training, or cannot begin."""
        reports: list[Report] = []
        begun: list[PackedRun] = []
        if self.waiting and self.waiting[0].config.engine == "lanes":
            self.together = min(self.together, lanes_here())
        while self.waiting and len(self.active) + len(begun) < self.together:
            run = self.waiting.popleft()
            report = run.begin()
            if report is None:
                begun.append(run)
            else:
                reports.append(report)
        if begun:
            if self.pack is not None:
                self.pack.collect()
            self.active += begun
            self.pack = Pack([run.training for run in self.active])
        return reports

    def _train(self, seconds: float) -> list[Report]:
        assert self.pack is not None
        deadline = time.monotonic() + seconds
        runs = {id(run.training): run for run in self.active}

        def must_pause() -> bool:
            return time.monotonic() >= deadline or any(
                run.training.finished or run.has_state_to_keep for run in self.active
            )

        for trainer, point in self.pack.evaluations(must_pause):
            runs[id(trainer)].note(point)
        ended = [run for run in self.active if run.training.finished]
        if ended:
            self.pack.measure_whole([run.training for run in ended])
        going = [run for run in self.active if not run.training.finished]
        due = [run for run in going if run.checkpoint_due]
        if due:
            self.pack.collect()
        for run in due:
            run.save_checkpoint()
        reports = [run.commit() for run in ended]
        self.active = []
        for run in going:
            report = run.progress()
            reports.append(report)
            if report["state"] == "running":
                self.active.append(run)
            else:
                self.pack.leave(run.training)
        if not self.active:
            self.pack = None  # its memory is not needed while others begin
        return reports

    def _break_up(self, error: Exception) -> list[Report]:
        broken, self.active, self.pack = self.active, [], None
        if len(broken) == 1:
            return [broken[0].fail(error)]
        self.together = 1
        self.waiting.extendleft(run.anew() for run in reversed(broken))
        return []


def lanes_here() -> int:
    """Return how many networks this machine's registers hold; the run says why if it is none."""
    try:
        return kernels().lanes
    except CompilerError:
        return 1
