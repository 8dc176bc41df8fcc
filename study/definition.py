"""What a study is: frozen data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import RunConfig
from results.errors import ConfigError
from results.windows import Windows
from searchspaces.axes import Axis


@dataclass(frozen=True)
class Profile:
    """How long and how large: changes of the study's configurations, and the windows that fit.

    `phantom_student` and `phantom_teacher` come on top where the data are the synthetic stack,
    which is easier and smaller than tissue.
    """

    student: Mapping[str, Any]
    teacher: Mapping[str, Any]
    windows: Windows
    phantom_student: Mapping[str, Any] = field(default_factory=dict)
    phantom_teacher: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PaperFigure:
    """What the paper reports for one trial of one cell; losses in its own convention."""

    cell: Mapping[str, Any]
    trial: int
    test_loss_avg: float
    test_loss_min: float


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
    paper: tuple[PaperFigure, ...] = ()
    paper_barrier: float | None = None

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise ConfigError(f"study '{self.name}': seeds={self.seeds}: must be >= 1")
        for name in ("smoke", "laptop", "paper"):
            if name not in self.profiles:
                raise ConfigError(f"study '{self.name}' lacks the profile '{name}'")
