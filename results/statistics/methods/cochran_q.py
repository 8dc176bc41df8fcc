"""Cochran's Q: whether columns of a table differ more than chance makes them, rows being blocks.

Its distribution is that of permuting each row, so dependence between columns is allowed for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from results.statistics.methods.rearranged import (
    ROUNDING,
    Distribution,
    convolved,
    enumerated,
    permuted,
)

MOST_ENUMERATED = 2**12
"""Up to so many arrangements each one is looked at; of more, a sample is."""
DRAWS = 9999


@dataclass(frozen=True)
class QTest:
    """What the test found."""

    q: float
    """Cochran's Q; NaN where no row differs within itself or fewer than two columns have values."""
    df: int
    """Columns less one: the mean of Q by chance."""
    p_value: float
    """The share of arrangements with so large a Q; 1 where no row differs within itself."""
    minimum_p: float
    """The smallest p-value that these rows allow, whatever their order."""
    exact: bool
    """Whether every arrangement was looked at."""
    informative: int
    """Rows that differ within themselves; the others say nothing."""

    @property
    def ratio(self) -> float:
        """The variance of the column sums, in multiples of what chance gives."""
        return self.q / self.df


def cochran_test(table: np.ndarray, *, inflation: float = 1.0, seed: int = 0) -> QTest:
    """Test that the columns of a table are exchangeable within each row.

    Q = (k - 1) S / E (Cochran 1950, Biometrika 37:256, equation 3): S is the sum over the k columns
    of (sum - expected sum)^2, E what permuting each row makes of S on average, the rows' sums of
    squares. A value that is missing stays missing, and counts in no sum. For 0 and 1 without a
    missing one this is Cochran's Q itself; Patil (1975, JASA 70:186) has its exact distribution.
    p = (1 + hits) / (1 + draws) where arrangements are drawn (Phipson and Smyth 2010).

    Args:
        table: (rows, columns), NaN where a row has no value.
        inflation: how much more the column sums vary than independent rows make them.
        seed: the seed of the draws.
    """
    rows = [row for row in np.asarray(table, dtype=float) if len(np.unique(known(row))) > 1]
    columns = int((~np.isnan(table)).any(axis=0).sum()) if table.size else 0
    if not rows or columns < 2:
        return QTest(math.nan, max(columns - 1, 0), 1.0, 1.0, True, 0)
    held = np.array(rows)
    means = np.nanmean(held, axis=1, keepdims=True)
    chance = float(np.nansum((held - means) ** 2))
    observed = float((np.nansum(held - means, axis=0) ** 2).sum())
    threshold = observed / inflation
    found = distribution(held)
    if found is not None:
        p_value, minimum = found.tail(threshold), found.tail(float(found.values.max()))
    else:
        drawn = np.concatenate(list(_drawn(held, seed)))
        largest = max(observed, float(drawn.max()))
        p_value, minimum = (
            (1 + int((drawn >= least - ROUNDING * largest).sum())) / (1 + DRAWS)
            for least in (threshold, largest)
        )
    q = (columns - 1) * observed / chance / inflation
    return QTest(q, columns - 1, p_value, minimum, found is not None, len(rows))


def least_rows(columns: int, alpha: float = 0.05) -> int:
    """Return how many rows must differ within themselves before p can be as small as `alpha`: if
    half of the columns have a 1, the same ones in every row."""
    number = 1
    while math.comb(columns, columns // 2) ** (1 - number) > alpha:
        number += 1
    return number


def known(row: np.ndarray) -> np.ndarray:
    """Return the values of a row that are there."""
    return row[~np.isnan(row)]


def distribution(rows: np.ndarray) -> Distribution | None:
    """Compute the distribution of S over all arrangements; None where they are too many."""
    found = convolved(rows)
    return enumerated(rows, MOST_ENUMERATED) if found is None else found


def _drawn(rows: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Yield S of `DRAWS` random arrangements, some at a time."""
    rng = np.random.default_rng(seed)
    at_once = max(1, min(DRAWS, 2_000_000 // rows.shape[1]))
    for start in range(0, DRAWS, at_once):
        yield permuted(rows, min(at_once, DRAWS - start), rng)
