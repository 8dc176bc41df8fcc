"""What a user watches, from reports as Tune hands them on; no cluster is needed for it."""

import io
from typing import Any

import pytest
from rich.console import Console

from core.config import RunConfig
from core.data.phantom import Phantom
from core.data.sources import PhantomSource
from searchspaces.axes import Axis
from study.definition import Study
from study.execution.display import LiveDisplay
from study.execution.forecast import Forecast
from study.execution.tracker import Failure, RunTracker
from study.planning.pace import Pace
from study.profiles import usual_profiles
from study.request import StudyRequest
from study.requesting import request_study

STUDY = Study(
    name="watched",
    question="What does a user see?",
    reference="none",
    base=RunConfig(width=2),
    axes=(Axis("lr", (1e-3, 1e-2)),),
    seeds=3,
    profiles=usual_profiles(smoke={"student": {"iterations": 100, "eval_every": 50}}),
)


@pytest.fixture(scope="module")
def request_() -> StudyRequest:
    """Six runs of a hundred iterations."""
    source = PhantomSource(Phantom(training_slices=12, testing_slices=3, side=64))
    return request_study(STUDY, source, "smoke")


class Watched:
    """A display with all that it shows."""

    def __init__(
        self,
        request: StudyRequest,
        done: int = 0,
        pace: Pace | None = None,
        terminal: bool = False,
        width: int = 120,
    ) -> None:
        self.run_ids = list(request.distinct)
        self.text = io.StringIO()
        console = Console(file=self.text, width=width, force_terminal=terminal, color_system=None)
        self.tracker = RunTracker(request, dict.fromkeys(self.run_ids[:done], "learned"))
        forecast = Forecast(self.tracker, pace or Pace(), slots=1)
        self.display = LiveDisplay(self.tracker, forecast, console)
        self.console = console

    def report(self, number: int, state: str, **more: Any) -> None:
        result = {"run_id": self.run_ids[number], "state": state, "iteration": 100, "seconds": 5.0}
        self.tracker.on_trial_result(1, [], None, {"runs": [result | more]})

    def lines(self) -> list[str]:
        return self.text.getvalue().splitlines()

    def table(self) -> str:
        self.text.truncate(0)
        self.console.print(self.display.render())
        return self.text.getvalue().lstrip("\0")


def test_what_was_done_before_is_counted_at_once(request_: StudyRequest) -> None:
    assert "2/6 runs" in Watched(request_, done=2, terminal=True).table()
    resumed = Watched(request_, done=2)
    resumed.report(2, "failed", reason="no memory", fault="machine")
    assert resumed.lines()[0].startswith("[2/6] FAILED lr=0.001 seed 2: no memory")


def test_runs_that_end_at_once_say_how_long_the_others_take(request_: StudyRequest) -> None:
    """Each reports but once, at its end: 5 s for each of the five that are left."""
    watched = Watched(request_)
    watched.report(0, "finished", outcome="flat")
    (line,) = watched.lines()
    assert line.startswith("[1/6] flat          lr=0.001 seed 0, ")
    assert line.endswith(" elapsed, 25 s to go")


def test_a_file_gets_each_line_in_one(request_: StudyRequest) -> None:
    """However long it is: what reads the file looks at lines."""
    watched = Watched(request_, width=40)
    watched.report(0, "failed", reason=f"out of memory {'very ' * 40}often", fault="run")
    watched.report(1, "finished", outcome="learned")
    failed, learned = watched.lines()
    assert failed.startswith("[0/6] FAILED lr=0.001 seed 0: out of memory very")
    assert "often" in failed
    assert failed.endswith("time left unknown")
    assert len(learned) > 40


def test_the_last_run_leaves_nothing_to_go(request_: StudyRequest) -> None:
    watched = Watched(request_, done=4)
    watched.report(4, "finished", outcome="learned")
    watched.report(5, "finished", outcome="learned")
    assert watched.lines()[-1].endswith("0 s elapsed, 0 s to go")


def test_a_known_pace_is_used_from_the_first_line_on(request_: StudyRequest) -> None:
    pace = Pace()
    pace.observe(next(iter(request_.distinct.values())), 0.1)
    watched = Watched(request_, pace=pace)
    watched.report(0, "running", iteration=40, seconds=1.0)
    watched.report(1, "elsewhere", iteration=0, reason="another study")
    (line,) = watched.lines()
    assert line.endswith(("1 min 00 s to go", "56 s to go"))  # as of a second ago, or of now


def test_as_long_as_nothing_is_known_that_is_said(request_: StudyRequest) -> None:
    watched = Watched(request_)
    watched.report(0, "elsewhere", reason="another study")
    (line,) = watched.lines()
    assert line.startswith("[0/6] left to another study: lr=0.001 seed 0")
    assert line.endswith("time left unknown")


def test_the_table_counts_every_state_of_every_cell(request_: StudyRequest) -> None:
    watched = Watched(request_, terminal=True)
    watched.report(0, "finished", outcome="learned")
    watched.report(1, "running", iteration=40)
    watched.report(3, "elsewhere", reason="another study")
    watched.tracker.fail(watched.run_ids[4], Failure("killed", "machine", lost=True))
    head, first, second, working, bar, times = [
        " ".join(line.split()) for line in watched.table().splitlines() if line.strip()
    ]
    assert head == "cell constant flat uninformative learned diverged failed other process to go"
    assert first == "lr=0.001 · · · 1 · · · 2"
    assert second == "lr=0.01 · · · · · 1 1 1"
    assert working == "lr=0.001 seed 1: 40 of 100 iterations"
    assert bar.endswith("1/6 runs")
    assert "to go" in times


def test_a_run_that_another_command_finished_counts(request_: StudyRequest) -> None:
    watched = Watched(request_)
    watched.report(0, "elsewhere", reason="another study")
    watched.tracker.wait(watched.run_ids[:5], "another study")
    watched.tracker.finish_elsewhere({watched.run_ids[0]: "flat"})
    _, waiting, finished = watched.lines()
    assert waiting == (
        "waiting for another study, which trains lr=0.001 seed 0; lr=0.001 seed 1; lr=0.001 seed 2 "
        "and 2 more"
    )
    assert finished.startswith("[1/6] flat          lr=0.001 seed 0, trained by another command")
