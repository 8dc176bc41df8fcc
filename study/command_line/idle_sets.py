"""Fields that `--set` names and that cannot matter: the same runs would be another setting."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from core.config import RunConfig
from results.errors import ConfigError
from searchspaces.grid import GridPoint, needs_of


def idle_sets(changes: Mapping[str, Any], cells: Sequence[GridPoint]) -> list[str]:
    """The fields that `--set` changes and that are nothing in any of the cells."""
    axes = {field for field, _ in cells[0].values} if cells else set()
    own = {*axes, *changes}
    return [f for f in changes if not any(matters(cell.config, f, own) for cell in cells)]


def matters(config: RunConfig, field: str, named: Collection[str]) -> bool:
    """Whether a field can matter for a run, or for the one that it starts from.

    Args:
        config: of the run.
        field: that is set. Its start has it too, unless the start has a value of its own.
        named: fields that are set or vary.
    """
    of_start = f"start_from.{field}"
    inherits = config.start_from is not None and of_start not in named
    return config.value(field) is not None or (inherits and config.value(of_start) is not None)


def require_sets_matter(
    changes: Mapping[str, Any],
    cells: Sequence[GridPoint],
    cells_with: Callable[[Mapping[str, Any]], Sequence[GridPoint]],
) -> None:
    """Refuse a field that cannot matter for any run of the study.

    Args:
        changes: what `--set` changes.
        cells: the study's, with all of that.
        cells_with: makes the cells with other changes. A share of 1 makes the mixed objective the
            soft one, in which it is nothing; without it the runs are others.

    Raises:
        ConfigError: there is one; the message says what it needs to matter.
    """
    for field in idle_sets(changes, cells):
        others = cells_with({name: value for name, value in changes.items() if name != field})
        if identities(others) == identities(cells):
            needs = needs_of(cells[0].config, field)
            raise ConfigError(
                f"--set {field}={changes[field]}: changes no run: {needs}; leave it out"
            )


def identities(cells: Sequence[GridPoint]) -> list[dict[str, Any]]:
    return [cell.config.identity() for cell in cells]
