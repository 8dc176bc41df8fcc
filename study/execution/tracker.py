"""What has happened to each run of a request, from Tune's results and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ray import tune

from core.config import RunConfig
from results.ledger.attempt import Fault
from results.text import run_text
from study.request import StudyRequest


@dataclass(frozen=True)
class Failure:
    """Why a run has no outcome."""

    reason: str
    fault: Fault
    lost: bool = False
    """Its worker died and could not say so itself."""


class RunObserver:
    """Hears what happens to runs, after the tracker knows it; does nothing unless overridden."""

    def on_progress(self, run_id: str, iteration: int, seconds: float) -> None:
        """A run is that far, after so many seconds of training and evaluation in all."""

    def on_finished(self, run_id: str, outcome: str, *, elsewhere: bool) -> None:
        """A run has its outcome; `elsewhere` if another command trained it."""

    def on_failed(self, run_id: str, failure: Failure) -> None:
        """A run ended without an outcome."""

    def on_left(self, run_id: str, holder: str) -> None:
        """A run is left to the command that trains it."""

    def on_waiting(self, run_ids: list[str], holder: str) -> None:
        """Nothing is left to do here but to wait for another command's runs."""


class RunTracker(tune.Callback):
    """Follows every run of a request; the executor decides from it, a display shows it.

    Args:
        request: what is to be trained.
        outcomes: of the runs that were finished before, by run id.
    """

    def __init__(self, request: StudyRequest, outcomes: Mapping[str, str]) -> None:
        self.request = request
        self.configs = request.distinct
        self.labels = labels_of(request)
        self.outcomes = dict(outcomes)
        self.iterations: dict[str, int] = {}
        """How far the runs are that were reported on."""
        self.failures: dict[str, Failure] = {}
        self.elsewhere: dict[str, str] = {}
        """Runs that another command trains, and which."""
        self.observers: list[RunObserver] = []

    def __reduce__(self) -> tuple[type[tune.Callback], tuple[()]]:
        """Tune pickles its callbacks for a restore that is never asked for; observers need not
        be picklable."""
        return tune.Callback, ()

    def state(self, run_id: str) -> str:
        """Return the run's outcome, else `failed`, `elsewhere` or `to go`."""
        if run_id in self.outcomes:
            return self.outcomes[run_id]
        if run_id in self.failures:
            return "failed"
        return "elsewhere" if run_id in self.elsewhere else "to go"

    def has_ended(self, run_id: str) -> bool:
        """Whether a run has an outcome or has failed."""
        return run_id in self.outcomes or run_id in self.failures

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any
    ) -> None:
        """Take the reports of a `RunPack`; Tune calls this."""
        for report in result["runs"]:
            self._hear(report)

    def _hear(self, report: Mapping[str, Any]) -> None:
        run_id, state = report["run_id"], report["state"]
        self.iterations[run_id] = report["iteration"]
        if state == "failed":
            self.fail(run_id, Failure(report["reason"], report["fault"]))
        elif state == "elsewhere":
            self.elsewhere[run_id] = report["reason"]
            for observer in self.observers:
                observer.on_left(run_id, report["reason"])
        else:
            if state == "finished":
                self.outcomes[run_id] = report["outcome"]
            for observer in self.observers:
                observer.on_progress(run_id, report["iteration"], report["seconds"])
                if state == "finished":
                    observer.on_finished(run_id, report["outcome"], elsewhere=False)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """Note that an actor died (killed, out of memory, failing to start); Tune calls this."""
        for values in trial.config["cell"]["pack"]:
            run_id = RunConfig.from_dict(values).run_id
            if not self.has_ended(run_id):
                lines = str(trial.get_error() or "the worker died").strip().splitlines()
                self.fail(run_id, Failure(lines[-1], "machine", lost=True))

    def fail(self, run_id: str, failure: Failure) -> None:
        """Note that a run ended without an outcome."""
        self.failures[run_id] = failure
        for observer in self.observers:
            observer.on_failed(run_id, failure)

    def start_again(self, run_id: str) -> None:
        """Forget how an earlier try of this run ended."""
        self.failures.pop(run_id, None)
        self.elsewhere.pop(run_id, None)

    def finish_elsewhere(self, outcomes: Mapping[str, str]) -> None:
        """Note that another command has finished these runs."""
        for run_id, outcome in outcomes.items():
            self.elsewhere.pop(run_id, None)
            self.outcomes[run_id] = outcome
            for observer in self.observers:
                observer.on_finished(run_id, outcome, elsewhere=True)

    def wait(self, run_ids: list[str], holder: str) -> None:
        """Note that these runs are waited for."""
        for observer in self.observers:
            observer.on_waiting(run_ids, holder)


def labels_of(request: StudyRequest) -> dict[str, str]:
    """Return what each run is called: `temperature=5 seed 0`, or `teacher` with its id."""
    labels = {run_id: f"{request.kind_of(run_id)} {run_id}" for run_id in request.parents}
    for planned in request.runs:
        config = planned.config
        label = run_text(planned.cell, config.init_seed, config.data_seed, planned.teacher_seed)
        labels.setdefault(config.run_id, label)
    return labels
