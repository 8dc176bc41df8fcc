"""The rules that a configuration keeps, value by value and with its parents."""

import math
from typing import TYPE_CHECKING

from core.choices import CHOICES
from core.sides import nearest_sides
from results.errors import ConfigError

if TYPE_CHECKING:
    from core.config import RunConfig


def require_values(config: "RunConfig") -> None:
    """Raise ConfigError with field, value and rule unless every value keeps its rule."""
    require(config, "data", isinstance(config.data, str), "a fingerprint")
    for name in ("teacher", "start_from"):
        value = getattr(config, name)
        holds = value is None or isinstance(value, type(config))
        require(config, name, holds, "a configuration or None")
    for name, choices in CHOICES.items():
        require(config, name, getattr(config, name) in choices, f"one of {', '.join(choices)}")
    for name in (
        "width",
        "iterations",
        "batch_size",
        "tile",
        "eval_every",
        "curve_validation_slices",
    ):
        require(config, name, is_integer(getattr(config, name), least=1), "a whole number >= 1")
    for name in ("init_seed", "data_seed"):
        require(config, name, is_integer(getattr(config, name), least=0), "a whole number >= 0")
    require(
        config,
        "curve_slices",
        is_integer(config.curve_slices, least=2),
        "a whole number >= 2, since a constant shows only between different inputs",
    )
    for name in ("temperature", "lr"):
        require(config, name, is_real(getattr(config, name), above=0.0), "a finite number > 0")
    require(config, "momentum", is_real(config.momentum) and 0 <= config.momentum < 1, "in [0, 1)")
    for name, unit in (("elastic_sigma", ", in pixels"), ("lr_half_life", ", in steps")):
        value = getattr(config, name)
        require(config, name, is_real(value) and value >= 0, f"a finite number >= 0{unit}")
    decay = config.weight_decay
    require(config, "weight_decay", is_real(decay) and decay >= 0, "a finite number >= 0")
    for name in ("flips", "stop_dead"):
        require(config, name, isinstance(getattr(config, name), bool), "true or false")
    weight_fits = is_real(config.soft_weight) and 0 <= config.soft_weight <= 1
    require(config, "soft_weight", weight_fits, "in [0, 1]")
    require(
        config,
        "class_weights",
        config.class_weights in ("none", "inverse_frequency")
        or is_real(config.class_weights, above=0.0),
        "none, inverse_frequency or a finite number > 0",
    )
    below, above = nearest_sides(config.tile, config.padding)
    fitting = "a multiple of 16" if config.padding == "same" else "16 n + 12 and at least 188"
    require(
        config,
        "tile",
        below == above == config.tile,
        f"{fitting}; nearest: {below}, {above}",
    )


def require_parents(config: "RunConfig") -> None:
    """Raise ConfigError unless teacher and start are there where they are needed, and fit."""
    if config.needs_teacher:
        if config.teacher is None:
            raise ConfigError(
                f"objective={config.objective!r} needs a teacher, and teacher is None"
            )
        if config.teacher.padding != config.padding:
            raise ConfigError(
                f"teacher.padding={config.teacher.padding!r}: must be the student's "
                f"{config.padding!r}, so that both answer for the same pixels"
            )
    if config.start_from is not None:
        for name in ("width", "batch_norm", "init_seed"):
            theirs, ours = getattr(config.start_from, name), getattr(config, name)
            if theirs != ours:
                raise ConfigError(f"start_from.{name}={theirs!r}: must be this run's own {ours!r}")


def require(config: "RunConfig", name: str, holds: bool, rule: str) -> None:
    """Raise ConfigError with field, value and rule unless the rule holds."""
    if not holds:
        raise ConfigError(f"{name}={getattr(config, name)!r}: must be {rule}")


def is_integer(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_real(value: object, *, above: float = -math.inf) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > above
