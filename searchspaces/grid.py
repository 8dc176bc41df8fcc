"""Full grids over named axes: they only produce configurations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from core.config import RunConfig
from results.errors import ConfigError
from searchspaces.axes import Axis


@dataclass(frozen=True)
class GridPoint:
    """One point of a grid: the axes' values (None where one cannot matter), and the configuration
    they make."""

    values: tuple[tuple[str, Any], ...]
    config: RunConfig


def grid(
    base: RunConfig,
    axes: Sequence[Axis],
    combinations: Sequence[Mapping[str, Any]] = (),
    make: Callable[[Mapping[str, Any]], RunConfig] | None = None,
) -> tuple[GridPoint, ...]:
    """Every combination of the axes' values, the first axis slowest.

    Combinations that differ only in a field that cannot matter (the temperature of hard labels)
    are one cell.

    Args:
        base: what the axes do not say.
        axes: fields and their values.
        combinations: where given, only points that agree with one of them.
        make: makes the configuration of a point; by default the base with its values.

    Raises:
        ConfigError: a value that the configuration does not allow.
    """
    fields = [axis.field for axis in axes]
    cells: dict[str, GridPoint] = {}
    for values in product(*(axis.values for axis in axes)):
        named = dict(zip(fields, values, strict=True))
        if combinations and not any(agrees(named, wanted) for wanted in combinations):
            continue
        config = make(named) if make else base.replaced(**named)
        shown = tuple((field, shown_value(base, config, field, named[field])) for field in fields)
        cells.setdefault(repr(sorted(config.identity().items())), GridPoint(shown, config))
    return tuple(cells.values())


def without_effect(axes: Sequence[Axis], cells: Sequence[GridPoint]) -> list[Axis]:
    """The axes of several values that cannot matter in any of the cells."""
    shown = [dict(cell.values) for cell in cells]
    return [
        axis
        for axis in axes
        if len(axis.values) > 1 and all(values[axis.field] is None for values in shown)
    ]


def require_effect(axes: Sequence[Axis], cells: Sequence[GridPoint]) -> None:
    """Refuse an axis that cannot matter in any cell: all its values would be the same runs.

    Raises:
        ConfigError: there is one; the message says what it needs to matter.
    """
    for axis in without_effect(axes, cells):
        values = ", ".join(map(str, axis.values))
        needs = needs_of(cells[0].config, axis.field)
        raise ConfigError(f"axis '{axis.field}' ({values}) changes no run: {needs}")


def needs_of(config: RunConfig, field: str) -> str:
    """What a field that cannot matter would need to matter."""
    head, _, rest = field.partition(".")
    if head in config.inert:
        return f"{head} needs {config.inert[head]}"
    return needs_of(getattr(config, head), rest)


def agrees(point: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a point has all the wanted values, as far as it has those axes."""
    return all(point.get(field, value) == value for field, value in wanted.items())


def shown_value(base: RunConfig, config: RunConfig, field: str, asked: Any) -> Any:
    """The axis value as the configuration holds it. A share of 0 or 1 is shown although it makes
    another objective of the mixed one, in which it is nothing."""
    if field == "soft_weight" and base.objective == "mixed":
        return float(asked)
    return config.value(field)
