"""Axes that a user adds to a study: `--axis FIELD=V1,V2`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from results.errors import ConfigError
from results.reports.uncompared import uncompared_text
from searchspaces.axes import Axis
from study.command_line.arguments import parse_assignment, parse_value, require_settable, shown
from study.definition import Study


def added_axes(
    study: str,
    axes: Sequence[Axis],
    texts: Sequence[str],
    combinations: Sequence[Mapping[str, Any]] = (),
) -> tuple[Axis, ...]:
    """The axes that are asked for; those that the study has already, with their new values only.

    Args:
        study: its name.
        axes: what varies already.
        texts: values of `--axis`.
        combinations: the only points of the grid that are cells, where there are such.

    Raises:
        ConfigError: no such field, a value that is not of its type, an axis that is named twice,
            has one value, or has nothing that the study lacks.
    """
    own = {axis.field: axis.values for axis in axes}
    combined = {field for combination in combinations for field in combination}
    found: dict[str, Axis] = {}
    for text in texts:
        field, listed = parse_assignment("--axis", text)
        require_settable("--axis", text, field)
        axis = Axis(field, tuple(parse_value(field, value) for value in listed.split(",")))
        if field in found:
            raise ConfigError(
                f"--axis {text}: {field} was added already; name all its values at once, as in "
                f"--axis {field}=V1,V2"
            )
        if field not in own and len(axis.values) < 2:
            raise ConfigError(f"--axis {text}: an axis has two values or more; give --set {text}")
        new = tuple(value for value in axis.values if value not in own.get(field, ()))
        if not new:
            raise ConfigError(
                f"--axis {text}: the study has this axis with these values; give --only {text}"
            )
        if field in combined:
            raise ConfigError(
                f"--axis {text}: {study} has certain combinations of this axis with others; a "
                "study file adds one (docs/studies.md)"
            )
        found[field] = Axis(field, new)
    return tuple(found.values())


def with_axes(axes: Sequence[Axis], added: Sequence[Axis]) -> tuple[Axis, ...]:
    """The new axes, which vary slowest, and then the axes with their new values."""
    new = {axis.field: axis.values for axis in added}
    extended = [
        Axis(axis.field, tuple(dict.fromkeys((*axis.values, *new.pop(axis.field, ())))))
        for axis in axes
    ]
    return (*(Axis(field, values) for field, values in new.items()), *extended)


def widened(study: Study, added: Sequence[Axis]) -> Study:
    """The study with these axes too, under its name."""
    return replace(study, axes=with_axes(study.axes, added))


def said_of_added(study: Study, added: Sequence[Axis]) -> list[str]:
    """A sentence for each axis of the study that gets further values, and one on the new axes."""
    own = {axis.field for axis in study.axes}
    further = [
        f"{axis.field}={','.join(map(shown, axis.values))} is added to the study file's values"
        for axis in added
        if axis.field in own
    ]
    return further + uncompared_text([axis.field for axis in added if axis.field not in own])
