"""Holm's correction for the number of tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CORRECTED = {"p_value": "p_holm", "minimum_p": "minimum_p_holm"}
"""What stands beside a p-value, and beside the smallest one that is attainable."""


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979, Scandinavian Journal of Statistics 6:65).

    The k-th smallest of m is multiplied by m - k + 1, and is at least the one before it. NaN, where
    nothing was tested, stays NaN and counts for nothing. (statsmodels has the same and collects
    garbage at every call, which takes most of a second in a large program.)

    Args:
        p_values: in any order.
    """
    found = np.array(p_values, dtype=float)
    order = np.argsort(found)[: np.isfinite(found).sum()]
    steps = found[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found.tolist()


def correct_rows(rows: Sequence[dict[str, Any]], names: Mapping[str, str] = CORRECTED) -> None:
    """Put corrected p-values into the rows of a table, over all of its rows.

    Args:
        rows: each with a p-value by each of the names.
        names: of p-values, and what they are called once they are corrected.
    """
    for name, into in names.items():
        for row, corrected in zip(rows, holm([row[name] for row in rows]), strict=True):
            row[into] = corrected
