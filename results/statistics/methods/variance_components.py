"""Variance components of crossed random effects: analysis of variance, intervals, permutation.

y_ij = mu + a_i + b_j + e_ij for row i and column j of a table, all effects random with mean 0
(Searle, Casella and McCulloch 1992, chapter 4). With one value for each pair, e is the interaction
and whatever is left; in a deterministic program nothing else is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from results.statistics.methods.generalised_components import DRAWS, generalised_components

SMALL = 1e-12


@dataclass(frozen=True)
class Estimates:
    """Estimates of one table, or of several together; components are not truncated."""

    components: np.ndarray
    """(3,), of rows, of columns, and of the interaction."""
    drawn: np.ndarray
    """(draws, 3), of the bootstrap; NaN where a draw held one row or column alone."""
    generalised: np.ndarray
    """(draws, 3), as if mean squares had chi-squared distributions."""
    between: np.ndarray
    """(2,), sums of squares between rows and between columns."""
    permuted: np.ndarray
    """(draws, 2), the same of permuted values."""
    freedom: np.ndarray
    """(3,), degrees of freedom of the sources."""


def estimates(table: np.ndarray, seed: int) -> Estimates:
    """Estimate the components of a complete table with two or more rows and columns.

    Args:
        table: (rows, columns).
        seed: the seed of draws and permutations; tables of one shape are drawn and permuted alike.
    """
    rows, columns = table.shape
    centred = table - table.mean()
    ones = np.ones((1, rows)), np.ones((1, columns))
    taken = permutations(rows, columns, seed)
    within_columns = np.take_along_axis(centred[None], taken[0], axis=1)
    within_rows = np.take_along_axis(centred[None], taken[1], axis=2)
    return Estimates(
        components=weighted_components(centred, *ones)[0],
        drawn=weighted_components(centred, *repetitions(rows, columns, seed)),
        generalised=generalised_components(centred, seed)
        if centred.any()
        else np.zeros((DRAWS, 3)),
        between=np.array([_between(centred, 1), _between(centred, 0)]),
        permuted=np.column_stack([_between(within_columns, 2), _between(within_rows, 1)]),
        freedom=np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)], dtype=float),
    )


def _between(centred: np.ndarray, axis: int) -> np.ndarray:
    """Compute the sum of squares between the means over an axis, of values whose mean is 0."""
    return centred.shape[axis] * np.square(centred.mean(axis=axis)).sum(axis=-1)


def weighted_components(
    table: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray
) -> np.ndarray:
    """Estimate variance components if rows and columns are repeated, unbiased given that.

    With weights w_i (sum I) and v_j (sum J), A = sum w^2 / I^2 and B = sum v^2 / J^2:
    E SS_a = I J (1 - A) (s_a + B s_e), E SS_b = I J (1 - B) (s_b + A s_e) and
    E SS_e = I J (1 - A) (1 - B) s_e. Weights of 1 give the usual estimators.

    Args:
        table: (rows, columns).
        row_weights: (draws, rows).
        column_weights: (draws, columns).

    Returns:
        (draws, 3), components of rows, columns and interaction; NaN where a draw has one
        row or column alone.
    """
    rows, columns = table.shape
    row_means = column_weights @ table.T / columns
    column_means = row_weights @ table / rows
    mean = (row_weights * row_means).sum(axis=1, keepdims=True) / rows
    total = ((row_weights @ table**2) * column_weights).sum(axis=1)
    total = total - rows * columns * mean[:, 0] ** 2
    between_rows = columns * (row_weights * (row_means - mean) ** 2).sum(axis=1)
    between_columns = rows * (column_weights * (column_means - mean) ** 2).sum(axis=1)
    rest = np.maximum(total - between_rows - between_columns, 0.0)
    a = (row_weights**2).sum(axis=1) / rows**2
    b = (column_weights**2).sum(axis=1) / columns**2
    usable = (a < 1 - SMALL) & (b < 1 - SMALL)
    a, b = np.where(usable, a, np.nan), np.where(usable, b, np.nan)
    size = rows * columns
    interaction = rest / (size * (1 - a) * (1 - b))
    of_rows = between_rows / (size * (1 - a)) - b * interaction
    of_columns = between_columns / (size * (1 - b)) - a * interaction
    return np.column_stack([of_rows, of_columns, interaction])


@lru_cache(maxsize=4)
def repetitions(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw how often each row and column is taken: (draws, rows) and (draws, columns)."""
    rng = np.random.default_rng(seed)
    return (
        rng.multinomial(rows, [1 / rows] * rows, size=DRAWS).astype(float),
        rng.multinomial(columns, [1 / columns] * columns, size=DRAWS).astype(float),
    )


@lru_cache(maxsize=4)
def permutations(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw the places that values are taken from, within columns and within rows, each of shape
    (draws, rows, columns)."""
    keys = np.random.default_rng([seed, 1]).random((2, DRAWS, rows, columns))
    return keys[0].argsort(axis=1), keys[1].argsort(axis=2)


def together(tables: Sequence[Estimates]) -> Estimates:
    """Pool tables: components are weighted by degrees of freedom, sums of squares are added."""
    freedom = np.array([table.freedom for table in tables])
    shares = freedom / freedom.sum(axis=0)
    return Estimates(
        components=(shares * [table.components for table in tables]).sum(axis=0),
        drawn=(shares[:, None] * [table.drawn for table in tables]).sum(axis=0),
        generalised=(shares[:, None] * [table.generalised for table in tables]).sum(axis=0),
        between=np.sum([table.between for table in tables], axis=0),
        permuted=np.sum([table.permuted for table in tables], axis=0),
        freedom=freedom.sum(axis=0),
    )


@dataclass(frozen=True)
class VarianceShares:
    """Each component's share of their sum, negative components counting as 0."""

    variance: float
    """The sum."""
    shares: np.ndarray
    """(3,), of rows, of columns, and of the interaction."""
    low: np.ndarray
    """(3,), ends of the intervals."""
    high: np.ndarray
    p_values: np.ndarray
    """(2,), that rows, or columns, matter at all."""
    negative: np.ndarray
    """(3,), which components were estimated below 0."""


def shares_of_variance(found: Estimates, confidence: float) -> VarianceShares | None:
    """Divide components by their sum, with intervals and permutation p-values (Phipson and Smyth
    2010); None where nothing varies.

    An interval reaches from the lower of two low ends to the higher of two high ones, those of the
    bootstrap and of the generalised draws: for rates near a half the one is too narrow, for rare
    events the other (`scripts.coverage`).
    """
    components = np.where(found.components > SMALL, found.components, 0.0)
    variance = float(components.sum())
    if variance < SMALL:
        return None
    ends = [drawn_ends(drawn, confidence) for drawn in (found.drawn, found.generalised)]
    hits = (found.permuted >= found.between - SMALL * (1 + found.between)).sum(axis=0)
    return VarianceShares(
        variance=variance,
        shares=components / variance,
        low=np.fmin(ends[0][0], ends[1][0]),
        high=np.fmax(ends[0][1], ends[1][1]),
        p_values=(1 + hits) / (1 + len(found.permuted)),
        negative=found.components < -SMALL,
    )


def drawn_ends(components: np.ndarray, confidence: float) -> np.ndarray:
    """Compute both ends, (2, 3), of the shares of drawn components; NaN without a usable draw."""
    drawn = np.where(components > SMALL, components, 0.0)
    drawn[np.isnan(components)] = np.nan
    sums = drawn.sum(axis=1, keepdims=True)
    shares = np.divide(drawn, sums, out=np.full_like(drawn, np.nan), where=sums > SMALL)
    shares = shares[np.isfinite(shares).all(axis=1)]
    if not len(shares):
        return np.full((2, 3), np.nan)
    return np.quantile(shares, [0.5 - confidence / 2, 0.5 + confidence / 2], axis=0)
