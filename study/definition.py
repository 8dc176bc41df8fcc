"""What a study is: frozen data, no behaviour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import RunConfig
from results.errors import ConfigError
from results.ledger.study_record import Contrast as Contrast
from results.ledger.study_record import Equivalence as Equivalence
from results.ledger.study_record import PaperFigure as PaperFigure
from results.ledger.study_record import SpeedClaim as SpeedClaim
from results.outcomes import EVENTS
from results.reports.columns import is_tabular
from results.windows import Windows
from searchspaces.axes import Axis

DEFAULTS = RunConfig()
ELSEWHERE = {
    "data": "--data names the data",
    "init_seed": "--seeds names the seeds",
    "data_seed": "--seeds names the seeds",
}
"""Fields that the command line decides."""
NAME = re.compile(r"\w[\w.-]{0,99}")
"""Of a study."""


@dataclass(frozen=True)
class Profile:
    """How long and how large: changes of the study's configurations, and the windows that fit.

    `phantom_student` and `phantom_teacher` come on top where the data are the synthetic stack,
    which is easier and smaller than tissue. A run that students start from is changed like them.
    """

    student: Mapping[str, Any]
    teacher: Mapping[str, Any]
    windows: Windows
    phantom_student: Mapping[str, Any] = field(default_factory=dict)
    phantom_teacher: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """The axis values that are run unless `--only` says otherwise: the rest is too dear here."""
    instead: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    """Axis values of the paper that are others here: a start of 10,000 iterations may be 500."""


KINDS: Mapping[str, type] = {
    "axes": Axis,
    "combinations": Mapping,
    "columns": str,
    "paper": PaperFigure,
    "claims": SpeedClaim,
    "contrasts": Contrast,
    "equivalences": Equivalence,
    "interactions": tuple,
}
"""What the parts of a study are tuples of."""


@dataclass(frozen=True)
class Study:
    """A question, the cells that answer it, how many seeds, and what the paper found."""

    name: str
    question: str
    reference: str
    base: RunConfig
    axes: tuple[Axis, ...]
    seeds: int
    profiles: Mapping[str, Profile]
    combinations: tuple[Mapping[str, Any], ...] = ()
    """Where given, only these points of the grid."""
    columns: tuple[str, ...] = ("test_loss_avg", "test_loss_min", "iou")
    """Columns of the ledger's runs that the table shows, beside the paper's figures."""
    paper: tuple[PaperFigure, ...] = ()
    paper_barrier: float | None = None
    claims: tuple[SpeedClaim, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    """Chosen before the runs: Holm's correction is over these, not over all pairs of cells."""
    equivalences: tuple[Equivalence, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    """Pairs of axes that may act together, in the regression over all factors."""
    note: str = ""
    """What a reader of the table must know."""

    def __post_init__(self) -> None:
        self._require_kinds()
        if not NAME.fullmatch(self.name):
            raise ConfigError(
                f"study '{self.name}': a name is of letters, digits, and _ . - after the first "
                "(it is a folder's name too)"
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

    def _require_kinds(self) -> None:
        """Of what a file may write otherwise; where a comma is missing, a tuple is none."""
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
                    "results/schema.py"
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
            raise ConfigError(f"study '{self.name}': event='{event}': there are {list(EVENTS)}")

    def _require_axes(self, *names: str) -> None:
        axes = [axis.field for axis in self.axes]
        for name in names:
            if name not in axes:
                raise ConfigError(f"study '{self.name}': '{name}' is no axis; {axes} are")
