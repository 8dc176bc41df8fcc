"""`--until-width`: each cell gets further seeds until its collapse rate is known closely."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord, UntilWidth
from results.statistics.methods.confidence_sequences import (
    confidence_sequence,
    expected_seeds,
    is_narrow,
)
from results.text import cell_text, counted
from study.planning.pace import Pace
from study.planning.sampling import (
    ALPHA,
    ROUND,
    CellCount,
    Outlook,
    Sampling,
    Sizes,
    id_of,
    seeds_span,
)
from study.planning.stop_rule import Until
from study.request import PlannedRun, StudyRequest

RATES = tuple(percent / 100 for percent in range(5, 51, 5))
"""Collapse rates that are supposed as long as nothing is known."""


class UntilNarrow(Sampling):
    """A cell is done once its interval is narrower than the width, or at the most seeds.

    The error is split over the cells (Bonferroni), so that with probability 0.95 all intervals hold
    their rates. They allow for the looks that are taken here, after each round, and for no others:
    where another request for these runs is in the ledger already, whoever gives this command knew
    some outcomes, and the intervals are confidence sequences, which hold for any looks.
    """

    def __init__(self, request: StudyRequest, until: Until, ledger: Ledger) -> None:
        super().__init__(request, until, ledger)
        assert until.width is not None
        self.width = until.width
        self.rule, self.looked_before = self._rule()

    @property
    def level(self) -> float:
        """Of the intervals."""
        return self.rule.level or ALPHA / len(self.cells)

    def _rule(self) -> tuple[UntilWidth, bool]:
        """What the record says of how seeds are added, and whether other requests looked before."""
        sequence = UntilWidth(
            width=self.width, max_seeds=self.until.max_seeds, cells=len(self.cells), alpha=ALPHA
        )
        known = self._requests_before()
        for record in known:  # of this very rule: it goes on as it was begun
            rule = record.until_width
            if rule and replace(rule, level=None) == replace(
                sequence, first=self.begin, step=ROUND
            ):
                return rule, False
        if any(record.until_width != sequence for record in known):
            return sequence, True
        if known:
            return sequence, False
        from results.statistics.methods.planned_looks import calibrated_level  # takes scipy.stats

        error = ALPHA / len(self.cells)
        level = calibrated_level(self.width, self.begin, ROUND, self.until.max_seeds, error)
        if level == error:
            return sequence, False
        return replace(sequence, first=self.begin, step=ROUND, level=level), False

    def _requests_before(self) -> list[StudyRecord]:
        """Requests in this setting that have some of these runs."""
        mine = self.request.record()
        return [
            record
            for record in self.ledger.studies(mine.study).values()
            if record.setting == mine.setting and record.run_ids & mine.run_ids
        ]

    def with_rule(self, request: StudyRequest) -> StudyRequest:
        return replace(request, until_width=self.rule)

    def look(
        self, extended: Collection[int], counts: Mapping[int, CellCount]
    ) -> tuple[list[str], Sizes]:
        lines = [self._line(k, counts[k]) for k in extended]
        further = {
            k: min(self.sizes[k] + ROUND, self.until.max_seeds)
            for k in extended
            if self._goes_on(k, counts[k])
        }
        return lines, further

    def _goes_on(self, k: int, count: CellCount) -> bool:
        if k in self.stopped or count.requested >= self.until.max_seeds:
            return False
        return not is_narrow(count.fell, count.done, self.level, self.width)

    def _line(self, k: int, count: CellCount) -> str:
        """What is there of a cell, and whether it goes on."""
        low, high = confidence_sequence(count.fell, count.done, self.level)
        label = cell_text(self.cells[k][0].cell) or self.request.study.name
        if count.done < count.requested:
            verdict = f"{count.requested - count.done} without an outcome, stops"
        elif high - low < self.width:
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
        until, cells = self.until, len(self.cells)
        each = sorted(self._expected(rate) for rate in RATES)
        how = "calibrated for these looks" if self.rule.level else "a confidence sequence"
        if self.looked_before:
            how += ", as other requests for these runs came before"
        text = (
            f"{self.request.study.name}: {seeds_span(str(self.begin), str(until.max_seeds))} in "
            f"each of {counted(cells, 'cell')}, until each interval is narrower than "
            f"{self.width:g} ({how}; error {ALPHA:g} over all cells)"
        )
        middle = until.max_seeds // 2
        if not is_narrow(middle, until.max_seeds, self.level, self.width):
            low, high = confidence_sequence(middle, until.max_seeds, self.level)
            text += f"; with --max-seeds {until.max_seeds} it may stay {high - low:.2f} wide"
        text += (
            f"; on average {seeds_span(f'{each[0]:.0f}', f'{each[-1]:.0f}')} a cell where 5% to "
            "50% collapse"
        )
        fell = self.fell(dict.fromkeys(self.sizes, until.max_seeds))
        sizes = [dict.fromkeys(self.sizes, math.ceil(seeds)) for seeds in (each[0], each[-1])]
        low, high = (self.expect(size, pace, slots) for size in sizes)
        supposed = [self._supposed(runs, fell) for runs in self.cells] if fell else None
        mean = sum(supposed) / cells if supposed else None
        return Outlook(text, (each[0], each[-1]), (low, high), mean)

    def _supposed(self, runs: Sequence[PlannedRun], fell: Mapping[str, bool]) -> float:
        """Seeds a cell takes on average, given those from 0 on that are there."""
        count = total = 0
        for run in runs:
            looked_at = total >= self.begin and (total - self.begin) % ROUND == 0
            if looked_at and is_narrow(count, total, self.level, self.width):
                break
            if id_of(run) not in fell:
                break
            count, total = count + fell[id_of(run)], total + 1
        return self._expected(None, (count, total))

    def _expected(self, rate: float | None, seen: tuple[int, int] = (0, 0)) -> float:
        return expected_seeds(
            rate,
            self.width,
            self.level,
            self.until.max_seeds,
            first=self.begin,
            step=ROUND,
            seen=seen,
        )
