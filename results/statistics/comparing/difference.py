"""Two cells of a frame held against each other, paired by seed where they share their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from results.statistics.cells import HORIZONS, At, happened, teacher_seeds
from results.statistics.methods.clustered import shares_of
from results.statistics.methods.differences import (
    RateDifference,
    paired_difference,
    unpaired_difference,
)
from results.statistics.methods.intervals import CONFIDENCE

Design = Literal["paired", "paired, clustered", "unpaired", "unpaired, clustered", "none"]
"""Clustered: several runs of a side share an init seed, which is the unit then."""
ContrastReason = Literal["", "seeds", "outcomes", "pairing", "correction"]
"""What a comparison lacks that is underpowered: seeds, outcomes on a side, a pair of init and data
seed that the sides share although they share init seeds, or enough seeds to outlast Holm's
correction. That few of many seeds differ is no lack: it shows that the rates are close."""
NO_TEACHER = -1
"""In the place of a teacher's seed, which is 0 or above."""


@dataclass(frozen=True)
class Difference:
    """How often something happened in a cell, against another one."""

    rates: RateDifference
    design: Design
    reason: ContrastReason
    """Why the minimum attainable p is not below alpha; empty where it is."""
    only_cell_learned: int | None
    """How many pairs with the event in this cell alone learned in the other one. A run that does
    not fall has not learned for that."""
    only_against_learned: int | None
    """How many pairs with the event in the other cell alone learned in this one."""
    missing: int
    """Pairs (runs, where seeds are not shared) without an outcome."""
    left_out: int
    """Runs that are in no pair; or, of an unpaired comparison, whose seeds both sides have."""
    run_ids_cell: tuple[str, ...]
    run_ids_against: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What a comparison needs of one run."""

    init_seed: int
    run_id: str
    known: bool
    """Whether it has an outcome."""
    event: bool
    """Whether the event happened to it."""
    learned: bool


Side = dict[tuple[int, int, int], Run]
"""Runs by init seed, data seed and teacher's seed."""


def difference_of(
    cell: pd.DataFrame,
    against: pd.DataFrame,
    event: str = "fell",
    at: At = "H",
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
) -> Difference:
    """Compare two cells, paired by (init_seed, data_seed) where they share such pairs of seeds, and
    by teacher where both sides have several; a run without one is held against each teacher's.

    The arithmetic is that of `methods.differences`: `paired_difference` over the shared seeds, or
    `unpaired_difference` over those of one side alone. Where there are both, the design is taken
    that would be more precise if seeds decided nothing, whatever came out, and the other runs are
    left out: so many pairs, or seeds of a and of b, which are worth 2 a b / (a + b) pairs then.

    Args:
        cell: rows of one cell, each pair of seeds once for each teacher.
        against: rows of the other one.
        event: one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: the level of the interval, between 0 and 1.
        alpha: two-sided level that the minimum attainable p must be below.
    """
    mine, theirs = _side(cell, event, at), _side(against, event, at)
    pairs, (own, others) = _pairs(mine, theirs), _apart(mine, theirs)
    runs = len(mine) + len(theirs)
    if pairs and len({run.init_seed for run, _ in pairs}) >= _worth_in_pairs(own, others):
        held = ({run.run_id for run in side} for side in zip(*pairs, strict=True))
        return _paired(pairs, runs - sum(map(len, held)), confidence, alpha)
    if own and others:
        return _unpaired(own, others, runs - len(own) - len(others), confidence, alpha)
    return _unpaired(list(mine.values()), list(theirs.values()), 0, confidence, alpha)


def _apart(mine: Side, theirs: Side) -> tuple[list[Run], list[Run]]:
    """Return the runs of each side whose init seeds the other side has not."""
    seeds, other_seeds = ({key[0] for key in side} for side in (mine, theirs))
    return (
        [run for key, run in mine.items() if key[0] not in other_seeds],
        [run for key, run in theirs.items() if key[0] not in seeds],
    )


def _worth_in_pairs(own: Sequence[Run], others: Sequence[Run]) -> float:
    """Count the pairs that would tell the difference as precisely, if a seed's outcomes did not
    depend on each other."""
    here, there = (len({run.init_seed for run in side}) for side in (own, others))
    return 2 * here * there / (here + there) if here and there else 0.0


def _pairs(mine: Side, theirs: Side) -> list[tuple[Run, Run]]:
    """Return the runs that agree in all their seeds; a teacher's seed that one lacks agrees with
    any."""
    if {key[2] for key in mine} == {NO_TEACHER} or {key[2] for key in theirs} == {NO_TEACHER}:
        by_seeds: dict[tuple[int, int], list[Run]] = {}
        for key, run in theirs.items():
            by_seeds.setdefault(key[:2], []).append(run)
        return [(run, other) for key, run in mine.items() for other in by_seeds.get(key[:2], ())]
    return [(mine[seeds], theirs[seeds]) for seeds in mine if seeds in theirs]


def _side(rows: pd.DataFrame, event: str, at: At) -> Side:
    """Return the runs of a cell by init seed, data seed and teacher's seed, in their order."""
    runs = map(
        Run,
        map(int, rows["init_seed"]),
        rows["run_id"],
        rows[HORIZONS[at]].notna(),
        happened(rows, event, at).tolist(),
        happened(rows, "learned", at).tolist(),
    )
    teachers = [NO_TEACHER if seed is None else seed for seed in teacher_seeds(rows)]
    seeds = zip(rows["init_seed"], rows["data_seed"], teachers, strict=True)
    return dict(sorted(zip(seeds, runs, strict=True)))


def _paired(
    pairs: Sequence[tuple[Run, Run]], left_out: int, confidence: float, alpha: float
) -> Difference:
    known = [(run, other) for run, other in pairs if run.known and other.known]
    found = paired_difference(
        [run.event for run, _ in known],
        [other.event for _, other in known],
        [run.init_seed for run, _ in known],
        confidence,
    )
    assert found.pairs is not None
    return Difference(
        rates=found,
        design="paired, clustered" if found.clustered else "paired",
        reason=_lacks(found, alpha),
        only_cell_learned=sum(a.event and not b.event and b.learned for a, b in known),
        only_against_learned=sum(b.event and not a.event and a.learned for a, b in known),
        missing=len(pairs) - len(known),
        left_out=left_out,
        run_ids_cell=tuple(run.run_id for run, _ in known),
        run_ids_against=tuple(other.run_id for _, other in known),
    )


def _unpaired(
    mine: Sequence[Run], theirs: Sequence[Run], left_out: int, confidence: float, alpha: float
) -> Difference:
    known = [[run for run in side if run.known] for side in (mine, theirs)]
    cell, against = (
        shares_of([run.event for run in side], [run.init_seed for run in side]) for side in known
    )
    design: Design
    reason: ContrastReason = ""
    if {run.init_seed for run in mine} & {run.init_seed for run in theirs}:
        found, design, reason = RateDifference(cell, against, clustered=False), "none", "pairing"
    else:
        found = unpaired_difference(cell, against, confidence)
        design = "unpaired"
        reason = _lacks(found, alpha)
        if found.clustered and reason != "outcomes":
            design = "unpaired, clustered"
    return Difference(
        rates=found,
        design=design,
        reason=reason,
        only_cell_learned=None,
        only_against_learned=None,
        missing=len(mine) + len(theirs) - sum(map(len, known)),
        left_out=left_out,
        run_ids_cell=tuple(run.run_id for run in known[0]),
        run_ids_against=tuple(run.run_id for run in known[1]),
    )


def _lacks(found: RateDifference, alpha: float) -> ContrastReason:
    if not found.cell.total or not found.against.total:
        return "outcomes"
    return "seeds" if found.minimum_p >= alpha else ""
