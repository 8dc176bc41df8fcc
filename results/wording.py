"""Words of sentences."""

from collections.abc import Mapping
from typing import Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 run`, `2 runs`; with a plural of its own `2 studies`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def titled(ask: Mapping[str, Any]) -> str:
    """A study's question, and where the paper asks it."""
    known = ask["reference"] not in ("", "none")
    return f"{ask['question']} ({ask['reference']})" if known else ask["question"]
