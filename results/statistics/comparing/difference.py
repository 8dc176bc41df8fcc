"""Two kinds of cells held against each other, paired by seed where they share their seeds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from results.statistics.cells import HORIZONS, At, happened, teacher_seeds
from results.statistics.methods.clustered_pairs import Pairs
from results.statistics.methods.differences import (
    RateDifference,
    paired_difference,
    unpaired_difference,
)
from results.statistics.methods.intervals import CONFIDENCE
from results.statistics.methods.seed_shares import shares_of

Design = Literal["paired", "paired, clustered", "unpaired", "unpaired, clustered", "none"]
"""Clustered: runs of a side share seeds, so that not the run is the unit."""
ContrastReason = Literal["", "seeds", "outcomes", "pairing", "correction"]
"""What a comparison lacks that is underpowered: seeds (data seeds, teachers), outcomes on a side, a
pair of init and data seed that the sides share although they share init seeds, or enough seeds to
outlast Holm's correction. That few of many seeds differ is no lack: it shows that the rates are
close."""
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
    """Runs that are in no pair; or, of an unpaired comparison, whose seeds both sides have, or lack
    a stratum that others have."""
    incomplete: int
    """Seeds that have fewer pairs than others, as they lack a stratum, a data seed or a teacher.
    They count with what they have."""
    run_ids_cell: tuple[str, ...]
    run_ids_against: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What a comparison needs of one run."""

    init_seed: int
    data_seed: int
    teacher_seed: int
    """`NO_TEACHER` where it has none."""
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
    """Compare two cells: `difference_over` a single stratum, with the same arguments."""
    return difference_over([(cell, against)], event, at, confidence, alpha)


def difference_over(
    strata: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    event: str = "fell",
    at: At = "H",
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
) -> Difference:
    """Compare the sides of some strata by one test over all of them.

    Runs are paired within strata, by (init_seed, data_seed) where the sides share such pairs of
    seeds, and by teacher where both have several; a run without one is held against each teacher's.
    The arithmetic is that of `methods.differences`: `paired_difference` over the shared seeds, or
    `unpaired_difference` over those of one side alone. Where there are both, the design is taken
    that would be more precise if seeds decided nothing, whatever came out, and the other runs are
    left out: so many pairs, or seeds of a and of b, which are worth 2 a b / (a + b) pairs then.

    Args:
        strata: rows of a cell, each pair of seeds once for each teacher, and of the cell that it
            stands against.
        event: one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: the level of the interval, between 0 and 1.
        alpha: two-sided level that the minimum attainable p must be below.
    """
    sides = [(_side(cell, event, at), _side(other, event, at)) for cell, other in strata]
    pairs = [pair for mine, theirs in sides for pair in _pairs(mine, theirs)]
    mine, theirs = (
        list({run.run_id: run for side in each for run in side.values()}.values())
        for each in zip(*sides, strict=True)
    )
    runs = len(mine) + len(theirs)
    own, others = _apart(mine, theirs), _apart(theirs, mine)
    if len(strata) > 1:
        own, others = _complete(own), _complete(others)
    if pairs and len({run.init_seed for run, _ in pairs}) >= _worth_in_pairs(own, others):
        held = ({run.run_id for run in side} for side in zip(*pairs, strict=True))
        return _paired(pairs, runs - sum(map(len, held)), confidence, alpha)
    if own and others:
        return _unpaired(own, others, runs - len(own) - len(others), confidence, alpha)
    return _unpaired(mine, theirs, 0, confidence, alpha)


def _apart(runs: Sequence[Run], others: Sequence[Run]) -> list[Run]:
    """Return the runs whose init seeds no other has."""
    seeds = {run.init_seed for run in others}
    return [run for run in runs if run.init_seed not in seeds]


def _complete(runs: Sequence[Run]) -> list[Run]:
    """Return the runs of the seeds that have as many as the fullest one: without partners, a seed
    that lacks a stratum would shift the rate of its side alone."""
    sizes = Counter(run.init_seed for run in runs)
    most = max(sizes.values(), default=0)
    return [run for run in runs if sizes[run.init_seed] == most]


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
    teachers = [NO_TEACHER if seed is None else seed for seed in teacher_seeds(rows)]
    inits, datas = rows["init_seed"].astype(int).tolist(), rows["data_seed"].astype(int).tolist()
    runs = map(
        Run,
        inits,
        datas,
        teachers,
        rows["run_id"].tolist(),
        rows[HORIZONS[at]].notna().tolist(),
        happened(rows, event, at).tolist(),
        happened(rows, "learned", at).tolist(),
    )
    seeds = zip(inits, datas, teachers, strict=True)
    return dict(sorted(zip(seeds, runs, strict=True)))


def _paired(
    pairs: Sequence[tuple[Run, Run]], left_out: int, confidence: float, alpha: float
) -> Difference:
    known = [(run, other) for run, other in pairs if run.known and other.known]
    inits = [run.init_seed for run, _ in known]
    found = paired_difference(
        Pairs(
            cell=[run.event for run, _ in known],
            against=[other.event for _, other in known],
            runs=([run.run_id for run, _ in known], [other.run_id for _, other in known]),
            kinds={
                "init_seed": inits,
                "data_seed": [run.data_seed for run, _ in known],
                "teacher_seed": [max(run.teacher_seed, other.teacher_seed) for run, other in known],
            },
        ),
        confidence,
    )
    sizes = Counter(inits).values()
    assert found.pairs is not None
    return Difference(
        rates=found,
        design="paired, clustered" if found.clustered else "paired",
        reason=_lacks(found, alpha),
        only_cell_learned=sum(a.event and not b.event and b.learned for a, b in known),
        only_against_learned=sum(b.event and not a.event and a.learned for a, b in known),
        missing=len(pairs) - len(known),
        left_out=left_out,
        incomplete=sum(size < max(sizes) for size in sizes),
        run_ids_cell=tuple(dict.fromkeys(run.run_id for run, _ in known)),
        run_ids_against=tuple(dict.fromkeys(other.run_id for _, other in known)),
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
        incomplete=0,
        run_ids_cell=tuple(run.run_id for run in known[0]),
        run_ids_against=tuple(run.run_id for run in known[1]),
    )


def _lacks(found: RateDifference, alpha: float) -> ContrastReason:
    if not found.cell.total or not found.against.total:
        return "outcomes"
    return "seeds" if found.minimum_p >= alpha else ""
