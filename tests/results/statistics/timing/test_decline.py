"""A run that still gets better at its end is told from one that is stuck."""

import numpy as np
import pandas as pd

from results.statistics.timing.decline import LEAST_DECLINE, still_declining


def curve(run_id: str, *losses: float | None) -> pd.DataFrame:
    iterations = [100 * k for k in range(len(losses))]
    return pd.DataFrame({"run_id": run_id, "iteration": iterations, "test_loss": losses})


def test_the_second_half_decides() -> None:
    curves = pd.concat(
        [
            curve("stuck", 1.4, 0.43, 0.43, 0.43, 0.43),
            curve("declining", 1.4, 0.9, 0.8, 0.7, 0.6),
            curve("rising", 1.4, 0.5, 0.43, 0.5, 0.6),
            curve("early", 1.4, 0.9, 0.43, 0.43, 0.425),
            curve("diverged", 1.4, 0.9, 0.8, 0.9, None),
        ]
    )
    assert still_declining(curves) == {"declining"}
    assert still_declining(curves, least=0.004) == {"declining", "early"}


def test_the_order_of_rows_is_nothing_and_one_evaluation_says_nothing() -> None:
    shuffled = curve("declining", 1.4, 0.9, 0.8, 0.7, 0.6).sample(frac=1, random_state=0)
    assert still_declining(pd.concat([shuffled, curve("single", 1.0)])) == {"declining"}
    assert still_declining(shuffled.head(0)) == set()


def one_by_one(curves: pd.DataFrame) -> set[str]:
    found = set()
    for run_id, curve in curves.groupby("run_id"):
        ordered = curve.sort_values("iteration")
        early = ordered.loc[ordered["iteration"] <= ordered["iteration"].max() / 2, "test_loss"]
        if len(early) and early.iloc[-1] - ordered["test_loss"].iloc[-1] > LEAST_DECLINE:
            found.add(str(run_id))
    return found


def test_all_runs_at_once_are_each_by_itself() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        rows = [
            (f"run {run}", iteration, None if rng.random() < 0.1 else rng.normal(0.5, 0.02))
            for run in range(rng.integers(1, 8))
            for iteration in np.unique(rng.integers(0, 50, rng.integers(1, 8)))
        ]
        curves = pd.DataFrame(rows, columns=["run_id", "iteration", "test_loss"])
        curves = curves.sample(frac=1, random_state=int(rng.integers(99)))
        assert still_declining(curves) == one_by_one(curves)
