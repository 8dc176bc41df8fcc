"""Contrasts as study files name them, and what of them no run has."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, NamedTuple

import pandas as pd

from results.errors import ConfigError

EXAMPLE = "{'question': '...', 'cell': {'width': 2}, 'against': {'width': 4}}"


class NotRun(NamedTuple):
    """A value of an axis that no run has."""

    axis: str
    value: Any
    present: tuple[Any, ...]
    """The values that runs have."""


def contrast_mappings(contrasts: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Give the contrasts as mappings, those of a study file (`study.definition.Contrast`) too.

    Raises:
        ConfigError: no list of contrasts, or one of them lacks a question or a side, or compares a
            cell with itself.
    """
    if isinstance(contrasts, Mapping | str) or is_dataclass(contrasts):
        raise ConfigError("contrasts: is a single contrast; pass a list of them")
    mappings = []
    for contrast in contrasts:
        if is_dataclass(contrast) and not isinstance(contrast, type):
            contrast = asdict(contrast)
        require_contrast(contrast)
        mappings.append(contrast)
    return mappings


def require_contrast(contrast: Any) -> None:
    """Raise ConfigError unless it has a question and two sides that differ."""
    if not isinstance(contrast, Mapping):
        raise ConfigError(f"contrast {contrast!r}: must be a dict; write it as {EXAMPLE}")
    lacking = [name for name in ("question", "cell", "against") if name not in contrast]
    if lacking:
        raise ConfigError(
            f"contrast {dict(contrast)}: lacks {', '.join(lacking)}; write it as {EXAMPLE}"
        )
    for side in ("cell", "against"):
        if not isinstance(contrast[side], Mapping):
            raise ConfigError(
                f"contrast '{contrast['question']}': {side}={contrast[side]!r}: must be axis "
                "values, as {'temperature': 5.0}"
            )
    if contrast["cell"] == contrast["against"]:
        raise ConfigError(
            f"contrast '{contrast['question']}': compares {dict(contrast['cell'])} with itself; "
            "name two cells that differ"
        )


def not_run(frame: pd.DataFrame, contrast: Mapping[str, Any]) -> tuple[NotRun, ...]:
    """Return the axis values of a contrast that no run of the frame has, each once."""
    found = []
    for side in ("cell", "against"):
        for name, value in contrast[side].items():
            present = frame[name].dropna().unique().tolist() if name in frame else []
            if value is not None and value not in present:
                found.append(NotRun(name, value, tuple(present)))
    return tuple(one for k, one in enumerate(found) if one not in found[:k])
