"""What is there of a request, and what is missing."""

from dataclasses import dataclass

from core.config import RunConfig
from results.ledger.ledger import Ledger
from study.request import StudyRequest


@dataclass(frozen=True)
class Standing:
    """A request held against the ledger."""

    request: StudyRequest
    runs: dict[str, RunConfig]
    done: set[str]

    @property
    def missing(self) -> list[RunConfig]:
        return [config for run_id, config in self.runs.items() if run_id not in self.done]

    @classmethod
    def of(cls, request: StudyRequest, ledger: Ledger) -> "Standing":
        runs = request.distinct
        return cls(request, runs, ledger.finished(runs))
