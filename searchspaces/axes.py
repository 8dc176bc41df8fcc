"""The named axes of the paper: what a study may vary, and the values the paper visits."""

from dataclasses import dataclass
from typing import Any

from core.config import held, require_field
from results.errors import ConfigError


@dataclass(frozen=True)
class Axis:
    """One field of a configuration and the values it takes, in the order they are shown.

    `start_from.iterations` and `teacher.width` are fields of the run's parents.

    Raises:
        ConfigError: an unknown field, no value, or one twice.

    Example:
        >>> Axis("lr", (1e-2, 1e-3)).values
        (0.01, 0.001)
    """

    field: str
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        require_field(self.field)
        if not isinstance(self.values, tuple) or not self.values:
            raise ConfigError(
                f"axis '{self.field}': values={self.values!r}: must be a tuple of one value or "
                "more, as (1e-2, 1e-3)"
            )
        meant = [held(self.field.rpartition(".")[2], value) for value in self.values]
        for k, value in enumerate(self.values):
            if value in self.values[:k]:
                raise ConfigError(f"axis '{self.field}': {value!r} is among its values twice")
            if meant[k] in meant[:k]:
                other = self.values[meant.index(meant[k])]
                raise ConfigError(f"axis '{self.field}': {other!r} and {value!r} are one value")


WIDTH = Axis("width", (128, 64, 32, 16, 8, 4, 2, 1))
"""Table 1."""
TEMPERATURE = Axis("temperature", (1.0, 2.0, 3.0, 5.0, 6.0, 10.0, 15.0))
"""Table 3."""
OBJECTIVE = Axis("objective", ("hard", "soft", "mixed"))
"""Sections 3.1, 3.4 and 3.7."""
SOFT_LOSS = Axis("soft_loss", ("cross_entropy", "kl"))
"""Section 3.6."""
SOFT_WEIGHT = Axis("soft_weight", (0.0, 0.5, 1.0))
"""Hard labels alone, both in equal shares, soft labels alone (section 3.7)."""
BATCH_NORM = Axis("batch_norm", ("none", "expansive", "all"))
"""Section 3.9."""
CLASS_WEIGHTS = Axis("class_weights", ("none", "inverse_frequency"))
"""Section 3.10."""
