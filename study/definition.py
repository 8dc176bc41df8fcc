"""What a study is: frozen data, no behaviour. A study file imports all that it writes from here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.config import RunConfig, require_field
from results.errors import ConfigError
from results.ledger.study_record import Contrast as Contrast
from results.ledger.study_record import Equivalence as Equivalence
from results.ledger.study_record import PaperFigure as PaperFigure
from results.ledger.study_record import SpeedClaim as SpeedClaim
from results.outcomes import EVENTS
from results.reports.columns import is_tabular
from results.text import closest, did_you_mean
from results.windows import Windows
from searchspaces.axes import Axis
from searchspaces.fractions import Fraction, two_levels

DEFAULTS = RunConfig()
ELSEWHERE = {
    "data": "--data names the data",
    "init_seed": "--seeds names the seeds",
    "data_seed": "--seeds names the seeds",
}
"""Fields that the command line decides, and how."""
NAME = re.compile(r"\w[\w.-]{0,99}")
"""What a study may be called."""


@dataclass(frozen=True)
class Profile:
    """How long and how large: changes of a study's configurations, and the windows that fit.

    Its sizes win over those of the study's `base`; `--set` wins over both.

    Raises:
        ConfigError: a change of an unknown field.

    Example:
        >>> from results.windows import Windows
        >>> short = Profile(
        ...     student={"iterations": 500, "tile": 64},
        ...     teacher={"iterations": 2000, "tile": 64},
        ...     windows=Windows(alpha_t=100, beta_t=5),
        ...     only={"width": (4, 2)},
        ... )
        >>> short.student["iterations"]
        500
    """

    student: Mapping[str, Any]
    """Fields of the students, and of a run that they start from."""
    teacher: Mapping[str, Any]
    """Fields of the teacher."""
    windows: Windows
    """The paper's averaging windows. Of a curve that is shorter there is no such mean, and a report
    says so."""
    phantom_student: Mapping[str, Any] = field(default_factory=dict)
    """What comes on top of `student` on the synthetic stack, which is easier and smaller than
    tissue."""
    phantom_teacher: Mapping[str, Any] = field(default_factory=dict)
    """What comes on top of `teacher` there."""
    hard: Mapping[str, Any] = field(default_factory=dict)
    """What comes on top of `student` where the objective is hard: what has no teacher may take
    longer to train."""
    start_from: Mapping[str, Any] = field(default_factory=dict)
    """What comes on top of `student` for the run that they start from."""
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """The axis values that are run unless `--only` says otherwise: the rest is too dear here. Of a
    fractional factorial it restricts the full grid alone (`--full`)."""
    instead: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    """Axis values of the paper that are others here: a start of 10,000 iterations may be 500."""

    def __post_init__(self) -> None:
        for changes in (
            self.student,
            self.teacher,
            self.phantom_student,
            self.phantom_teacher,
            self.hard,
            self.start_from,
        ):
            for name in changes:
                require_field(name)


KINDS: Mapping[str, type] = {
    "axes": Axis,
    "screening": Axis,
    "combinations": Mapping,
    "columns": str,
    "paper": PaperFigure,
    "claims": SpeedClaim,
    "contrasts": Contrast,
    "equivalences": Equivalence,
    "interactions": tuple,
}
"""What the parts of a study are tuples of: a part without its comma is no tuple."""


@dataclass(frozen=True)
class Study:
    """A question, the cells that answer it, how many seeds, and what the paper found.

    Raises:
        ConfigError: a part does not fit the others; the message gives study, part and rule.

    Example:
        >>> from core.config import RunConfig
        >>> from searchspaces.axes import Axis
        >>> from study.profiles import usual_profiles
        >>> smaller = Study(
        ...     name="smaller_lr",
        ...     question="Does a smaller learning rate keep the 1-Unet from collapsing?",
        ...     reference="none",
        ...     base=RunConfig(width=1),
        ...     axes=(Axis("lr", (1e-2, 1e-3)),),
        ...     seeds=20,
        ...     profiles=usual_profiles(),
        ...     contrasts=(Contrast("Does it save seeds?", {"lr": 1e-3}, {"lr": 1e-2}),),
        ... )
        >>> smaller.axes[0].values
        (0.01, 0.001)

        A contrast of a value that no cell has is refused:

        >>> from dataclasses import replace
        >>> replace(smaller, contrasts=(Contrast("?", {"lr": 1}, {"lr": 1e-2}),))
        Traceback (most recent call last):
        ...
        results.errors.ConfigError: study 'smaller_lr': a contrast names lr=1, ...
    """

    name: str
    """A word: what its folder and its reports are called."""
    question: str
    """The question that its report answers first."""
    reference: str
    """Where the paper asks it, or "none"."""
    base: RunConfig
    """What all cells share. A profile's sizes win over it."""
    axes: tuple[Axis, ...]
    """What varies; the cells are the full grid of it, unless there is a `design`."""
    seeds: int
    """How many seeds each cell has unless `--seeds` says otherwise: 0, 1, 2, ..."""
    profiles: Mapping[str, Profile]
    """At least `smoke`, `laptop` and `paper` (`study.profiles.usual_profiles`)."""
    combinations: tuple[Mapping[str, Any], ...] = ()
    """Where given, only these points of the grid are cells."""
    design: str = ""
    """A two-level fractional factorial, `2^(5-1)`, whose cells are those of the study unless
    `--full` asks for the grid. Its factors A, B, C, ... are the axes in their order; generators
    other than the published ones follow a colon, `2^(5-1): E=-ABCD` (`searchspaces.fractions`)."""
    levels: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """With a design, the low and the high value of each axis that has more than two."""
    screening: tuple[Axis, ...] = ()
    """What `study screen` varies of untrained networks; by default the axes."""
    columns: tuple[str, ...] = ("test_loss_avg", "test_loss_min", "iou")
    """Columns of the ledger's runs that the table shows, beside the paper's figures."""
    paper: tuple[PaperFigure, ...] = ()
    """What the paper reports, trial by trial."""
    paper_barrier: float | None = None
    """The test loss at which the paper's trials count as collapsed."""
    claims: tuple[SpeedClaim, ...] = ()
    """Who is said to be faster."""
    contrasts: tuple[Contrast, ...] = ()
    """Chosen before the runs: Holm's correction is over these, not over all pairs of cells."""
    equivalences: tuple[Equivalence, ...] = ()
    """Axes on which a rate is said not to depend."""
    interactions: tuple[tuple[str, str], ...] = ()
    """Pairs of axes that may act together, in the table of main effects and in the regression over
    all factors."""
    note: str = ""
    """What a reader of the table must know."""

    def __post_init__(self) -> None:
        self._require_kinds()
        if not NAME.fullmatch(self.name):
            raise ConfigError(
                f"study '{self.name}': a name is of letters, digits, and _ . - after the first "
                "(it is a folder's name too)"
            )
        for asked in (self, *self.contrasts, *self.equivalences):
            if not asked.question.strip():
                kind = type(asked).__name__
                raise ConfigError(
                    f"study '{self.name}': the question of its {kind} is empty; reports answer it, "
                    "so write one"
                )
        fields = [axis.field for axis in self.axes]
        again = [field for k, field in enumerate(fields) if field in fields[:k]]
        if again:
            raise ConfigError(f"study '{self.name}': '{again[0]}' is an axis twice")
        if self.seeds < 1:
            raise ConfigError(f"study '{self.name}': seeds={self.seeds}: must be >= 1")
        for name in ("smoke", "laptop", "paper"):
            if name not in self.profiles:
                raise ConfigError(f"study '{self.name}' lacks the profile '{name}'")
        for combination in self.combinations:
            self._require_axes(*combination)
        for contrast in self.contrasts:
            self._require_axes(*contrast.cell, *contrast.against)
            self._require_event(contrast.event)
            self._require_values(contrast.cell)
            self._require_values(contrast.against)
            if contrast.cell == contrast.against:
                raise ConfigError(
                    f"study '{self.name}': '{contrast.question}' compares {dict(contrast.cell)} "
                    "with itself"
                )
        for equivalence in self.equivalences:
            self._require_axes(equivalence.axis)
            self._require_event(equivalence.event)
            if not 0 < equivalence.margin < 1:
                raise ConfigError(
                    f"study '{self.name}': margin={equivalence.margin}: must be above 0 and below "
                    "1, as a difference of rates"
                )
        for pair in self.interactions:
            if len(set(pair)) != 2 or len(pair) != 2:
                raise ConfigError(
                    f"study '{self.name}': interactions: {pair!r}: must be two different axes"
                )
            self._require_axes(*pair)
        self._require_design()

    @cached_property
    def fraction(self) -> Fraction | None:
        """The fractional factorial of `design`; None where the cells are the full grid."""
        if not self.design:
            return None
        values = {axis.field: axis.values for axis in self.axes}
        return Fraction.of(self.design, two_levels(values, self.levels))

    def _require_design(self) -> None:
        """Raise ConfigError unless the design fits the axes and what is asked."""
        if self.levels and not self.design:
            raise ConfigError(
                f"study '{self.name}': levels={dict(self.levels)!r}: go with a design; write "
                "design='2^(3-1)', say, or leave them out"
            )
        try:
            _ = self.fraction
        except ConfigError as error:
            raise ConfigError(f"study '{self.name}': {error}") from None
        for part in ("combinations", "contrasts", "equivalences"):
            if self.design and getattr(self, part):
                raise ConfigError(
                    f"study '{self.name}': {part} with design='{self.design}': a fraction has no "
                    "two cells that differ in one axis alone; leave them out, its main effects are "
                    "compared"
                )

    def _require_kinds(self) -> None:
        """Raise ConfigError unless each part is of its type; without its comma a tuple is none."""
        if type(self.seeds) is not int:
            raise ConfigError(
                f"study '{self.name}': seeds={self.seeds!r}: must be a whole number; --seeds "
                "chooses them one by one"
            )
        for name, kind in KINDS.items():
            found = getattr(self, name)
            if not isinstance(found, tuple | list) or not all(isinstance(x, kind) for x in found):
                raise ConfigError(
                    f"study '{self.name}': {name}={found!r}: must be a tuple of "
                    f"{kind.__name__}, with a comma even after a single one"
                )
        for name in self.columns:
            if not is_tabular(name):
                raise ConfigError(
                    f"study '{self.name}': columns: '{name}' is no figure of a run; see "
                    "results/ledger/schema.py"
                )
        for name, instead in ELSEWHERE.items():
            if getattr(self.base, name) != getattr(DEFAULTS, name):
                raise ConfigError(f"study '{self.name}': base has a '{name}' of its own; {instead}")
            if name in [axis.field for axis in self.axes]:
                raise ConfigError(f"study '{self.name}': '{name}' can be no axis; {instead}")

    def _require_values(self, cell: Mapping[str, Any]) -> None:
        values = {axis.field: axis.values for axis in self.axes}
        for name, value in cell.items():
            if value not in values[name]:
                raise ConfigError(
                    f"study '{self.name}': a contrast names {name}={value!r}, which is none of the "
                    f"axis's values {list(values[name])}; add it there, or leave the contrast out"
                )

    def _require_event(self, event: str) -> None:
        if event not in EVENTS:
            raise ConfigError(
                f"study '{self.name}': event='{event}': must be one of {', '.join(EVENTS)}"
            )

    def _require_axes(self, *names: str) -> None:
        axes = [axis.field for axis in self.axes]
        for name in names:
            if name not in axes:
                raise ConfigError(
                    f"study '{self.name}': '{name}' is no axis of the study"
                    f"{did_you_mean(closest(name, axes))}; its axes: {', '.join(axes) or 'none'}"
                )
