"""What is there of an ask, and what is missing."""

from dataclasses import dataclass

from core.config import RunConfig
from results.ledger.ledger import Ledger
from study.request import Ask


@dataclass(frozen=True)
class Standing:
    """An ask held against the ledger."""

    ask: Ask
    runs: dict[str, RunConfig]
    done: set[str]

    @property
    def missing(self) -> list[RunConfig]:
        return [config for run_id, config in self.runs.items() if run_id not in self.done]

    @classmethod
    def of(cls, asked: Ask, ledger: Ledger) -> "Standing":
        runs = asked.distinct
        return cls(asked, runs, ledger.finished(runs))
