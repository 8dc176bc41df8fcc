"""How long runs take: seconds per iteration as measured, and what is to come from them."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.config import RunConfig
from results.ledger import Ledger

Kind = tuple[object, ...]
FIELDS = ("data", "width", "batch_norm", "objective", "tile", "batch_size", "eval_every")


def kind_of(config: RunConfig) -> Kind:
    """Runs of one kind take equally long per iteration."""
    return tuple(getattr(config, name) for name in FIELDS)


@dataclass
class Pace:
    """Seconds per iteration, evaluation included, of every kind of run seen so far."""

    samples: dict[Kind, dict[str, float]] = field(default_factory=dict)
    """Newest measurement of each run, by kind and run id."""

    @classmethod
    def of(cls, ledger: Ledger) -> "Pace":
        """From the rows of finished runs."""
        pace = cls()
        columns = (*FIELDS, "run_id", "iterations_done", "train_seconds", "evaluate_seconds")
        for row in ledger.runs().select(columns).to_pylist():
            if row["iterations_done"]:
                seconds = row["train_seconds"] + row["evaluate_seconds"]
                kind = tuple(row[name] for name in FIELDS)
                samples = pace.samples.setdefault(kind, {})
                samples[row["run_id"]] = seconds / row["iterations_done"]
        return pace

    def observe(self, config: RunConfig, run_id: str, seconds_per_iteration: float) -> None:
        self.samples.setdefault(kind_of(config), {})[run_id] = seconds_per_iteration

    def expected_seconds(
        self, remaining: Iterable[tuple[RunConfig, int]], slots: int
    ) -> float | None:
        """Expected wall seconds for (run, iterations to go) on so many slots.

        None where some kind of run was never measured.
        """
        total = 0.0
        for config, iterations in remaining:
            samples = self.samples.get(kind_of(config))
            if not samples:
                return None
            total += iterations * statistics.median(samples.values())
        return total / slots


def readable_seconds(seconds: float | None) -> str:
    """`1 h 05 min`, `4 min 10 s`, `8 s`, or `unknown`."""
    if seconds is None:
        return "unknown"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole} s"
