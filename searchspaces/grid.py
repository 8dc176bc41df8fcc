"""Full grids over named axes: they only produce configurations."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from core.config import RunConfig
from searchspaces.axes import Axis


@dataclass(frozen=True)
class Cell:
    """One point of a grid: the axes' values, and the configuration they make."""

    values: tuple[tuple[str, Any], ...]
    config: RunConfig


def grid(base: RunConfig, axes: Sequence[Axis]) -> tuple[Cell, ...]:
    """Every combination of the axes' values, the first axis slowest.

    Combinations that differ only in a field that cannot matter (the temperature of hard labels)
    are one cell, the first of them.

    Raises:
        ConfigError: a value that the configuration does not allow.
    """
    cells: dict[str, Cell] = {}
    for values in product(*(axis.values for axis in axes)):
        named = tuple(zip((axis.field for axis in axes), values, strict=True))
        config = base.replaced(**dict(named))
        shown = tuple((field, getattr(config, field)) for field, _ in named)
        cells.setdefault(repr(sorted(config.identity().items())), Cell(shown, config))
    return tuple(cells.values())
