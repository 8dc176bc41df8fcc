"""Two cells of a frame held against each other: counts, difference of rates, p-value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from results.statistics.cells import HORIZONS, At, happened
from results.statistics.methods.clustered import Shares, shares_of
from results.statistics.methods.intervals import CONFIDENCE, UNKNOWN, Interval
from results.statistics.methods.paired import (
    least_discordant,
    mcnemar_p,
    sign_flip_p,
    tango_interval,
)
from results.statistics.methods.unpaired import (
    boschloo_p,
    newcombe_interval,
    seeds_permuted_p,
    smallest_p,
)

Design = Literal["paired", "paired, clustered", "unpaired", "unpaired, clustered", "none"]
"""Clustered: several runs of a side share an init seed, which is the unit then."""
SEEDS = ["init_seed", "data_seed"]


@dataclass(frozen=True)
class Difference:
    """How often something happened in a cell, against another one."""

    design: Design
    cell: Shares
    against: Shares
    both: int | None
    """Pairs with the event in both, in one alone, in neither; None where seeds are not shared."""
    only_cell: int | None
    only_against: int | None
    neither: int | None
    only_cell_learned: int | None
    """Of those pairs, how many learned on the side without the event: a run that does not fall has
    not learned for that."""
    only_against_learned: int | None
    interval: Interval
    """Of the rate of the cell less that of the other; NaN without runs."""
    p_value: float
    """NaN without runs."""
    smallest_p: float
    """That so many discordant seeds (or so many runs) allow; NaN without runs."""
    undecidable: str
    """Why no outcome of these runs could decide; empty where one could."""
    missing: int
    """Pairs (runs, where seeds are not shared) without an outcome."""
    left_out: int
    """Runs whose seeds the other side was not asked for."""
    run_ids_cell: tuple[str, ...]
    run_ids_against: tuple[str, ...]

    @property
    def estimate(self) -> float:
        if not self.cell.total or not self.against.total:
            return float("nan")
        return self.cell.count / self.cell.total - self.against.count / self.against.total


@dataclass(frozen=True)
class Run:
    """What a comparison needs of one."""

    init_seed: int
    run_id: str
    known: bool
    """Whether it has an outcome."""
    event: bool
    """Whether it happened to it."""
    learned: bool


def difference_of(
    cell: pd.DataFrame,
    against: pd.DataFrame,
    event: str = "fell",
    at: At = "H",
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
) -> Difference:
    """Hold the runs of two cells against each other, paired by (init_seed, data_seed) where they
    share such pairs of seeds.

    Paired: McNemar's exact test and Tango's score interval. Disjoint seeds: Boschloo's exact test
    and Newcombe's interval. Where runs of a side share an init seed, the test is a permutation over
    init seeds and the interval counts at most one observation for each of them.

    Args:
        cell: rows of one cell, each pair of seeds once.
        against: rows of the other.
        event: one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: of the interval.
        alpha: two-sided level below which a p-value must be possible.
    """
    mine, theirs = _side(cell, event, at), _side(against, event, at)
    pairs = [(mine[seeds], theirs[seeds]) for seeds in mine if seeds in theirs]
    if pairs:
        left_out = len(mine) + len(theirs) - 2 * len(pairs)
        return _paired(pairs, left_out, confidence, alpha)
    return _unpaired(list(mine.values()), list(theirs.values()), confidence, alpha)


def _side(rows: pd.DataFrame, event: str, at: At) -> dict[tuple[int, int], Run]:
    """The runs of a cell by init and data seed, in their order."""
    runs = map(
        Run,
        map(int, rows["init_seed"]),
        rows["run_id"],
        rows[HORIZONS[at]].notna(),
        happened(rows, event, at).tolist(),
        happened(rows, "learned", at).tolist(),
    )
    return dict(sorted(zip(zip(*(rows[name] for name in SEEDS), strict=True), runs, strict=True)))


def _paired(
    pairs: Sequence[tuple[Run, Run]], left_out: int, confidence: float, alpha: float
) -> Difference:
    known = [pair for pair in pairs if pair[0].known and pair[1].known]
    seeds = [run.init_seed for run, _ in known]
    mine, theirs = ([pair[side].event for pair in known] for side in (0, 1))
    cell, against = shares_of(mine, seeds), shares_of(theirs, seeds)
    differences = [a - b for a, b in zip(cell.happened, against.happened, strict=True)]
    clustered = len(set(seeds)) < len(seeds)
    mine_alone = [pair for pair in known if pair[0].event and not pair[1].event]
    theirs_alone = [pair for pair in known if pair[1].event and not pair[0].event]
    only_cell, only_against = len(mine_alone), len(theirs_alone)
    both = sum(a and b for a, b in zip(mine, theirs, strict=True))
    scale = cell.effective / cell.total if clustered else 1.0
    discordant, least = sum(d != 0 for d in differences), least_discordant(alpha)
    if not known:
        p_value = float("nan")
    else:
        p_value = sign_flip_p(differences) if clustered else mcnemar_p(only_cell, only_against)
    unit = "seeds that differ" if clustered else "discordant pairs"
    return Difference(
        design="paired, clustered" if clustered else "paired",
        cell=cell,
        against=against,
        both=both,
        only_cell=only_cell,
        only_against=only_against,
        neither=len(known) - both - only_cell - only_against,
        only_cell_learned=sum(run.learned for _, run in mine_alone),
        only_against_learned=sum(run.learned for run, _ in theirs_alone),
        interval=tango_interval(
            only_cell * scale, only_against * scale, len(known) * scale, confidence
        ),
        p_value=p_value,
        smallest_p=min(1.0, 2.0 ** (1 - discordant)) if known else float("nan"),
        undecidable=""
        if discordant >= least
        else f"{discordant} {unit}; below {least} no two-sided p-value can be under {alpha:g}",
        missing=len(pairs) - len(known),
        left_out=left_out,
        run_ids_cell=tuple(run.run_id for run, _ in known),
        run_ids_against=tuple(run.run_id for _, run in known),
    )


def _unpaired(
    mine: Sequence[Run], theirs: Sequence[Run], confidence: float, alpha: float
) -> Difference:
    known = [[run for run in side if run.known] for side in (mine, theirs)]
    cell, against = (
        shares_of([run.event for run in side], [run.init_seed for run in side]) for side in known
    )
    design: Design = "unpaired"
    undecidable = ""
    interval, p_value, least = UNKNOWN, float("nan"), float("nan")
    clustered = any(side.total > len(side.runs) for side in (cell, against))
    if {run.init_seed for run in mine} & {run.init_seed for run in theirs}:
        design = "none"
        undecidable = "the sides share init seeds but no pair of init and data seed"
    elif not cell.total or not against.total:
        undecidable = "a side has no run with an outcome"
    else:
        design = "unpaired, clustered" if clustered else "unpaired"
        least = smallest_p(cell, against, clustered=clustered)
        if least >= alpha:
            undecidable = (
                f"{len(cell.runs)} and {len(against.runs)} seeds: the smallest possible p-value "
                f"is {least:.2g}"
            )
        p_value = (
            seeds_permuted_p(cell, against)
            if clustered
            else boschloo_p(cell.count, cell.total, against.count, against.total)
        )
        interval = newcombe_interval(
            cell.count * cell.effective / cell.total,
            cell.effective,
            against.count * against.effective / against.total,
            against.effective,
            confidence,
        )
    return Difference(
        design=design,
        cell=cell,
        against=against,
        both=None,
        only_cell=None,
        only_against=None,
        neither=None,
        only_cell_learned=None,
        only_against_learned=None,
        interval=interval,
        p_value=p_value,
        smallest_p=least,
        undecidable=undecidable,
        missing=len(mine) + len(theirs) - sum(map(len, known)),
        left_out=0,
        run_ids_cell=tuple(run.run_id for run in known[0]),
        run_ids_against=tuple(run.run_id for run in known[1]),
    )
