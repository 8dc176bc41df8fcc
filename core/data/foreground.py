"""Which values of a mask are foreground: one label, or all that lie beyond a value."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Shaped

from results.errors import ConfigError

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "": operator.eq,
        ">": operator.gt,
        ">=": operator.ge,
        "<": operator.lt,
        "<=": operator.le,
    }
)
"""How a mask's value is compared, as it is written before the value; a label alone is equality."""
WRITTEN = re.compile(r"(>=|<=|>|<) ?([0-9]{1,19}(?:\.[0-9]{1,9})?)|()([0-9]{1,19})")
FORM = (
    "must be a whole number, 0 or more, as 2 for a label, or a comparison in quotes, as '>127' for "
    "all values above 127 (or >=, <, <=)"
)


@dataclass(frozen=True)
class Foreground:
    """A label, or a comparison as `>127`.

    Attributes:
        value: the label, or what is compared with.
        comparison: empty for a label, or one of `>`, `>=`, `<` and `<=`.
    """

    value: int | float
    comparison: str = ""

    def __post_init__(self) -> None:
        assert self.comparison in COMPARISONS, self.comparison

    @classmethod
    def parse(cls, text: str) -> "Foreground":
        """Read `2`, `>127` or `>= 0.5`.

        Raises:
            ConfigError: anything else.
        """
        found = WRITTEN.fullmatch(text)
        if not found:
            shown = text if len(text) < 30 else f"{text[:30]}..."
            raise ConfigError(f"{shown!r}: {FORM}")
        comparison, compared, _, label = found.groups()
        number = compared or label
        return cls(float(number) if "." in number else int(number), comparison or "")

    def __str__(self) -> str:
        return f"{self.comparison}{self.value}"

    def marks(
        self, annotation: Shaped[np.ndarray, "slice height width"]
    ) -> Bool[np.ndarray, "slice height width"]:
        """Tell for each pixel whether it is foreground; NaN never is."""
        return COMPARISONS[self.comparison](annotation, self.value)
