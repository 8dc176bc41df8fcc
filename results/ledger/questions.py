"""What a study as it was asked says of its questions: texts, contrasts, the paper's figures."""

from typing import Any

from results.errors import LedgerError
from results.ledger.json_values import (
    Check,
    is_number,
    is_scalar,
    is_text,
    is_whole,
    list_of,
    with_fields,
)
from results.outcomes import EVENTS


def require_questions(record: dict[str, Any], axes: list[str]) -> None:
    """Check all that a report reads of an ask; what is absent is as if nothing were asked.

    Raises:
        LedgerError: naming what is wrong.
    """

    def is_cell(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and set(value) <= set(axes)
            and all(map(is_scalar, value.values()))
        )

    def is_axis(value: Any) -> bool:
        return isinstance(value, str) and value in axes

    contrast = {"question": is_text, "cell": is_cell, "against": is_cell, "event": is_event}
    equivalence = {"question": is_text, "axis": is_axis, "margin": is_margin, "event": is_event}
    figure = {"cell": is_cell, "trial": is_trial, "figures": is_figures}
    claim = {
        "reference": is_text,
        "level": is_number,
        "faster": is_cell,
        "slower": is_cell,
        "ratio": is_number,
    }
    checks: dict[str, Check] = {
        "question": is_text,
        "reference": is_text,
        "note": is_text,
        "columns": list_of(is_text),
        "paper_barrier": lambda value: value is None or is_number(value),
        "contrasts": list_of(with_fields(contrast)),
        "equivalences": list_of(with_fields(equivalence)),
        "interactions": list_of(lambda pair: list_of(is_axis)(pair) and len(pair) == 2),
        "paper": list_of(with_fields(figure)),
        "claims": list_of(with_fields(claim)),
    }
    for name, is_sound in checks.items():
        if name in record and not is_sound(record[name]):
            raise LedgerError(f"not a study as it was asked: '{name}' is none")


def is_event(value: Any) -> bool:
    return value in EVENTS


def is_margin(value: Any) -> bool:
    return is_number(value) and 0 < value < 1


def is_trial(value: Any) -> bool:
    return value is None or is_whole(value)


def is_figures(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_number, value.values()))
