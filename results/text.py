"""Pieces of text that every sentence uses."""

from collections.abc import Mapping
from typing import Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 run`, `2 runs`; with a plural of its own `2 studies`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def titled(question: str, reference: str) -> str:
    """A study's question, and where the paper asks it."""
    return question if reference in ("", "none") else f"{question} ({reference})"


def cell_text(values: Mapping[str, Any]) -> str:
    """`temperature=5 batch_norm=all`; an axis that cannot matter is left out."""
    return " ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in values.items()
        if value is not None
    )
