"""Which runs were still getting better when they ended: too short a horizon is no minimum."""

import pandas as pd

LEAST_DECLINE = 0.01
"""Nats of test loss, paper's convention, over the second half: about 2% of a barrier near 0.43."""


def still_declining(curves: pd.DataFrame, least: float = LEAST_DECLINE) -> set[str]:
    """The runs whose last test loss lies below that at half their length.

    Args:
        curves: a frame of `results.load_curves`.
        least: by how much at the least, in nats.

    Returns:
        Ids of runs; one with fewer than two evaluations, or a loss that is not finite, is in none.
    """
    found = set()
    for run_id, curve in curves.groupby("run_id"):
        curve = curve.sort_values("iteration")
        half = curve.loc[curve["iteration"] <= curve["iteration"].max() / 2, "test_loss"]
        if len(half) and float(half.iloc[-1]) - float(curve["test_loss"].iloc[-1]) > least:
            found.add(str(run_id))
    return found
