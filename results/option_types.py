"""Types of option values: numbers with a rule, and places."""

import math
import shlex
from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

DIGITS = 9
"""A whole number that is counted with has no more."""


class Number(click.ParamType):
    """A finite number.

    Args:
        rule: what it must be, as in "above 0".
        holds: the same for the program.
    """

    name = "number"

    def __init__(self, rule: str, holds: Callable[[float], bool]) -> None:
        self.rule, self.holds = rule, holds

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{shlex.quote(str(value))}: must be a number", param, ctx)
        if not (math.isfinite(number) and self.holds(number)):
            self.fail(f"{value}: must be {self.rule}", param, ctx)
        return number


class WholeNumber(click.ParamType):
    """A whole number in at most nine decimal digits.

    Args:
        least: the smallest that is allowed.
        most: the largest, if there is one.
    """

    name = "whole number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value)
        written = text.isascii() and text.isdigit() and len(text) <= DIGITS
        most = 10**DIGITS if self.most is None else self.most
        if not written or not self.least <= int(text) <= most:
            shown = shlex.quote(text if len(text) < 30 else f"{text[:30]}...")
            allowed = f"{self.least} " + ("or more" if self.most is None else f"to {self.most}")
            if text.isascii() and text.isdigit() and len(text) > DIGITS and self.most is None:
                allowed += f", of at most {DIGITS} digits"
            self.fail(f"{shown}: must be a whole number, {allowed}", param, ctx)
        return int(text)


class Place(click.ParamType):
    """A file, a folder or a URI, taken as it is written; the shell completes files."""

    name = "place"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if "\0" in value:
            self.fail(f"{value}: no path holds a null character", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


PLACE = Place()
POSITIVE = Number("a finite number above 0", lambda x: x > 0)
NOT_NEGATIVE = Number("a finite number, 0 or more", lambda x: x >= 0)
SHARE = Number("between 0 and 1", lambda x: 0 < x < 1)
COUNT = WholeNumber(0)
COUNT_FROM_ONE = WholeNumber(1)
