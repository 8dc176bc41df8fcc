"""How long runs take: seconds per iteration as measured, and what is to come from them."""

import os
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from core.config import RunConfig
from core.training.memory import MOST_LANES

Kind = tuple[object, ...]
SIZES = ("engine", "width", "tile", "batch_size")
"""What decides most: only kinds that agree in these say something of each other."""
ENGINE = SIZES.index("engine")
FIELDS = (*SIZES, "data", "batch_norm", "objective", "padding", "eval_every")

Work = Counter[tuple[Kind, int]]
"""How many runs of one generation there are of each kind and number of iterations to go."""


def kind_of(config: RunConfig) -> Kind:
    """Runs of one kind take equally long per iteration."""
    return tuple(getattr(config, name) for name in FIELDS)


def work_of(configs: Iterable[RunConfig]) -> Work:
    """Runs from their start to their horizon."""
    return Counter((kind_of(config), config.iterations) for config in configs)


@dataclass(frozen=True)
class Expectation:
    """Wall seconds to come, of the runs whose kind is known; of others nothing is said, as those
    seconds are no lower bound either: the start of the first run is slower than the rest."""

    seconds: float
    complete: bool
    guessed: bool = False
    """Some kind was never measured, and is taken to be like the one that is most like it."""

    def __str__(self) -> str:
        if not self.complete:
            return "unknown"
        return f"{'about ' if self.guessed else ''}{readable_seconds(self.seconds)}"

    @property
    def time_left(self) -> str:
        """What is said while it runs: `about 8 s to go`, or `time left unknown`."""
        return "time left unknown" if str(self) == "unknown" else f"{self} to go"


@dataclass
class Pace:
    """Seconds per iteration, evaluation included, of every kind of run seen so far.

    Of runs that were trained at once each has its share of the seconds.
    """

    samples: dict[Kind, dict[str, float]] = field(default_factory=dict)
    """Newest measurement of each run, by kind and run id."""

    @classmethod
    def of(cls, finished: pa.Table) -> "Pace":
        """From the rows of finished runs (`Ledger.runs`)."""
        pace = cls()
        columns = (*FIELDS, "run_id", "iterations_done", "train_seconds", "evaluate_seconds")
        for row in finished.select(columns).to_pylist():
            if row["iterations_done"]:
                seconds = row["train_seconds"] + row["evaluate_seconds"]
                samples = pace.samples.setdefault(tuple(row[name] for name in FIELDS), {})
                samples[row["run_id"]] = seconds / row["iterations_done"]
        return pace

    def observe(self, config: RunConfig, seconds_per_iteration: float) -> None:
        self.samples.setdefault(kind_of(config), {})[config.run_id] = seconds_per_iteration

    def expect(self, generations: Iterable[Work], slots: int) -> Expectation:
        """What generations that run one after another take on so many slots."""
        seconds, complete, guessed = 0.0, True, False
        for work in generations:
            each = {kind: self._seconds_each(kind) for kind, _ in work}
            total = longest = 0.0
            for (kind, iterations), runs in work.items():
                if runs <= 0:
                    continue
                cost = each[kind]
                if cost is None:
                    complete = False
                    continue
                guessed |= kind not in self.samples
                total += cost * iterations * runs
                together = MOST_LANES if kind[ENGINE] == "lanes" else 1
                longest = max(longest, cost * iterations * min(runs, together))
            seconds += max(total / slots, longest)
        return Expectation(seconds, complete, guessed)

    def _seconds_each(self, kind: Kind) -> float | None:
        """Seconds an iteration takes: of its kind, else of the measured kinds that have its sizes
        and agree with it in most else the slowest; None if there is none."""
        if kind in self.samples:
            return self._median(kind)
        sizes = len(SIZES)
        alike = [other for other in self.samples if other[:sizes] == kind[:sizes]]
        if not alike:
            return None
        agreeing = {o: sum(a == b for a, b in zip(o, kind, strict=True)) for o in alike}
        most = max(agreeing.values())
        return max(self._median(other) for other in alike if agreeing[other] == most)

    def _median(self, kind: Kind) -> float:
        return statistics.median(self.samples[kind].values())


def readable_seconds(seconds: float) -> str:
    """`1 h 05 min`, `4 min 10 s` or `8 s`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole} s"


def slots_here(cpus_per_trial: float) -> int:
    """How many trials this machine takes at once."""
    return max(1, int((os.cpu_count() or 1) / cpus_per_trial))
