"""A run is its configuration: everything that decides the outcome, and nothing that does not."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cached_property
from typing import Any, Literal

from core.choices import CHOICES as CHOICES
from core.choices import BatchNorm as BatchNorm
from core.choices import Engine as Engine
from core.choices import Init as Init
from core.choices import InitBlock as InitBlock
from core.choices import InputScale as InputScale
from core.choices import Mixture as Mixture
from core.choices import ObjectiveKind as ObjectiveKind
from core.choices import Optimizer as Optimizer
from core.choices import Padding as Padding
from core.choices import SoftLoss as SoftLoss
from core.choices import WeightsBy as WeightsBy
from core.config_rules import require_rules, within
from core.sides import VALID_LOSS
from results.errors import ConfigError
from results.identity import content_id, without_defaults
from results.text import closest, did_you_mean

NUMERICS_REVISION = 1
"""This number rises whenever the golden losses change. Older rows stay readable, but never count as
done and never mix into a rate."""

REALS = (
    "temperature",
    "soft_weight",
    "class_weights",
    "lr",
    "lr_half_life",
    "momentum",
    "weight_decay",
    "elastic_sigma",
)
PARENTS = ("teacher", "start_from")
ALIASES = {"learning_rate": "lr", "steps": "iterations", "patch_size": "tile"}
"""What other libraries call a field."""
EVALUATION_PLAN = ("eval_every", "curve_slices", "curve_validation_slices")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run; two runs with equal configurations give equal numbers.

    Raises:
        BrokenRules: values break their rules; the message gives each field, value and rule.
    """

    data: str = ""
    """Fingerprint of the volumes; empty until a study is bound to its data."""
    init_seed: int = 0
    """The seed that decides the initial weights, layer by layer."""
    data_seed: int = 0
    """The seed that decides which tile is drawn at which step, and how that is augmented."""

    width: int = 2
    """k of the k-Unet: channels at the first level (section 3.1 of the paper)."""
    batch_norm: BatchNorm = "none"
    """The 3x3 convolutions that it follows: none, those of the expansive path, or all."""
    init: Init = "torch"
    """The initialisation: PyTorch's default, He's as in Ronneberger et al. 2015, Glorot's (xavier),
    asymmetric (Lu et al. 2020), or PyTorch's with signs flipped layer by layer so that at least
    half of the pixels are alive (Rister and Rubin 2020)."""
    init_block: InitBlock = "all"
    """The block whose convolutions `init` is for, the others have PyTorch's default; or all."""
    input_scale: InputScale = "z-score"
    """The grey values that the network sees: mean 0 and deviation 1 over the training slices, from
    0 to 1, from -1 to 1, or as they are."""

    objective: ObjectiveKind = "hard"
    """What the loss compares with: annotations (hard), a teacher's probabilities (soft, section
    3.4), or both (mixed, section 3.7)."""
    temperature: float = 1.0
    """T_transfer: the softmax temperature of teacher and student while training softly."""
    soft_loss: SoftLoss = "cross_entropy"
    """The loss against the teacher: cross-entropy, or Kullback-Leibler divergence (section 3.6)."""
    soft_weight: float = 0.5
    """The share of T^2 x the soft term in the mixed objective; the hard term has the rest. 0 and 1
    are the objectives hard and soft."""
    mixture: Mixture = "shares"
    """The mixed objective: terms multiplied by their shares, or their plain sum (section 3.7)."""
    class_weights: float | Literal["none", "inverse_frequency"] = "none"
    """The weight of the foreground in the training loss (section 3.10)."""
    class_weights_by: WeightsBy = "target"
    """What the class weights of soft labels multiply: the foreground term, by the teacher's
    probability (target); or the whole loss of the pixels that the annotation calls foreground, as
    Ronneberger et al. 2015 do. For hard labels both are the same."""
    teacher: "RunConfig | None" = None
    """The run whose final weights give the soft labels."""
    start_from: "RunConfig | None" = None
    """The run whose final weights are the initial ones, with a fresh optimiser (section 3.8)."""

    optimizer: Optimizer = "adam"
    """Adam with PyTorch's defaults, or SGD with momentum."""
    lr: float = 1e-3
    """The learning rate."""
    lr_half_life: float = 0.0
    """The steps in which the learning rate halves, exponentially; 0: it stays the same."""
    momentum: float = 0.99
    """The momentum of SGD; Adam has none."""
    weight_decay: float = 0.0
    """The L2 penalty: so much of each weight is added to its gradient."""
    iterations: int = 3000
    """The horizon H: the number of training steps."""
    batch_size: int = 1
    """The number of tiles a step."""
    tile: int = 256
    """The side of the square training tiles that the network sees, in pixels."""
    padding: Padding = "same"
    """Zero-padded convolutions, or Ronneberger's unpadded ones, which answer for the tile's centre
    only (572 -> 388)."""
    elastic_sigma: float = 10.0
    """The standard deviation of the coarse displacements, in pixels; 0 switches them off."""
    flips: bool = True
    """Whether tiles are mirrored at random (section 3.2)."""
    engine: Engine = "torch"
    """What computes the steps: PyTorch, or the lanes of a CPU's SIMD registers, several runs at
    once. Another engine gives other bits, so it is part of the run."""

    eval_every: int = 100
    """n_t: the iterations between two evaluations."""
    curve_slices: int = 7
    """The number of test slices, evenly spaced, that the evaluations of the curve use; 0: all of
    them."""
    curve_validation_slices: int = 2
    """The number of validation slices, evenly spaced, that they are calibrated on."""
    stop_dead: bool = False
    """Whether a run that is dead (`core.evaluation.dead_runs`) ends there; its later losses stay
    unknown then."""

    def __post_init__(self) -> None:
        for name in REALS:
            object.__setattr__(self, name, held(name, getattr(self, name)))
        shared = self.objective == "mixed" and self.mixture == "shares"
        if shared and self.soft_weight in (0.0, 1.0):
            object.__setattr__(self, "objective", "soft" if self.soft_weight else "hard")
        require_rules(self)

    @property
    def needs_teacher(self) -> bool:
        """Say whether a teacher's probabilities take part in the objective."""
        return self.objective != "hard"

    @property
    def parents(self) -> "tuple[RunConfig, ...]":
        """The runs whose final weights this one needs."""
        needed = (self.teacher if self.needs_teacher else None, self.start_from)
        return tuple(parent for parent in needed if parent is not None)

    @property
    def answer_side(self) -> int:
        """The side, in pixels, of what the network answers for a tile."""
        return self.tile - (VALID_LOSS if self.padding == "valid" else 0)

    @property
    def inert(self) -> dict[str, str]:
        """Fields that cannot matter for this run, whatever their value, and what they would need
        to matter."""
        needs: dict[str, str] = {}
        if self.objective == "hard":
            for name in ("temperature", "teacher", "soft_loss"):
                needs[name] = "objective='soft' or 'mixed'"
            needs["class_weights_by"] = needs["temperature"]
        elif self.class_weights == "none":
            needs["class_weights_by"] = "class_weights"
        if self.objective != "mixed":
            needs["soft_weight"] = needs["mixture"] = "objective='mixed'"
        elif self.mixture == "sum":
            needs["soft_weight"] = "mixture='shares'"
        if self.optimizer == "adam":
            needs["momentum"] = "optimizer='sgd'"
        if self.start_from is not None:
            needs["init"] = needs["init_block"] = "a run without start_from"
        elif self.init == "torch":
            needs["init_block"] = "an init other than 'torch'"
        return needs

    def value(self, name: str) -> Any:
        """Return a field's value, None where it cannot matter; `teacher.width` is the teacher's."""
        head, dot, rest = name.partition(".")
        if head in self.inert:
            return None
        value = getattr(self, head)
        return value.value(rest) if dot and value is not None else value

    def with_seeds(self, init_seed: int, data_seed: int) -> "RunConfig":
        """Return the run with other seeds; so has the run it starts from, but not its teacher."""
        seeds = {"init_seed": init_seed, "data_seed": data_seed}
        if self.start_from is None:
            return self.replaced(**seeds)
        return self.replaced(**seeds, start_from=self.start_from.with_seeds(init_seed, data_seed))

    def with_teacher_seed(self, seed: int) -> "RunConfig":
        """Return the run with a teacher whose seeds are both this; so has the run it starts from.
        A run that needs no teacher stays as it is."""
        changes = {}
        if self.needs_teacher and self.teacher is not None:
            changes["teacher"] = self.teacher.with_seeds(seed, seed)
        if self.start_from is not None:
            changes["start_from"] = self.start_from.with_teacher_seed(seed)
        return self.replaced(**changes) if changes else self

    @property
    def has_teacher(self) -> bool:
        """Say whether a teacher takes part in the run, or in the one that it starts from."""
        return self.needs_teacher or (self.start_from is not None and self.start_from.has_teacher)

    def replaced(self, **changes: Any) -> "RunConfig":
        """Return this configuration with some fields changed; `teacher.width` is the teacher's.

        Raises:
            ConfigError: an unknown field, by name, or a value that breaks its rule.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        nested: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            require_field(name)
            head, dot, rest = name.partition(".")
            if dot:
                nested.setdefault(head, {})[rest] = value
            else:
                values[name] = value
        for head, inner in nested.items():
            if values[head] is None:
                raise ConfigError(f"{head}.{next(iter(inner))}: this run has no {head}")
            with within(head):
                values[head] = values[head].replaced(**inner)
        return RunConfig(**values)

    def identity(self) -> dict[str, Any]:
        """Return the canonical form: parents, but no defaults and no fields that cannot matter."""
        inert = self.inert
        values = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in inert
        }
        for name in PARENTS:
            if values.get(name) is not None:
                values[name] = values[name].identity()
        return without_defaults(values, DEFAULTS)

    @cached_property
    def run_id(self) -> str:
        """The sixteen hexadecimal digits that name this run in the ledger.

        Raises:
            ConfigError: the configuration is not bound to data yet.
        """
        return content_id(self.bound_identity())

    @cached_property
    def trajectory_id(self) -> str:
        """The id of all runs with these steps, whatever their horizon and evaluation plan."""
        return self._id_without("iterations", "stop_dead", *EVALUATION_PLAN)

    @cached_property
    def curve_id(self) -> str:
        """The id of all runs that differ only in their horizon: a shorter one begins the longer."""
        return self._id_without("iterations")

    def _id_without(self, *names: str) -> str:
        identity = self.bound_identity()
        return content_id({name: identity[name] for name in identity if name not in names})

    def bound_identity(self) -> dict[str, Any]:
        """Return what `run_id` is the hash of.

        Raises:
            ConfigError: the configuration is not bound to data yet.
        """
        if not all(run.data for run in (self, *self.parents)):
            raise ConfigError("run and parents need their data's fingerprint before having an id")
        return self.identity() | {"numerics_revision": NUMERICS_REVISION}

    def to_dict(self) -> dict[str, Any]:
        """Return every field as plain values, the parents nested, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """Invert `to_dict`.

        Raises:
            ConfigError: an unknown field, by name, or a value that breaks its rule.
        """
        nested = {
            name: cls.from_dict(values[name])
            for name in PARENTS
            if isinstance(values.get(name), Mapping)
        }
        values = {**values, **nested}
        return cls().replaced(**values)


DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in fields(RunConfig) if field.default is not MISSING
}


def held(name: str, value: Any) -> Any:
    """Return a value of a field as a configuration holds it: 1 and 1.0 are one temperature, and a
    weight of 1 is none.

    Raises:
        ConfigError: a whole number that is too large for a real one.
    """
    if name not in REALS or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int) and abs(value) > 2**53:
        raise ConfigError(f"{name}={value!r}: too large")
    real = float(value) + 0.0  # -0.0 is 0.0
    return "none" if name == "class_weights" and real == 1.0 else real


def require_field(name: str) -> None:
    """Raise ConfigError unless there is such a field; `teacher.width` is the teacher's."""
    head, _, rest = name.partition(".")
    if rest and head in PARENTS:
        require_field(rest)
    elif name not in DEFAULTS:
        raise ConfigError(f"{unknown_field(name, DEFAULTS)}; `study run --fields` lists all")


def unknown_field(name: str, known: Iterable[str]) -> str:
    """Say that there is no such field, and which of the known ones may be meant."""
    alike = closest(ALIASES.get(name, name), known)
    return f"unknown field '{name}'{did_you_mean(alike)}"
