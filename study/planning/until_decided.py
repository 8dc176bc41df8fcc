"""`--until-decided`: further seeds until each contrast of the study file has its answer."""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.ledger.study_record import UntilDecided
from results.text import counted
from study.planning.least_seeds import contrasts_asked, planned_frame, why_left_out
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
from study.request import StudyRequest

if TYPE_CHECKING:
    import pandas as pd

RATES = ((0.5, 0.2), (0.3, 0.1))
"""Rates of the sides of a contrast that are supposed."""
Row = Mapping[Hashable, Any]


class UntilClear(Sampling):
    """The cells of a contrast get seeds until it is decided, or they have the most seeds.

    Decided is what `results.compare_anytime` calls different or equivalent, which it may be asked
    after every round. A contrast with a run that has no outcome stops; cells that no contrast names
    keep the seeds that they begin with.

    Raises:
        ConfigError: the study file has no contrast, or none whose cells are requested.
    """

    def __init__(self, request: StudyRequest, until: Until, ledger: Ledger) -> None:
        super().__init__(request, until, ledger)
        self.contrasts = request.record().contrasts
        self.equivalences = request.study.equivalences
        begun = self.sized(self.begin)
        require_contrasts(begun)
        self.frame = planned_frame(begun)
        self.cells_of = [self._cells(contrast) for contrast in self.contrasts]
        """Cells of each contrast; none of one that is left out."""

    def _cells(self, contrast: Any) -> set[int]:
        from results.statistics.comparing.strata import strata

        found = strata(self.frame, contrast.cell, contrast.against)
        ids = {run for one in found for run in (*one.cell["run_id"], *one.against["run_id"])}
        return {k for k, runs in enumerate(self.cells) if ids & set(map(id_of, runs[: self.begin]))}

    def with_rule(self, request: StudyRequest) -> StudyRequest:
        rule = UntilDecided(
            max_seeds=self.until.max_seeds,
            first=self.begin,
            step=ROUND,
            cells=len(self.cells),
            alpha=ALPHA,
        )
        return replace(request, until_decided=rule)

    def look(
        self, extended: Collection[int], counts: Mapping[int, CellCount]
    ) -> tuple[list[str], Sizes]:
        lines: list[str] = []
        further: Sizes = {}
        for row, cells in zip(self.compared(), self.cells_of, strict=True):
            if not cells:
                continue
            size = min(self.sizes[k] for k in cells)
            then = min(size + ROUND, self.until.max_seeds)
            goes_on = False
            if row["verdict"] != "inconclusive":
                ending = str(row["verdict"])
            elif lacking := sum(counts[k].requested - counts[k].done for k in cells & self.stopped):
                ending = f"{lacking} without an outcome, stops"
            elif size >= self.until.max_seeds:
                ending = f"stops at --max-seeds {self.until.max_seeds}"
            else:
                ending, goes_on = "goes on", True
            if cells & set(extended):
                lines.append(line(row, ending))
            if goes_on:
                for k in cells:
                    if self.sizes[k] < then:
                        further[k] = max(then, further.get(k, 0))
        return lines, further

    def compared(self) -> Sequence[Row]:
        """The rows of `results.compare_anytime` of all contrasts, from what the ledger has now."""
        from results.loading import request_frame  # pandas takes a second to import
        from results.statistics.comparing.anytime import compare_anytime

        frame: pd.DataFrame = request_frame(self.ledger, self.final().record())
        table = compare_anytime(frame, self.contrasts, self.equivalences, alpha=ALPHA)
        return table.to_dict("records")

    def outlook(self, pace: Pace, slots: int) -> Outlook:
        until = self.until
        tests = sum(map(bool, self.cells_of))
        found = [expected(*pair, tests, self.begin, until.max_seeds) for pair in RATES]
        told = [
            f"{seeds:.0f} seeds a cell where {first:.0%} and {second:.0%} collapse "
            f"({power:.0%} decided)"
            for (first, second), (seeds, power) in zip(RATES, found, strict=True)
        ]
        text = (
            f"{self.request.study.name}: {seeds_span(str(self.begin), str(until.max_seeds))} a "
            f"cell, until {counted(tests, 'contrast')} of the study file "
            f"{'is' if tests == 1 else 'are'} decided (e-values, error {ALPHA:g} over all of them)"
            f"; on average {', '.join(told)}"
        )
        each = [seeds for seeds, _ in found]
        low, high = (self.expect(self.all_with(seeds), pace, slots) for seeds in each)
        return Outlook(text, (each[0], each[1]), (low, high))

    def all_with(self, seeds: float) -> Sizes:
        """So many seeds in the cells of contrasts, and in the others those they begin with."""
        named = set().union(*self.cells_of)
        return self.sizes | dict.fromkeys(named, max(self.begin, math.ceil(seeds)))


def line(row: Row, ending: str) -> str:
    """What is there of a contrast, and whether it goes on."""
    from results.statistics.cells import is_missing

    told = [f"{counted(int(row['seeds']), 'seed')}"]
    if not is_missing(row["p_anytime"]):
        told.append(f"{row['cell']} more often in {row['cell_more']}")
        told.append(f"{row['against']} in {row['against_more']}")
        told.append(f"anytime p = {row['p_holm']:.2g}")
    return f"{row['question']} {', '.join(told)}: {ending}"


def expected(
    first: float, second: float, tests: int, begin: int, max_seeds: int
) -> tuple[float, float]:
    """Mean seeds of one of so many contrasts, if its sides have these rates and runs of a seed are
    independent, and the probability that it is decided."""
    from results.statistics.methods.decision_seeds import decision_seeds  # takes scipy

    return decision_seeds(first, second, ALPHA / tests, max_seeds, first=begin, step=ROUND)


def require_contrasts(request: StudyRequest) -> None:
    """Raise ConfigError, which says what to do instead, where there is no contrast to decide."""
    if contrasts_asked(request):
        return
    name, number = request.study.name, len(request.study.contrasts)
    why, then = f"'{name}' has no contrast to decide", "add one to its file (contrasts=...)"
    if margins := [] if number else [named.margin for named in request.study.equivalences]:
        from results.statistics.comparing.equivalence import seeds_for_margin  # takes scipy

        least = max(map(seeds_for_margin, margins))
        why += ", and its equivalence is tested once, with seeds that were chosen beforehand"
        then = (
            f"give --seeds {least} or more (`study plan {name}` says what they take), or add a "
            "contrast of two of its values to its file, which ends at equivalent too"
        )
    if number:
        why = f"all contrasts of '{name}' are left out here: {why_left_out(request)[0]}"
        why, then = why.rstrip("."), "request the cells of one"
    raise ConfigError(f"--until-decided: {why}; {then}, or give --until-width 0.4")
