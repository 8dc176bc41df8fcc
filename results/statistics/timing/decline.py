"""Which runs were still getting better when they ended: too short a horizon is no minimum."""

import numpy as np
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
    if curves.empty:
        return set()
    codes, ids = pd.factorize(curves["run_id"])
    order = np.lexsort((curves["iteration"], codes))
    codes, iterations = codes[order], curves["iteration"].to_numpy()[order]
    losses = curves["test_loss"].to_numpy(dtype=float, na_value=np.nan)[order]
    ends = np.flatnonzero(np.diff(codes, append=len(ids)))  # the last evaluation of each run
    early = 2 * iterations <= iterations[ends][codes]
    halves = ends - np.bincount(codes[~early], minlength=len(ids))
    begins = np.concatenate([[0], ends[:-1] + 1])
    declined = (halves >= begins) & (losses[halves] - losses[ends] > least)
    return {str(run_id) for run_id, is_so in zip(ids, declined, strict=True) if is_so}
