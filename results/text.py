"""Words of sentences."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 run`, `2 runs`; with a plural of its own `2 studies`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def titled(question: str, reference: str) -> str:
    """A study's question, and where the paper asks it."""
    return question if reference in ("", "none") else f"{question} ({reference})"
