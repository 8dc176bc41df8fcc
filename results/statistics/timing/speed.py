"""Which cells are faster: iterations and seconds until the test loss first reaches a level."""

import math
import statistics
from dataclasses import dataclass

import pandas as pd

from results.ledger.study_record import SpeedClaim
from results.outcomes import was_given_up

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
    """The median of slower over faster, over the pairs that both reached it."""
    seconds_ratio: float | None


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
    for side, found in sides.items():
        for row in known:
            if all(row.get(name) == value for name, value in getattr(claim, side).items()):
                reached = first_reached(by_run[row["run_id"]], claim.level)
                found.append(((row["init_seed"], row["data_seed"]), reached))
    slower: dict[tuple[int, int], list[Reached | None]] = {}
    for seed, reached in sides["slower"]:
        slower.setdefault(seed, []).append(reached)
    pairs = [(mine, other) for seed, mine in sides["faster"] for other in slower.get(seed, ())]
    both = [(mine, other) for mine, other in pairs if mine is not None and other is not None]
    return SpeedComparison(
        claim=claim,
        unknown=len(done) - len(known),
        pairs=len(pairs),
        both=len(both),
        faster_never=sum(reached is None for _, reached in sides["faster"]),
        faster_runs=len(sides["faster"]),
        slower_never=sum(reached is None for _, reached in sides["slower"]),
        slower_runs=len(sides["slower"]),
        iterations_ratio=median_ratio([(mine[0], other[0]) for mine, other in both]),
        seconds_ratio=median_ratio([(mine[1], other[1]) for mine, other in both]),
    )


def median_ratio(pairs: list[tuple[float, float]]) -> float | None:
    """Return the median of second over first; None without a pair that has both."""
    ratios = [b / a for a, b in pairs if a > 0 and math.isfinite(a) and math.isfinite(b)]
    return statistics.median(ratios) if ratios else None
