"""How often: counts, an interval per cell, and a pooled rate clustered by seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from results.errors import ConfigError
from results.outcomes import OUTCOMES
from results.statistics.cells import (
    HORIZONS,
    At,
    axes_of_runs,
    by_cell,
    happened,
    require_columns,
    teacher_seeds,
)
from results.statistics.methods.clustered import clustered_interval
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.crossed_units import crossed_interval
from results.statistics.methods.intervals import (
    CONFIDENCE,
    INTERVAL_METHODS,
    UNKNOWN,
    Interval,
    IntervalMethod,
    proportion_interval,
    require_confidence,
)
from results.statistics.methods.planned_looks import PlannedLooks
from results.statistics.methods.seed_shares import ClusterMethod, Shares, shares_of
from results.statistics.random_factors import (
    DATA_SEED,
    Units,
    further_units,
    unit_counts,
    units_of,
)

MINIMUM_SEEDS = 10
"""Below this a rate says next to nothing: 0 of 9 still allows 30%."""
COUNTS_ONLY = "counts only"
SEQUENCE = "confidence sequence"
PLANNED = "planned looks"
TWO_WAY, THREE_WAY = "two_way_wilson", "three_way_wilson"
CROSSED = {1: TWO_WAY, 2: THREE_WAY}
"""Methods by the number of kinds of units that init seeds are crossed with."""
SEQUENTIAL_ALPHA = 0.05
"""The error over all cells to which seeds were added."""
COLUMNS = (
    "at",
    "seeds",
    "data_seeds",
    "teachers",
    "runs",
    *OUTCOMES,
    "born_dead",
    "died_later",
    "fell",
    "fell_rate",
    "fell_low",
    "fell_high",
    "learned_rate",
    "learned_low",
    "learned_high",
    "method",
    "run_ids",
)


@dataclass(frozen=True)
class Rate:
    """`count` of `total`; the interval is None where there are too few seeds for a rate."""

    count: int
    total: int
    interval: Interval | None
    method: str = field(default=COUNTS_ONLY, compare=False)
    """How the interval was found."""

    def __str__(self) -> str:
        text = f"{self.count} of {self.total}"
        if self.interval is None:
            return text
        low, high = self.interval
        return f"{text} ({100 * low:.0f}-{100 * high:.0f}%)"


def cell_rate(
    happened: Iterable[bool],
    init_seeds: Iterable[int],
    method: IntervalMethod = "wilson",
    confidence: float = CONFIDENCE,
    sequential_cells: int | None = None,
    further: Units | None = None,
    planned: PlannedLooks | None = None,
) -> Rate:
    """Compute the rate of one cell, with an interval from ten distinct seeds on; a confidence
    sequence has one from the first.

    Runs that share an init seed are not independent: where one is repeated the interval counts each
    seed at most once, whatever the method; where they also share `further` units (data seeds,
    teachers: `random_factors.further_units`) it is clustered by all of them. Where seeds were added
    until the interval was narrow it is a confidence sequence, and there is none where seeds are
    repeated too. Where they were added at `planned` looks, and the last of these is reached, the
    interval allows for these looks alone.
    """
    flags, units = list(happened), list(init_seeds)
    shares = shares_of(flags, units)
    count, total, seeds = shares.count, shares.total, len(shares.runs)
    if sequential_cells is not None:
        if seeds < total or not total:
            return Rate(count, total, None)
        if planned and planned.stops(count, total):
            return Rate(count, total, planned.interval(count, total), PLANNED)
        ends = confidence_sequence(count, total, SEQUENTIAL_ALPHA / sequential_cells)
        return Rate(count, total, ends, SEQUENCE)
    if seeds < MINIMUM_SEEDS:
        return Rate(count, total, None)
    if further:
        return crossed_rate(shares, flags, units, further, confidence)
    if seeds < total:
        return clustered_rate(shares, "effective_wilson", confidence)
    return Rate(count, total, proportion_interval(count, total, method, confidence), method)


def pooled_rate(
    happened: Iterable[bool],
    init_seeds: Iterable[int],
    *,
    method: ClusterMethod = "design_effect",
    confidence: float = CONFIDENCE,
    data_seeds: Sequence[int] = (),
    teachers: Sequence[int | None] = (),
) -> Rate:
    """Compute the rate over all cells, with an interval clustered by init seed from ten of them on,
    and by data seed and teacher where these are crossed with them.

    Simulated for 10 to 40 seeds, 2 to 20 cells and rates from 0.05 to 0.5 (`scripts.coverage`), the
    interval by the design effect covers 93% or more, except where Wilson's own with one run a seed
    does not (each seed does the same everywhere, at 5%), and is two thirds as wide as that where
    runs are independent; the bootstrap covers down to 82% (bca) and 74% (percentile).

    Example:
        >>> from results.examples import example_study
        >>> frame = example_study()
        >>> print(pooled_rate(frame["fell"], frame["init_seed"]))
        10 of 24 (21-65%)
    """
    flags, units = list(happened), list(init_seeds)
    shares = shares_of(flags, units)
    if len(shares.runs) < MINIMUM_SEEDS:
        return Rate(shares.count, shares.total, None)
    if further := further_units(units, data_seeds, teachers):
        return crossed_rate(shares, flags, units, further, confidence)
    return clustered_rate(shares, method, confidence)


def crossed_rate(
    shares: Shares, flags: list[bool], seeds: list[int], further: Units, confidence: float
) -> Rate:
    """Compute the rate of runs that share further units, however few."""
    ends = crossed_interval(flags, seeds, list(further.values()), confidence)
    return Rate(shares.count, shares.total, ends, CROSSED[len(further)])


def clustered_rate(shares: Shares, method: ClusterMethod, confidence: float) -> Rate:
    """Compute the rate of runs that are counted by seed, however few."""
    found = clustered_interval(shares, method, confidence)
    return Rate(shares.count, shares.total, found.ends, found.method)


def rates(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    *,
    method: IntervalMethod = "wilson",
    confidence: float = CONFIDENCE,
    sequential_cells: int | None = None,
) -> pd.DataFrame:
    """Count how many runs collapsed (`fell`) and learned, for each cell and horizon.

    Args:
        frame: a frame of `load_study`; runs without an outcome at the horizon are left out.
        axes: columns that name a cell; by default the study's.
        method: how the intervals are found of cells whose runs all have seeds of their own.
        confidence: between 0 and 1.
        sequential_cells: number of cells to which seeds were added until the interval was narrow:
            their intervals are confidence sequences that hold together with 95%. By default what
            `load_study` has noted of the frame, with the looks that were planned (`planned_looks`
            among its `attrs`): where a cell is at its last, the interval of `fell` at the horizon,
            which decided that, allows for these looks alone and is narrower.

    Returns:
        Frame in the order of the cells' first rows, at "H/2" and then at "H", with the axes, the
        settings (profile, data, overrides) in which the frame's runs differ, and
        `COLUMNS`: `seeds` counts distinct init seeds, `data_seeds` distinct data seeds if these are
        crossed with them (else 0), `teachers` distinct teachers' seeds, each outcome and `fell` are
        counts of runs;
        `born_dead` and `died_later` divide those that are `constant` by whether they answered a
        constant before their first step (missing where that is not known of one);
        rates, lows and highs are NaN below ten seeds, unless they are a confidence sequence's;
        `method` says how the intervals were found ("effective_wilson": clustered by init seed, as
        runs share some; "two_way_wilson": by init seed and by data seed or teacher, as they are
        crossed; "three_way_wilson": by all three; "planned looks": of `fell`,
        beside a confidence sequence of `learned`); `run_ids` are the runs that
        were counted.

    Raises:
        ConfigError: no such column or method, or a confidence or number of cells that is none.

    Example:
        >>> from results.examples import example_study
        >>> table = rates(example_study()).query("at == 'H'").round(2)
        >>> table[["batch_norm", "runs", "fell", "fell_low", "fell_high"]].values.tolist()
        [['none', 12, 8, 0.39, 0.86], ['all', 12, 2, 0.05, 0.45]]
    """
    require_confidence(confidence)
    if method not in INTERVAL_METHODS:
        raise ConfigError(f"method '{method}': there are {', '.join(INTERVAL_METHODS)}")
    planned = None
    if sequential_cells is None:
        sequential_cells = frame.attrs.get("sequential_cells")
        noted = frame.attrs.get("planned_looks")
        planned = PlannedLooks(**noted) if noted else None
    if sequential_cells is not None and not (
        isinstance(sequential_cells, int) and sequential_cells >= 1
    ):
        raise ConfigError(f"sequential_cells {sequential_cells!r}: must be a number from 1 on")
    names = axes_of_runs(frame, axes)
    require_columns(frame, HORIZONS.values(), "load_study")
    rows = []
    for cell, runs in by_cell(frame, names).items():
        for at, column in HORIZONS.items():
            known = runs.loc[runs[column].notna()]
            if len(runs.loc[runs["outcome"].notna()]):
                found = _figures(known, at, method, confidence, sequential_cells, planned)
                rows.append(dict(zip(names, cell, strict=True)) | found)
    table = pd.DataFrame(rows, columns=[*names, *COLUMNS])
    return table.astype({"born_dead": "Int64", "died_later": "Int64"})


def born_and_died(constant: pd.DataFrame) -> tuple[int | None, int | None]:
    """Count which of the constant runs were so before their first step, and which were not yet;
    None where that is not known of one of them."""
    if constant.empty:
        return 0, 0
    if "born_dead" not in constant or constant["born_dead"].isna().to_numpy().any():
        return None, None
    born = sum(map(bool, constant["born_dead"]))
    return born, len(constant) - born


def _figures(
    runs: pd.DataFrame,
    at: At,
    method: IntervalMethod,
    confidence: float,
    sequential_cells: int | None,
    planned: PlannedLooks | None,
) -> dict[str, Any]:
    seeds = [int(seed) for seed in runs["init_seed"]]
    further, teachers = units_of(runs), teacher_seeds(runs)
    outcomes = runs[HORIZONS[at]].tolist()
    found: dict[str, Any] = {"at": at, "seeds": len(set(seeds))}
    found |= {"data_seeds": unit_counts(further).get(DATA_SEED, 0)}
    found |= {"teachers": len(set(teachers) - {None}), "runs": len(runs)}
    found |= {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    constant = runs.loc[[outcome == "constant" for outcome in outcomes]]
    found |= dict(zip(("born_dead", "died_later"), born_and_died(constant), strict=True))
    for event in ("fell", "learned"):
        flags = happened(runs, event, at).tolist()
        looks = planned if (event, at) == ("fell", "H") else None
        rate = cell_rate(flags, seeds, method, confidence, sequential_cells, further, looks)
        low, high = rate.interval or UNKNOWN
        found |= {
            event: rate.count,
            f"{event}_rate": rate.count / rate.total if rate.interval else float("nan"),
            f"{event}_low": low,
            f"{event}_high": high,
        }
        found.setdefault("method", rate.method)
    return found | {"run_ids": tuple(runs["run_id"])}
