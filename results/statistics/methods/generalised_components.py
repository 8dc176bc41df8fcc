"""Draws of variance components as if mean squares had chi-squared distributions (generalised
confidence intervals, Weerahandi 1993), with degrees of freedom for values that are not normal."""

from functools import lru_cache

import numpy as np
from scipy.stats import chi2

DRAWS = 999


def generalised_components(table: np.ndarray, seed: int) -> np.ndarray:
    """Draw the components of rows, columns and interaction of a complete table.

    Each mean square times its degrees of freedom is divided by a chi-squared variable of as many.
    These are fewer where values have long tails, as rare events do (Box 1953): 2 / (2 / d + k / (d
    + 1)) for an excess kurtosis k of the values. Of an event, each sum of squares is at least what
    one run that ends otherwise adds to it.

    Args:
        table: (rows, columns), two or more of either, not all values alike.
        seed: the seed of the draws; tables are drawn alike, quantile by quantile.

    Returns:
        (draws, 3), none below 0.
    """
    rows, columns = table.shape
    centred = table - table.mean()
    squares = np.array(
        [
            columns * np.square(centred.mean(axis=1)).sum(),
            rows * np.square(centred.mean(axis=0)).sum(),
            0.0,
        ]
    )
    squares[2] = max(np.square(centred).sum() - squares.sum(), 0.0)
    if len(np.unique(table)) == 2:  # an event: that all units agree does not show that all would
        squares = np.maximum(squares, one_run_otherwise(rows, columns) * np.ptp(table) ** 2)
    freedom = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)], dtype=float)
    kurtosis = (centred**4).mean() / np.square(centred).mean() ** 2 - 3
    spread = np.maximum(2 / freedom + kurtosis / (freedom + 1), 2 / freedom)
    known = np.maximum(2 / spread, 1.0)
    means = squares / freedom * known / chi2.ppf(quantiles(seed), known)
    of_rows = np.maximum(means[:, 0] - means[:, 2], 0.0) / columns
    of_columns = np.maximum(means[:, 1] - means[:, 2], 0.0) / rows
    return np.column_stack([of_rows, of_columns, means[:, 2]])


def one_run_otherwise(rows: int, columns: int) -> np.ndarray:
    """Compute the sums of squares of a table of zeros and a single one."""
    of_rows, of_columns = 1 - 1 / rows, 1 - 1 / columns
    return np.array([of_rows / columns, of_columns / rows, of_rows * of_columns])


@lru_cache(maxsize=4)
def quantiles(seed: int) -> np.ndarray:
    """Draw (draws, 3) numbers between 0 and 1."""
    return np.random.default_rng([seed, 2]).random((DRAWS, 3))
