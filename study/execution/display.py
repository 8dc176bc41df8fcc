"""What a user watches: per-cell counts of outcomes, and when it will be over."""

import time
from collections import Counter
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from results.outcomes import OUTCOMES
from results.streams import print_line
from results.text import cell_text
from study.execution.forecast import Forecast
from study.execution.tracker import Failure, RunObserver, RunTracker
from study.planning.pace import readable_seconds

QUIET_LINE_SECONDS = 30.0
"""Without a terminal: a line for each run that ends, and one after so long without any."""
NAMED = 3
"""Runs that are named when another command is waited for; the others are counted."""
COLUMNS = {name: name for name in OUTCOMES} | {
    "failed": "failed",
    "elsewhere": "other process",
    "to go": "to go",
}
"""Headings of the live table, by the state that is counted below."""


class LiveDisplay(RunObserver):
    """Shows what the tracker knows: a live table on a terminal, lines elsewhere.

    Args:
        tracker: of the runs; the display listens to it.
        forecast: of the same runs.
        console: where to.
        quiet: show nothing.
    """

    def __init__(
        self, tracker: RunTracker, forecast: Forecast, console: Console, *, quiet: bool = False
    ) -> None:
        self.tracker, self.forecast, self.console = tracker, forecast, console
        self.request, self.quiet = tracker.request, quiet
        self.started = self.spoke = time.monotonic()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            console=console,
        )
        self.task = self.bar.add_task(self.request.study.name, total=len(tracker.configs))
        self.live = Live(console=console, refresh_per_second=2, get_renderable=self.render)
        tracker.observers.append(self)

    def __enter__(self) -> Self:
        if self.console.is_terminal and not self.quiet:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live.is_started:
            self.live.stop()

    def on_progress(self, run_id: str, iteration: int, seconds: float) -> None:
        waited = time.monotonic() - self.spoke
        if waited >= QUIET_LINE_SECONDS and not self.tracker.has_ended(run_id):
            horizon = self.tracker.configs[run_id].iterations
            self._line(f"running: {self.tracker.labels[run_id]} at {iteration} of {horizon}")

    def on_finished(self, run_id: str, outcome: str, *, elsewhere: bool) -> None:
        by_whom = ", trained by another command" if elsewhere else ""
        self._line(f"{outcome:<13} {self.tracker.labels[run_id]}{by_whom}")

    def on_failed(self, run_id: str, failure: Failure) -> None:
        self._line(f"FAILED {self.tracker.labels[run_id]}: {failure.reason}")

    def on_left(self, run_id: str, holder: str) -> None:
        self._line(f"left to {holder}: {self.tracker.labels[run_id]}")

    def on_waiting(self, run_ids: list[str], holder: str) -> None:
        named = "; ".join(self.tracker.labels[run_id] for run_id in run_ids[:NAMED])
        more = f" and {len(run_ids) - NAMED} more" if len(run_ids) > NAMED else ""
        self._print(f"waiting for {holder}, which trains {named}{more}")

    def _line(self, text: str) -> None:
        """Print a line with the present counts, where no live table shows them."""
        self.spoke = time.monotonic()
        if not self.live.is_started:
            done = f"[{len(self.tracker.outcomes)}/{len(self.tracker.configs)}]"
            self._print(f"{done} {text}, {self._times()}")

    def _print(self, text: str) -> None:
        """Print a line, above the live table if there is one."""
        if not self.quiet:
            print_line(self.console, text)

    def _times(self) -> str:
        elapsed = readable_seconds(time.monotonic() - self.started)
        return f"{elapsed} elapsed, {self.forecast.expected().time_left}"

    def render(self) -> RenderableType:
        """Return the live table: a row a cell with its counts, the runs at work, the times."""
        tracker = self.tracker
        self.bar.update(self.task, completed=len(tracker.outcomes))
        working = [
            f"  {tracker.labels[run_id]}: {at} of {tracker.configs[run_id].iterations} iterations"
            for run_id, at in tracker.iterations.items()
            if tracker.state(run_id) == "to go"
        ]
        return Group(self._table(), "\n".join(working), self.bar, self._times())

    def _table(self) -> Table:
        cells: dict[str, Counter[str]] = {}
        for run_id in self.request.parents:
            kind = self.request.kind_of(run_id)
            cells.setdefault(kind, Counter())[self.tracker.state(run_id)] += 1
        for planned in self.request.runs:
            state = self.tracker.state(planned.config.run_id)
            cells.setdefault(cell_text(planned.cell), Counter())[state] += 1
        table = Table(box=None, pad_edge=False)
        table.add_column("cell")
        for heading in COLUMNS.values():
            table.add_column(heading, justify="right")
        for label, counts in cells.items():
            table.add_row(label, *(str(counts[state] or "·") for state in COLUMNS))
        return table
