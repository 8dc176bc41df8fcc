"""Holm's correction."""

from collections.abc import Sequence

import numpy as np
from statsmodels.stats.multitest import multipletests


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm 1979), by statsmodels; NaN, where nothing was
    tested, stays NaN and counts for nothing."""
    found = np.asarray(p_values, dtype=float)
    tested = np.isfinite(found)
    if tested.any():
        found[tested] = multipletests(found[tested], method="holm")[1]
    return found.tolist()
