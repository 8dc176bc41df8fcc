"""A run as its configuration: everything that decides the outcome, nothing that does not."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, get_args

from results.errors import ConfigError
from results.identity import content_id, without_defaults

NUMERICS_REVISION = 1
"""Bumped whenever the golden losses change: older rows stay readable and never count as done."""

BatchNorm = Literal["none", "expansive", "all"]
Init = Literal["torch", "he"]
Objective = Literal["hard", "soft"]
Optimizer = Literal["adam", "sgd"]
Engine = Literal["torch"]

CHOICES: dict[str, tuple[str, ...]] = {
    "batch_norm": get_args(BatchNorm),
    "init": get_args(Init),
    "objective": get_args(Objective),
    "optimizer": get_args(Optimizer),
    "engine": get_args(Engine),
}
EVALUATION_PLAN = ("eval_every", "curve_slices", "curve_validation_slices")
TILE_MULTIPLE = 16
"""Four 2x2 poolings: with padded convolutions a side must be a multiple of 2**4."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run. Two runs with equal configurations give equal numbers.

    Raises:
        ConfigError: a value breaks its rule; the message gives the field, the value and the rule.
    """

    data: str = ""
    """Fingerprint of the volumes; empty until a study is bound to its data."""
    init_seed: int = 0
    """Decides the initial weights, layer by layer."""
    data_seed: int = 0
    """Decides which tile is drawn at which step, and how it is augmented."""

    width: int = 2
    """k of the k-Unet: channels at the first level (section 3.1 of the paper)."""
    batch_norm: BatchNorm = "none"
    """After which 3x3 convolutions: none, those of the expansive path, or all."""
    init: Init = "torch"
    """PyTorch's default initialisation, or He's as in Ronneberger et al. 2015."""

    objective: Objective = "hard"
    """Annotations (hard) or a teacher's probabilities (soft, section 3.4)."""
    temperature: float = 1.0
    """T_transfer: softmax temperature of teacher and student while training softly."""
    class_weights: float | Literal["none", "inverse_frequency"] = "none"
    """Weight of the foreground term in the training loss (section 3.10)."""
    teacher: "RunConfig | None" = None
    """The run whose final weights give the soft labels."""

    optimizer: Optimizer = "adam"
    lr: float = 1e-3
    momentum: float = 0.99
    """Of SGD only."""
    iterations: int = 3000
    """The horizon H."""
    batch_size: int = 1
    tile: int = 256
    """Side of the square training tiles, in pixels."""
    elastic_sigma: float = 10.0
    """Standard deviation of the coarse displacements, in pixels; 0 switches them off."""
    flips: bool = True
    engine: Engine = "torch"

    eval_every: int = 100
    """n_t: iterations between two evaluations."""
    curve_slices: int = 7
    """Test slices, evenly spaced, that the evaluations of the curve use."""
    curve_validation_slices: int = 2

    def __post_init__(self) -> None:
        for name in ("temperature", "lr", "momentum", "elastic_sigma", "class_weights"):
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                if abs(value) > 2**53:
                    raise ConfigError(f"{name}={value!r}: too large")
                value = float(value)  # 1 and 1.0 are one temperature
            if isinstance(value, float):
                object.__setattr__(self, name, value + 0.0)  # and -0.0 is 0.0
        if self.class_weights == 1.0:
            object.__setattr__(self, "class_weights", "none")
        require(self, "data", isinstance(self.data, str), "a fingerprint")
        require(
            self,
            "teacher",
            self.teacher is None or isinstance(self.teacher, RunConfig),
            "a configuration or None",
        )
        for name, choices in CHOICES.items():
            require(self, name, getattr(self, name) in choices, f"one of {', '.join(choices)}")
        for name in (
            "width",
            "iterations",
            "batch_size",
            "tile",
            "eval_every",
            "curve_validation_slices",
        ):
            require(self, name, is_integer(getattr(self, name), least=1), "a whole number >= 1")
        for name in ("init_seed", "data_seed"):
            require(self, name, is_integer(getattr(self, name), least=0), "a whole number >= 0")
        require(
            self,
            "curve_slices",
            is_integer(self.curve_slices, least=2),
            "a whole number >= 2, since a constant shows only between different inputs",
        )
        for name in ("temperature", "lr"):
            require(self, name, is_real(getattr(self, name), above=0.0), "a finite number > 0")
        require(self, "momentum", is_real(self.momentum) and 0 <= self.momentum < 1, "in [0, 1)")
        require(
            self,
            "elastic_sigma",
            is_real(self.elastic_sigma) and self.elastic_sigma >= 0,
            "a finite number >= 0, in pixels",
        )
        require(self, "flips", isinstance(self.flips, bool), "true or false")
        require(
            self,
            "class_weights",
            self.class_weights in ("none", "inverse_frequency")
            or is_real(self.class_weights, above=0.0),
            "none, inverse_frequency or a finite number > 0",
        )
        if self.tile % TILE_MULTIPLE:
            below, above = nearest_multiples(self.tile)
            require(
                self, "tile", False, f"a multiple of {TILE_MULTIPLE}; nearest: {below}, {above}"
            )
        if self.objective == "soft" and self.teacher is None:
            raise ConfigError("objective='soft' needs a teacher, and teacher is None")

    def replaced(self, **changes: Any) -> "RunConfig":
        """This configuration with some fields changed; an unknown field is an error by name."""
        known = {field.name for field in fields(self)}
        for name in changes:
            if name not in known:
                raise ConfigError(f"unknown field '{name}'; known: {', '.join(sorted(known))}")
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return RunConfig(**(values | changes))

    def identity(self) -> dict[str, Any]:
        """The canonical form: no defaults, no fields that cannot matter, parents included."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.objective == "hard":
            del values["temperature"], values["teacher"]
        if self.optimizer == "adam":
            del values["momentum"]
        if values.get("teacher") is not None:
            values["teacher"] = values["teacher"].identity()
        return without_defaults(values, DEFAULTS)

    @property
    def run_id(self) -> str:
        """Sixteen hexadecimal digits that name this run in the ledger.

        Raises:
            ConfigError: the configuration is not bound to data yet.
        """
        return content_id(self._bound_identity())

    @property
    def trajectory_id(self) -> str:
        """Like `run_id`, without horizon and evaluation plan: runs that share their steps."""
        identity = self._bound_identity()
        for name in ("iterations", *EVALUATION_PLAN):
            identity.pop(name, None)
        return content_id(identity)

    def _bound_identity(self) -> dict[str, Any]:
        unbound = not self.data
        if self.objective == "soft" and self.teacher is not None:
            unbound = unbound or not self.teacher.data
        if unbound:
            raise ConfigError("run and teacher need their data's fingerprint before having an id")
        return self.identity() | {"numerics_revision": NUMERICS_REVISION}

    def to_dict(self) -> dict[str, Any]:
        """Every field as plain values, the teacher nested, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """The inverse of `to_dict`; unknown or invalid fields raise ConfigError."""
        teacher = values.get("teacher")
        if isinstance(teacher, Mapping):
            values = {**values, "teacher": cls.from_dict(teacher)}
        return cls().replaced(**values)


DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in fields(RunConfig) if field.default is not MISSING
}


def require(config: RunConfig, name: str, holds: bool, rule: str) -> None:
    """Raise ConfigError with field, value and rule unless the rule holds."""
    if not holds:
        raise ConfigError(f"{name}={getattr(config, name)!r}: must be {rule}")


def is_integer(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_real(value: object, *, above: float = -math.inf) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > above


def nearest_multiples(side: int, multiple: int = TILE_MULTIPLE) -> tuple[int, int]:
    """The two sides around `side` that a padded k-Unet takes, in pixels; at least `multiple`."""
    below = max(multiple, side // multiple * multiple)
    above = max(multiple, -(-side // multiple) * multiple)
    return below, above
