"""What a value from a JSON file is."""

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

MOST = 2**63
"""Whole numbers below it fit the ledger's columns."""


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def list_of(is_sound: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(is_sound, value))


def with_fields(fields: dict[str, Check]) -> Check:
    """An object with these fields, each of them sound; others do no harm."""
    return lambda value: (
        isinstance(value, dict)
        and all(name in value and is_sound(value[name]) for name, is_sound in fields.items())
    )


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -MOST <= value < MOST


def is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool | float | str) or is_whole(value)
