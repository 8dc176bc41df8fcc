"""Sequential sampling: each cell gets further seeds until its collapse rate is known closely."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from results.ledger.ledger import Ledger
from results.ledger.study_record import UntilWidth
from results.outcomes import FELL
from results.statistics.methods.confidence_sequences import (
    confidence_sequence,
    expected_seeds,
    is_narrow,
)
from results.text import cell_text, counted, span
from study.planning.pace import Expectation, Pace, work_of
from study.planning.stop_rule import Until
from study.request import PlannedRun, StudyRequest

ALPHA = 0.05
"""Probability that the interval of any cell is ever wrong."""
ROUND = 5
"""Seeds that a cell gets at once: a fixed number, so that the same command goes through the same
rounds on any machine. Any number would do, as the sequence holds after every seed."""
RATES = tuple(percent / 100 for percent in range(5, 51, 5))
"""Collapse rates that are supposed as long as nothing is known."""

Sizes = dict[int, int]
"""How many seeds each cell has, by the cell's place in the study."""


@dataclass(frozen=True)
class CellCount:
    """What is there of a cell."""

    requested: int
    done: int
    fell: int


@dataclass(frozen=True)
class Outlook:
    """How many seeds a cell will take on average, and how long that will take."""

    text: str
    seeds: tuple[float, float]
    """For the luckiest and the worst of `RATES`."""
    expected: tuple[Expectation, Expectation]
    supposed: float | None
    """From what is there already: the mean over the cells."""

    def __str__(self) -> str:
        low, high = (f"{seeds:.0f}" for seeds in self.seeds)
        first, last = map(str, self.expected)
        time = "time unknown" if {first, last} == {"unknown"} else span(first, last)
        text = (
            f"{self.text}; on average {seeds_span(low, high)} a cell where 5% to 50% collapse "
            f"({time})"
        )
        if self.supposed is None:
            return text
        return f"{text}, {self.supposed:.0f} by what is there already"


class Sampling:
    """A study whose cells are extended one by one.

    A cell is done once its confidence sequence is narrower than the width, or at the most seeds;
    a cell with a run that has no outcome stops. The error is split over the cells (Bonferroni), so
    that with probability 0.95 all intervals hold their rates, whenever each of them was stopped.

    Args:
        asked: the study with all the seeds that may be needed in every cell (`Until.pairs`).
        until: when to stop.
        ledger: where the outcomes are.
    """

    def __init__(self, request: StudyRequest, until: Until, ledger: Ledger) -> None:
        self.request, self.until, self.ledger = request, until, ledger
        by_cell: dict[tuple[Any, ...], list[PlannedRun]] = {}
        for planned in request.runs:
            by_cell.setdefault(tuple(planned.cell.items()), []).append(planned)
        self.cells = list(by_cell.values())
        self.alpha = ALPHA / len(self.cells)
        self.begin = until.begin or min(request.study.seeds, ROUND, until.max_seeds)
        self.sizes: Sizes = dict.fromkeys(range(len(self.cells)), self.begin)
        self.stopped: set[int] = set()
        """Cells with a run that has no outcome."""

    def rounds(self, tell: Callable[[str], None] = lambda line: None) -> Iterator[StudyRequest]:
        """What is to be trained, round by round; after each the outcomes are looked at.

        Args:
            tell: takes a line for each cell that was extended in a round.
        """
        extended = list(self.sizes)
        while extended:
            yield self.request_of({k: n for k, n in self.sizes.items() if k not in self.stopped})
            counts = self.counts()
            self.stopped |= {k for k in extended if counts[k].done < counts[k].requested}
            for k in extended:
                tell(self.line(k, counts[k]))
            extended = [k for k in extended if self.goes_on(k, counts[k])]
            for k in extended:
                self.sizes[k] = min(self.sizes[k] + ROUND, self.until.max_seeds)

    def final(self) -> StudyRequest:
        """Every cell with the seeds it has got."""
        return self.request_of(self.sizes)

    def sized(self, seeds: int) -> StudyRequest:
        """The study with that many seeds in every cell, fixed beforehand."""
        runs = tuple(run for cell in self.cells for run in cell[:seeds])
        return replace(self.request, runs=runs)

    def request_of(self, sizes: Mapping[int, int]) -> StudyRequest:
        record = UntilWidth(
            width=self.until.width,
            max_seeds=self.until.max_seeds,
            cells=len(self.cells),
            alpha=ALPHA,
        )
        runs = tuple(run for k, size in sizes.items() for run in self.cells[k][:size])
        return replace(self.request, runs=runs, until_width=record)

    def counts(self) -> dict[int, CellCount]:
        """What the ledger knows of each cell's seeds so far."""
        fell = self._fell(self.sizes)
        found = {}
        for k, size in self.sizes.items():
            known = [fell[run.config.run_id] for run in self.cells[k][:size] if _id(run) in fell]
            found[k] = CellCount(size, len(known), sum(known))
        return found

    def goes_on(self, k: int, count: CellCount) -> bool:
        if k in self.stopped or count.requested >= self.until.max_seeds:
            return False
        return not is_narrow(count.fell, count.done, self.alpha, self.until.width)

    def line(self, k: int, count: CellCount) -> str:
        """What is there of a cell, and whether it goes on."""
        low, high = confidence_sequence(count.fell, count.done, self.alpha)
        label = cell_text(self.cells[k][0].cell) or self.request.study.name
        if count.done < count.requested:
            verdict = f"{count.requested - count.done} without an outcome, stops"
        elif high - low < self.until.width:
            verdict = "done"
        elif count.requested >= self.until.max_seeds:
            verdict = f"stops at --max-seeds {self.until.max_seeds}"
        else:
            verdict = "goes on"
        return (
            f"{label}: {count.fell} of {count.done} collapsed, {100 * low:.0f}-{100 * high:.0f}% "
            f"(width {high - low:.2f}): {verdict}"
        )

    def outlook(self, pace: Pace, slots: int) -> Outlook:
        """What the study will take, before it begins."""
        until, cells = self.until, len(self.cells)
        each = sorted(self._expected(rate) for rate in RATES)
        text = (
            f"{self.request.study.name}: {seeds_span(str(self.begin), str(until.max_seeds))} in "
            f"each of {counted(cells, 'cell')}, until each interval is narrower than "
            f"{until.width:g} (a confidence sequence, error {ALPHA:g} over all cells)"
        )
        middle = until.max_seeds // 2
        if not is_narrow(middle, until.max_seeds, self.alpha, until.width):
            low, high = confidence_sequence(middle, until.max_seeds, self.alpha)
            text += f"; with --max-seeds {until.max_seeds} it may stay {high - low:.2f} wide"
        fell = self._fell(dict.fromkeys(self.sizes, until.max_seeds))
        sizes = [dict.fromkeys(self.sizes, math.ceil(seeds)) for seeds in (each[0], each[-1])]
        low, high = (self._expect(size, pace, slots) for size in sizes)
        supposed = [self._supposed(runs, fell) for runs in self.cells] if fell else None
        mean = sum(supposed) / cells if supposed else None
        return Outlook(text, (each[0], each[-1]), (low, high), mean)

    def _supposed(self, runs: Sequence[PlannedRun], fell: Mapping[str, bool]) -> float:
        """Seeds a cell takes on average, given those from 0 on that are there."""
        count = total = 0
        for run in runs:
            looked_at = total >= self.begin and (total - self.begin) % ROUND == 0
            if looked_at and is_narrow(count, total, self.alpha, self.until.width):
                break
            if _id(run) not in fell:
                break
            count, total = count + fell[_id(run)], total + 1
        return self._expected(None, (count, total))

    def _expected(self, rate: float | None, seen: tuple[int, int] = (0, 0)) -> float:
        return expected_seeds(
            rate,
            self.until.width,
            self.alpha,
            self.until.max_seeds,
            first=self.begin,
            step=ROUND,
            seen=seen,
        )

    def _expect(self, sizes: Sizes, pace: Pace, slots: int) -> Expectation:
        request = self.request_of(sizes)
        done = self.ledger.finished(request.distinct)
        missing = [
            work_of(config for config in generation if config.run_id not in done)
            for generation in request.generations()
        ]
        return pace.expect(missing, slots)

    def _fell(self, sizes: Sizes) -> dict[str, bool]:
        """Whether each finished run of these seeds fell, by its id."""
        ids = [_id(run) for k, size in sizes.items() for run in self.cells[k][:size]]
        rows = self.ledger.runs(ids)
        columns = (rows.column(name).to_pylist() for name in ("run_id", "outcome"))
        return {run_id: outcome in FELL for run_id, outcome in zip(*columns, strict=True)}


def seeds_span(low: str, high: str) -> str:
    return f"{span(low, high)} {'seed' if high == '1' else 'seeds'}"


def _id(planned: PlannedRun) -> str:
    return planned.config.run_id


def sample(
    sampling: Sampling, train: Callable[[StudyRequest], bool], tell: Callable[[str], None]
) -> tuple[StudyRequest, str]:
    """Train round by round; return the request in the end, and its id in the ledger.

    Only the last round stays in the ledger: an earlier one goes once a later one holds its runs.

    Args:
        sampling: the study.
        train: trains what is missing of a request; False to stop here.
        tell: takes a line for the user.
    """
    earlier: list[StudyRequest] = []
    for number, request in enumerate(sampling.rounds(tell), start=1):
        tell(f"round {number}: {counted(len(request.runs), 'run')} of {request.study.name}")
        going_on = train(request)
        earlier = [*forget(earlier, request, sampling.ledger), request]
        if not going_on:
            break
    final = sampling.final()
    request_id = sampling.ledger.put_study(final.record())
    forget(earlier, final, sampling.ledger)
    return final, request_id


def forget(
    earlier: Sequence[StudyRequest], last: StudyRequest, ledger: Ledger
) -> list[StudyRequest]:
    """Remove rounds from the ledger whose runs are all in a later one; those that have others."""
    kept, last_id = [], last.record().request_id
    for request in earlier:
        request_id = request.record().request_id
        if not request.distinct.keys() <= last.distinct.keys():
            kept.append(request)
        elif request_id != last_id:
            ledger.forget_study(request.study.name, request_id)
    return kept
