"""The progress of long commands: a bar on a terminal, now and then a line elsewhere."""

import sys
import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

QUIET_LINE_SECONDS = 30.0
"""Without a terminal: a line after so long without any."""


class SteadyProgress(Progress):
    """A bar on a terminal; elsewhere a line every so many seconds, and none if it is over before.

    Args:
        unit: what is counted, in the plural.
        every: seconds between the lines.
    """

    def __init__(self, unit: str, every: float) -> None:
        console = Console(stderr=True)
        self.unit, self.every, self.spoke = unit, every, time.monotonic()
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        super().advance(task_id, advance)
        if self.disable and time.monotonic() - self.spoke >= self.every:
            self.spoke = time.monotonic()
            task = next(task for task in self.tasks if task.id == task_id)
            total = "" if task.total is None else f" of {task.total:g}"
            print(f"[{task.completed:g}{total} {self.unit}]", file=sys.stderr, flush=True)


def progress(unit: str, every: float = QUIET_LINE_SECONDS) -> Progress:
    """The progress of what is counted in `unit`; on stderr, so that stdout is the answer."""
    return SteadyProgress(unit, every)
