"""Which cells are faster: iterations and seconds until the test loss reaches a level or its lowest.

A level is reached at the first evaluation that is not above it.
"""

import math
import statistics
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.ledger.study_record import SpeedClaim
from results.outcomes import was_given_up
from results.statistics.methods.intervals import Interval
from results.statistics.methods.median_interval import median_interval

Reached = tuple[int, float]
"""Iteration, and seconds of training and evaluation up to it (NaN where not recorded)."""


@dataclass(frozen=True)
class SpeedComparison:
    """What the runs, paired by seed, show of a claim of the paper."""

    claim: SpeedClaim
    unknown: int
    """Runs left out: without a readable curve, or given up before their horizon."""
    pairs: int
    """Runs of the faster cells for whose seed there is a run of the slower one."""
    both: int
    """Pairs in which both reached the level."""
    faster_never: int
    """Runs of the faster cells that never reached it, and how many there are."""
    faster_runs: int
    slower_never: int
    slower_runs: int
    iterations_ratio: float | None
    """The median over seeds of slower over faster; of a seed with several pairs their median."""
    seconds_ratio: float | None
    faster_horizon: int | None = None
    """The iterations of the longest curve on that side; None where there is none."""
    slower_horizon: int | None = None
    seeds: int = 0
    """Init seeds with a pair in which both reached the level: what the medians are over."""
    iterations_interval: Interval | None = None
    """95%, from six seeds on."""
    seconds_interval: Interval | None = None

    @property
    def too_short(self) -> bool:
        """Whether the paper's runs took longer than all of these are, and some of these were at
        their end before it was known when they would reach the level."""
        if self.faster_horizon is None or self.slower_horizon is None:
            return False
        all_reached = self.faster_never == self.slower_never == 0
        if self.claim.level is not None and all_reached:
            return False
        return not self.claim.fits(self.faster_horizon, self.slower_horizon)


def first_reached(curve: pd.DataFrame, level: float) -> Reached | None:
    """Return the first evaluation after iteration 0 with a test loss of at most `level`, or None.

    Args:
        curve: rows of `results.load_curves` of one run, in order of iteration.
        level: nats, the paper's convention.
    """
    there = curve[(curve["iteration"] > 0) & (curve["test_loss"] <= level)]
    if there.empty:
        return None
    first = there.iloc[0]
    return int(first["iteration"]), float(first["train_seconds"] + first["evaluate_seconds"])


def lowest_at(curve: pd.DataFrame) -> Reached | None:
    """Return the evaluation after iteration 0 that has the lowest test loss, the first of equals.

    None where no loss is known. Arguments as of `first_reached`.
    """
    losses = curve.loc[curve["iteration"] > 0, "test_loss"].to_numpy(dtype=float, na_value=np.nan)
    known = losses[np.isfinite(losses)]
    return first_reached(curve, float(known.min())) if len(known) else None


def compare_speed(frame: pd.DataFrame, curves: pd.DataFrame, claim: SpeedClaim) -> SpeedComparison:
    """Hold a claim against the runs of a study.

    Args:
        frame: a frame of `load_study`; runs without an outcome or a whole curve are left out.
        curves: a frame of `load_curves` for these runs.
        claim: one of the study's record or file.
    """
    by_run = {str(run_id): curve for run_id, curve in curves.groupby("run_id")}
    done = frame.loc[frame["outcome"].notna()].to_dict("records")
    known = [row for row in done if row["run_id"] in by_run and not was_given_up(row)]
    sides: dict[str, list[tuple[tuple[int, int], Reached | None]]] = {"faster": [], "slower": []}
    horizons: dict[str, list[int]] = {"faster": [], "slower": []}
    for side, found in sides.items():
        for row in known:
            if all(row.get(name) == value for name, value in getattr(claim, side).items()):
                curve = by_run[row["run_id"]]
                reached = (
                    lowest_at(curve) if claim.level is None else first_reached(curve, claim.level)
                )
                found.append(((row["init_seed"], row["data_seed"]), reached))
                horizons[side].append(int(curve["iteration"].to_numpy().max()))
    slower: dict[tuple[int, int], list[Reached | None]] = {}
    for seed, reached in sides["slower"]:
        slower.setdefault(seed, []).append(reached)
    pairs = [
        (seed[0], mine, other) for seed, mine in sides["faster"] for other in slower.get(seed, ())
    ]
    both = [
        (init, mine, other) for init, mine, other in pairs if mine is not None and other is not None
    ]
    iterations = ratios_by_seed([(init, mine[0], other[0]) for init, mine, other in both])
    seconds = ratios_by_seed([(init, mine[1], other[1]) for init, mine, other in both])
    return SpeedComparison(
        claim=claim,
        unknown=len(done) - len(known),
        pairs=len(pairs),
        both=len(both),
        faster_never=sum(reached is None for _, reached in sides["faster"]),
        faster_runs=len(sides["faster"]),
        slower_never=sum(reached is None for _, reached in sides["slower"]),
        slower_runs=len(sides["slower"]),
        iterations_ratio=statistics.median(iterations) if iterations else None,
        seconds_ratio=statistics.median(seconds) if seconds else None,
        faster_horizon=max(horizons["faster"], default=None),
        slower_horizon=max(horizons["slower"], default=None),
        seeds=len({init for init, _, _ in both}),
        iterations_interval=median_interval(iterations),
        seconds_interval=median_interval(seconds),
    )


def ratios_by_seed(pairs: list[tuple[int, float, float]]) -> list[float]:
    """Return the median of third over second for each first that has both: runs of a seed are no
    evidence of another."""
    ratios: dict[int, list[float]] = {}
    for seed, a, b in pairs:
        if a > 0 and math.isfinite(a) and math.isfinite(b):
            ratios.setdefault(seed, []).append(b / a)
    return [statistics.median(each) for each in ratios.values()]
