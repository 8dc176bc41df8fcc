"""What an interval is clustered by, and whether there are too few of it."""

from collections.abc import Mapping
from typing import Any

from results.statistics.methods.crossed_units import FEW_OTHERS
from results.statistics.variance import LEAST_SEEN, LEAST_UNITS
from results.text import counted

DIFFER = {"data seed": "orders of the data", "teacher": "teachers"}
"""What differs from one unit to the next."""


def no_interval_phrase(row: Mapping[Any, Any]) -> str:
    """Say why shares of variance have no interval.

    Args:
        row: of `results.variance_shares(crossing="teacher")`, with a `reason`.
    """
    if row["reason"] == "few events":
        return f"fewer than {LEAST_SEEN} students or teachers with either end allow no interval"
    few = "teachers" if row["teachers"] < LEAST_UNITS else "students"
    return f"fewer than {LEAST_UNITS} {few} allow no interval"


def units_phrase(numbers: Mapping[str, int]) -> str:
    """`seed and by teacher: 2 teachers, fewer than 5, which say little of how teachers differ`.

    Args:
        numbers: how many there are of each kind that seeds are crossed with
            (`random_factors.unit_counts`).
    """
    text = " and by ".join(["seed", *numbers])
    if not numbers:
        return text
    few = {kind: number for kind, number in numbers.items() if number < FEW_OTHERS}
    text += ": " + ", ".join(counted(number, kind) for kind, number in numbers.items())
    if few:
        differ = " and ".join(DIFFER[kind] for kind in few)
        which = (
            f"{' and '.join(f'{kind}s' for kind in few)} are " if len(few) < len(numbers) else ""
        )
        text += f", {which}fewer than {FEW_OTHERS}, which say little of how {differ} differ"
    return text
