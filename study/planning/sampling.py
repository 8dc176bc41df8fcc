"""Sequential sampling: cells get further seeds until the study file's question is answered."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from results.ledger.ledger import Ledger
from results.outcomes import FELL
from results.text import counted, span
from study.planning.pace import Expectation, Pace, work_of
from study.planning.stop_rule import Until
from study.request import PlannedRun, StudyRequest

ALPHA = 0.05
"""Probability that any interval or verdict which decides is ever wrong."""
ROUND = 5
"""Seeds that a cell gets at once: a fixed number, so that the same command goes through the same
rounds on any machine."""

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
    """Until when, and for which rates the two numbers of seeds are."""
    seeds: tuple[float, float]
    """For the luckiest and the worst rates that are supposed."""
    expected: tuple[Expectation, Expectation]
    supposed: float | None = None
    """From what is there already: the mean over the cells."""

    @property
    def time(self) -> str:
        """How long, as it is said."""
        first, last = map(str, self.expected)
        return "time unknown" if {first, last} == {"unknown"} else span(first, last)

    def __str__(self) -> str:
        text = f"{self.text} ({self.time})"
        if self.supposed is None:
            return text
        return f"{text}, {self.supposed:.0f} by what is there already"


class Sampling(ABC):
    """A study whose cells are extended one by one; a cell with a run that has no outcome stops.

    Args:
        request: the study with all the seeds that may be needed in every cell (`Until.pairs`).
        until: when to stop.
        ledger: where the outcomes are.
    """

    def __init__(self, request: StudyRequest, until: Until, ledger: Ledger) -> None:
        self.request, self.until, self.ledger = request, until, ledger
        by_cell: dict[tuple[Any, ...], list[PlannedRun]] = {}
        for planned in request.runs:
            by_cell.setdefault(tuple(planned.cell.items()), []).append(planned)
        self.cells = list(by_cell.values())
        self.begin = until.begin or min(request.study.seeds, ROUND, until.max_seeds)
        self.sizes: Sizes = dict.fromkeys(range(len(self.cells)), self.begin)
        self.stopped: set[int] = set()
        """Cells with a run that has no outcome."""

    @abstractmethod
    def with_rule(self, request: StudyRequest) -> StudyRequest:
        """The request, which says how its seeds were added."""

    @abstractmethod
    def look(
        self, extended: Collection[int], counts: Mapping[int, CellCount]
    ) -> tuple[list[str], Sizes]:
        """Look at the outcomes of a round.

        Args:
            extended: cells that got seeds in it.
            counts: what is there of every cell.

        Returns:
            A line for each cell or question, and the new sizes of the cells that go on.
        """

    @abstractmethod
    def outlook(self, pace: Pace, slots: int) -> Outlook:
        """What the study will take, before it begins."""

    def rounds(self, tell: Callable[[str], None] = lambda line: None) -> Iterator[StudyRequest]:
        """What is to be trained, round by round; after each the outcomes are looked at.

        Args:
            tell: takes the lines of each look.
        """
        extended: Collection[int] = list(self.sizes)
        while extended:
            yield self.request_of({k: n for k, n in self.sizes.items() if k not in self.stopped})
            counts = self.counts()
            self.stopped |= {k for k in extended if counts[k].done < counts[k].requested}
            lines, further = self.look(extended, counts)
            for line in lines:
                tell(line)
            self.sizes |= further
            extended = list(further)

    def final(self) -> StudyRequest:
        """Every cell with the seeds it has got."""
        return self.request_of(self.sizes)

    def sized(self, seeds: int) -> StudyRequest:
        """The study with that many seeds in every cell, fixed beforehand."""
        runs = tuple(run for cell in self.cells for run in cell[:seeds])
        return replace(self.request, runs=runs)

    def request_of(self, sizes: Mapping[int, int]) -> StudyRequest:
        """The study with so many seeds in these cells, and the rule by which they got them."""
        runs = tuple(run for k, size in sizes.items() for run in self.cells[k][:size])
        return self.with_rule(replace(self.request, runs=runs))

    def counts(self) -> dict[int, CellCount]:
        """What the ledger knows of each cell's seeds so far."""
        fell = self.fell(self.sizes)
        found = {}
        for k, size in self.sizes.items():
            known = [fell[id_of(run)] for run in self.cells[k][:size] if id_of(run) in fell]
            found[k] = CellCount(size, len(known), sum(known))
        return found

    def fell(self, sizes: Sizes) -> dict[str, bool]:
        """Whether each finished run of these seeds fell, by its id."""
        ids = [id_of(run) for k, size in sizes.items() for run in self.cells[k][:size]]
        rows = self.ledger.runs(ids)
        columns = (rows.column(name).to_pylist() for name in ("run_id", "outcome"))
        return {run_id: outcome in FELL for run_id, outcome in zip(*columns, strict=True)}

    def expect(self, sizes: Sizes, pace: Pace, slots: int) -> Expectation:
        """How long what is missing of these seeds takes."""
        request = self.request_of(sizes)
        done = self.ledger.finished(request.distinct)
        missing = [
            work_of(config for config in generation if config.run_id not in done)
            for generation in request.generations()
        ]
        return pace.expect(missing, slots)


def seeds_span(low: str, high: str) -> str:
    return f"{span(low, high)} {'seed' if high == '1' else 'seeds'}"


def id_of(planned: PlannedRun) -> str:
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
