"""The design matrix of a factorial: indicators of factor levels, of full column rank."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Factor:
    """A factor of a factorial experiment."""

    name: str
    levels: tuple[str, ...]
    """The first one is the reference that the others are compared with."""
    codes: np.ndarray
    """(runs,), the index of each run's level."""


@dataclass(frozen=True)
class DesignMatrix:
    """The columns of a regression over factors."""

    columns: np.ndarray
    """(runs, terms), the intercept first."""
    terms: tuple[str, ...]
    """What the columns are: `factor=level`, interactions joined by " x "."""
    aliased: tuple[str, ...]
    """Terms that follow from the ones before them, and were left out."""


def design_matrix(
    factors: Sequence[Factor], interactions: Sequence[tuple[str, str]] = ()
) -> DesignMatrix:
    """Build the columns of the main effects of factors and of products of pairs of them.

    Args:
        factors: at least one, all of the same runs.
        interactions: pairs of names of factors.
    """
    blocks = {
        factor.name: {
            f"{factor.name}={level}": factor.codes == code
            for code, level in enumerate(factor.levels)
            if code
        }
        for factor in factors
    }
    columns = {INTERCEPT: np.ones(len(factors[0].codes), dtype=bool)}
    for block in blocks.values():
        columns |= block
    for one, other in interactions:
        for first, left in blocks[one].items():
            columns |= {f"{first} x {last}": left & right for last, right in blocks[other].items()}
    matrix = np.column_stack(list(columns.values())).astype(float)
    kept = independent(matrix)
    return DesignMatrix(
        columns=matrix[:, kept],
        terms=tuple(name for name, keep in zip(columns, kept, strict=True) if keep),
        aliased=tuple(name for name, keep in zip(columns, kept, strict=True) if not keep),
    )


def independent(matrix: np.ndarray) -> np.ndarray:
    """Tell which columns are no linear combination of those before them, as booleans."""
    rows = np.unique(matrix, axis=0)
    kept = np.zeros(rows.shape[1], dtype=bool)
    basis = np.zeros((len(rows), 0))
    for index, column in enumerate(rows.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > 1e-8 * max(np.linalg.norm(column), 1.0):
            kept[index] = True
            basis = np.column_stack([basis, rest / length])
    return kept
