"""The rules that a configuration keeps, value by value and with its parents."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.choices import CHOICES
from core.sides import nearest_sides
from results.errors import ConfigError

if TYPE_CHECKING:
    from core.config import RunConfig

BETWEEN_RUNS = {"objective", "padding", "teacher", "start_from"}
"""Fields that the rules between a run and its parents read: they must keep their own first."""


@dataclass(frozen=True)
class Violation:
    """A value that breaks its rule."""

    field: str
    said: str
    """What follows the field: value and rule."""
    remedy: Any = None
    """The value that it must have, or the nearest; None where the rule leaves a range."""

    def __str__(self) -> str:
        return self.field + self.said


class BrokenRules(ConfigError):
    """A configuration breaks rules; its arguments are the violations, all that were found."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


@contextmanager
def within(parent: str) -> Iterator[None]:
    """Name the fields of what breaks its rules inside as those of this parent."""
    try:
        yield
    except BrokenRules as error:
        inner = (replace(one, field=f"{parent}.{one.field}") for one in error.args)
        raise BrokenRules(*inner) from None


def require_rules(config: "RunConfig") -> None:
    """Raise BrokenRules unless every value keeps its rule, and teacher and start fit."""
    found = list(broken_values(config))
    if not BETWEEN_RUNS & {one.field for one in found}:
        found += broken_between_runs(config)
    if found:
        raise BrokenRules(*found)


def broken_values(config: "RunConfig") -> Iterator[Violation]:
    """Find the values that break a rule of their own."""

    def check(name: str, holds: bool, rule: str, nearest: Any = None) -> Iterator[Violation]:
        if not holds:
            yield Violation(name, f"={getattr(config, name)!r}: must be {rule}", nearest)

    yield from check("data", isinstance(config.data, str), "a fingerprint")
    for name in ("teacher", "start_from"):
        value = getattr(config, name)
        holds = value is None or isinstance(value, type(config))
        yield from check(name, holds, "a configuration or None")
    for name, choices in CHOICES.items():
        yield from check(name, getattr(config, name) in choices, f"one of {', '.join(choices)}")
    for name in ("width", "iterations", "batch_size", "eval_every", "curve_validation_slices"):
        yield from check(name, is_integer(getattr(config, name), least=1), "a whole number >= 1")
    for name in ("init_seed", "data_seed"):
        yield from check(name, is_integer(getattr(config, name), least=0), "a whole number >= 0")
    slices_fit = is_integer(config.curve_slices, least=0) and config.curve_slices != 1
    rule = "a whole number >= 2, since a constant shows only between different inputs, or 0 for all"
    yield from check("curve_slices", slices_fit, rule)
    for name in ("temperature", "lr"):
        yield from check(name, is_real(getattr(config, name), above=0.0), "a finite number > 0")
    yield from check("momentum", is_real(config.momentum) and 0 <= config.momentum < 1, "in [0, 1)")
    for name, unit in (
        ("elastic_sigma", ", in pixels"),
        ("lr_half_life", ", in steps"),
        ("weight_decay", ""),
    ):
        value = getattr(config, name)
        yield from check(name, is_real(value) and value >= 0, f"a finite number >= 0{unit}")
    for name in ("flips", "stop_dead"):
        yield from check(name, isinstance(getattr(config, name), bool), "true or false")
    weight_fits = is_real(config.soft_weight) and 0 <= config.soft_weight <= 1
    yield from check("soft_weight", weight_fits, "in [0, 1]")
    weights_fit = config.class_weights in ("none", "inverse_frequency") or is_real(
        config.class_weights, above=0.0
    )
    rule = "none, inverse_frequency or a finite number > 0"
    yield from check("class_weights", weights_fit, rule)
    if not is_integer(config.tile, least=1):
        yield from check("tile", False, "a whole number >= 1")
    elif config.padding in CHOICES["padding"]:
        sides = nearest_sides(config.tile, config.padding)
        rule = "a multiple of 16" if config.padding == "same" else "16 n + 12 and at least 188"
        near = ", ".join(map(str, dict.fromkeys(sides)))
        nearest = min(sides, key=lambda side: abs(side - config.tile))
        yield from check("tile", config.tile in sides, f"{rule}; nearest: {near}", nearest)


def broken_between_runs(config: "RunConfig") -> Iterator[Violation]:
    """Find what does not fit between a run and the runs whose weights it needs."""
    teacher = config.teacher
    if config.needs_teacher and teacher is None:
        said = f"={config.objective!r} needs a teacher, and teacher is None"
        yield Violation("objective", said)
    elif config.needs_teacher and teacher is not None and teacher.padding != config.padding:
        said = (
            f"={teacher.padding!r}: must be the student's {config.padding!r}, so that both "
            "answer for the same pixels"
        )
        yield Violation("teacher.padding", said, config.padding)
    if config.start_from is not None:
        for name in ("width", "batch_norm", "init_seed"):
            theirs, ours = getattr(config.start_from, name), getattr(config, name)
            if theirs != ours:
                said = f"={theirs!r}: must be this run's own {ours!r}"
                yield Violation(f"start_from.{name}", said, ours)


def is_integer(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_real(value: object, *, above: float = -math.inf) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > above
