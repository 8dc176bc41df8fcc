"""What a user watches: per-cell counts of outcomes, and when it will be over."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ray import tune
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from core.config import RunConfig
from core.trainable import Fault
from results.outcomes import OUTCOMES
from results.text import cell_text
from study.pace import Expectation, Pace, kind_of, readable_seconds
from study.request import StudyRequest

ETA_SECONDS = 1.0
QUIET_LINE_SECONDS = 30.0
"""Without a terminal: a line for each finished run, and one after so long without any."""
STATES = (*OUTCOMES, "failed", "elsewhere", "to go")


@dataclass(frozen=True)
class Failure:
    """Why a run has no outcome."""

    reason: str
    fault: Fault
    lost: bool = False
    """Its worker died and could not say so itself."""


class StudyProgress(tune.Callback):
    """Follows Tune's results; a live table on a terminal, lines elsewhere, nothing if quiet."""

    def __init__(
        self,
        request: StudyRequest,
        outcomes: dict[str, str],
        pace: Pace,
        slots: int,
        console: Console,
        *,
        quiet: bool = False,
    ) -> None:
        self.request, self.pace, self.slots, self.console = request, pace, slots, console
        self.generations = [{run.run_id: run for run in runs} for runs in request.generations()]
        self.configs = request.distinct
        self.parents = request.parents
        self.labels = {run_id: f"{request.kind_of(run_id)} {run_id}" for run_id in self.parents}
        for planned in request.runs:
            label = f"{cell_text(planned.cell)} trial {planned.trial}"
            self.labels[planned.config.run_id] = label
        self.outcomes = dict(outcomes)
        self.iterations: dict[str, int] = {}
        self.begun: dict[str, tuple[float, int]] = {}
        self.failures: dict[str, Failure] = {}
        self.elsewhere: dict[str, str] = {}
        """Runs that another command trains, and which."""
        self.started = self.spoke = time.monotonic()
        self._expected = Expectation(0.0, complete=False)
        self._expected_at = -math.inf
        self.quiet = quiet
        self.on_failure: Callable[[Failure], None] = lambda failure: None
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            console=console,
        )
        self.task = self.bar.add_task(request.study.name, total=len(self.configs))
        self.live = Live(console=console, refresh_per_second=2, get_renderable=self.render)

    def __reduce__(self) -> tuple[type[tune.Callback], tuple[()]]:
        """Tune pickles its callbacks for a restore that we never ask for; a display cannot be."""
        return tune.Callback, ()

    def __enter__(self) -> "StudyProgress":
        if self.console.is_terminal and not self.quiet:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live.is_started:
            self.live.stop()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any
    ) -> None:
        """Tune calls this with every report of a trainable."""
        run_id, now = result["run_id"], time.monotonic()
        at = result["iteration"]
        since, begun_at = self.begun.setdefault(run_id, (now, at))
        self.iterations[run_id] = at
        if result["state"] == "running":
            config = self.configs[run_id]
            if at > begun_at and now - since > 3.0:
                self.pace.observe(config, (now - since) / (at - begun_at))
            if now - self.spoke >= QUIET_LINE_SECONDS:
                self._line(f"running: {self.labels[run_id]} at {at} of {config.iterations}")
            return
        if result["state"] == "failed":
            self.fail(run_id, Failure(result["reason"], result["fault"]))
            return
        if result["state"] == "elsewhere":
            self.elsewhere[run_id] = result["reason"]
            self._line(f"left to {result['reason']}: {self.labels[run_id]}")
            return
        self.outcomes[run_id] = result["outcome"]
        self._line(f"{result['outcome']:<13} {self.labels[run_id]}")

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """Tune calls this when an actor dies: killed, out of memory, or failing to start."""
        for values in trial.config["cell"]["pack"]:
            run_id = RunConfig.from_dict(values).run_id
            if run_id not in self.outcomes and run_id not in self.failures:
                lines = str(trial.get_error() or "the worker died").strip().splitlines()
                self.fail(run_id, Failure(lines[-1], "machine", lost=True))

    def fail(self, run_id: str, failure: Failure) -> None:
        """A run ended without an outcome."""
        self.failures[run_id] = failure
        self._line(f"FAILED {self.labels[run_id]}: {failure.reason}")
        self.on_failure(failure)

    def again(self, run_id: str) -> None:
        """The run is about to be started once more."""
        self.failures.pop(run_id, None)
        self.elsewhere.pop(run_id, None)
        self.begun.pop(run_id, None)

    def eta(self) -> Expectation:
        """Expected time to go, as of a second ago at the most: it takes a look at every run."""
        ended = self.outcomes.keys() | self.failures.keys()
        if len(ended) == len(self.configs):
            return Expectation(0.0, complete=True)
        if time.monotonic() - self._expected_at >= ETA_SECONDS:
            work = [
                Counter(
                    (kind_of(config), max(0, config.iterations - self.iterations.get(run_id, 0)))
                    for run_id, config in generation.items()
                    if run_id not in ended
                )
                for generation in self.generations
            ]
            self._expected = self.pace.expect(work, self.slots)
            self._expected_at = time.monotonic()
        return self._expected

    def finished_elsewhere(self, outcomes: Mapping[str, str]) -> None:
        """Another command finished these runs."""
        for run_id, outcome in outcomes.items():
            self.elsewhere.pop(run_id, None)
            self.outcomes[run_id] = outcome
            self._line(f"{outcome:<13} {self.labels[run_id]}, trained elsewhere")

    def say(self, text: str) -> None:
        """A line for the user, above the live display if there is one."""
        if not self.quiet:
            self.console.print(text, markup=False, highlight=False)

    def _line(self, text: str) -> None:
        self.spoke = time.monotonic()
        self.bar.update(self.task, completed=len(self.outcomes))
        if self.quiet or self.live.is_started:
            return
        done = f"[{len(self.outcomes)}/{len(self.configs)}]"
        elapsed = readable_seconds(time.monotonic() - self.started)
        self.console.print(
            f"{done} {text}, {elapsed} elapsed, {self.eta()} to go", markup=False, highlight=False
        )

    def render(self) -> RenderableType:
        """The live display: a row a cell with the count of each outcome, and the runs at work."""
        table = Table(box=None, pad_edge=False)
        table.add_column("cell")
        for name in STATES:
            table.add_column(name, justify="right")
        cells: dict[str, Counter[str]] = {}
        for run_id in self.parents:
            cells.setdefault(self.labels[run_id].split()[0], Counter())[self._state(run_id)] += 1
        for planned in self.request.runs:
            label = cell_text(planned.cell)
            cells.setdefault(label, Counter())[self._state(planned.config.run_id)] += 1
        for label, counts in cells.items():
            table.add_row(label, *(str(counts[n] or "·") for n in STATES))
        working = [
            f"  {self.labels[run_id]}: {at} of {self.configs[run_id].iterations} iterations"
            for run_id, at in self.iterations.items()
            if self._state(run_id) == "to go"
        ]
        elapsed = readable_seconds(time.monotonic() - self.started)
        footer = f"{elapsed} elapsed, {self.eta()} to go"
        return Group(table, "\n".join(working), self.bar, footer)

    def _state(self, run_id: str) -> str:
        if run_id in self.outcomes:
            return self.outcomes[run_id]
        if run_id in self.failures:
            return "failed"
        return "elsewhere" if run_id in self.elsewhere else "to go"
