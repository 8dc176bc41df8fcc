"""Pieces of text that every sentence uses."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 run`, `2 runs`; with a plural of its own `2 studies`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def span(low: Any, high: Any) -> str:
    """`2 to 60`; what is the same at both ends once."""
    return f"{low}" if low == high else f"{low} to {high}"


def points(difference: float) -> str:
    """`+12`: a difference of rates, in percentage points."""
    return f"{100 * difference:+.0f}" if round(100 * difference) else "0"


def listed(words: Sequence[str]) -> str:
    """`2, 5 and 10`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


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


def run_text(
    cell: Mapping[str, Any], init_seed: int, data_seed: int, teacher_seed: int | None = None
) -> str:
    """`temperature=5 seed 0`, or both seeds where they differ; then the teacher's, if it has one of
    its own."""
    seeds = f"init seed {init_seed} data seed {data_seed}"
    own = f"seed {init_seed}" if init_seed == data_seed else seeds
    teacher = "" if teacher_seed is None else f" teacher seed {teacher_seed}"
    return f"{cell_text(cell)} {own}{teacher}".strip()


def printable(text: str) -> str:
    """The text with what would steer a terminal written out: names may come from anywhere."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def closest(word: str, known: Iterable[str]) -> list[str]:
    """The known word that is most like this one, or none if none is alike; case does not count."""
    folded = {each.casefold(): each for each in known}
    return [folded[like] for like in get_close_matches(word.casefold(), list(folded), n=1)]


def did_you_mean(alike: Iterable[str]) -> str:
    """What follows a wrong word in an error: one that is like it, in brackets, or nothing."""
    return "".join(f" (did you mean '{word}'?)" for word in list(alike)[:1])
