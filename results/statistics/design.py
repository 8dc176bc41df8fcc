"""The design of a factorial: indicators of axis values, of full rank."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import is_missing

NONE_APPLIES = "none applies"
"""The level of runs in which an axis cannot matter."""
INTERCEPT = "intercept"


@dataclass(frozen=True)
class Design:
    """Columns of a regression over axes."""

    columns: np.ndarray
    """(runs, terms + 1), the intercept first."""
    terms: tuple[str, ...]
    """Of the columns, `axis=value`, interactions joined by " x "."""
    reference: dict[str, str]
    """The value of each axis that the others are compared with."""
    aliased: tuple[str, ...]
    """Terms that follow from the ones before them, and were left out."""


def factorial_design(
    frame: pd.DataFrame, axes: Sequence[str], interactions: Sequence[tuple[str, str]] = ()
) -> Design:
    """Main effects of the axes and products of pairs of them.

    The reference is an axis's first value in the frame that is not missing; missing ones are a
    level of their own, the last.

    Raises:
        ConfigError: an interaction of what is no axis.
    """
    require_interactions(axes, interactions)
    blocks: dict[str, dict[str, np.ndarray]] = {}
    reference: dict[str, str] = {}
    for axis in axes:
        levels = texts_of(frame[axis].tolist())
        found = [level for level in dict.fromkeys(levels) if level != NONE_APPLIES]
        found += [NONE_APPLIES] * (NONE_APPLIES in levels)
        reference[axis] = found[0]
        held = np.array(levels, dtype=object)
        blocks[axis] = {f"{axis}={level}": held == level for level in found[1:]}
    columns: dict[str, np.ndarray] = {INTERCEPT: np.ones(len(frame), dtype=bool)}
    for block in blocks.values():
        columns |= block
    for one, other in interactions:
        for first, left in blocks[one].items():
            columns |= {f"{first} x {last}": left & right for last, right in blocks[other].items()}
    matrix = np.column_stack(list(columns.values())).astype(float)
    kept = independent(matrix)
    names = tuple(columns)
    return Design(
        columns=matrix[:, kept],
        terms=tuple(name for name, keep in zip(names, kept, strict=True) if keep),
        reference=reference,
        aliased=tuple(name for name, keep in zip(names, kept, strict=True) if not keep),
    )


def require_interactions(axes: Sequence[str], interactions: Sequence[tuple[str, str]]) -> None:
    """Raises ConfigError unless they are pairs of two different axes."""
    for pair in interactions:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise ConfigError(
                f"interactions: {pair!r}: must be pairs of axes, as [('lr', 'width')]"
            )
        wrong = [name for name in pair if name not in axes]
        if wrong:
            raise ConfigError(f"interactions {wrong}: no axis; there are {', '.join(axes)}")


def texts_of(values: Iterable[Any]) -> list[str]:
    """Axis values as text."""
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if is_missing(value):
        return NONE_APPLIES
    return f"{value:g}" if isinstance(value, float) else str(value)


def independent(matrix: np.ndarray) -> np.ndarray:
    """Which columns are no linear combination of those before them, as booleans."""
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
