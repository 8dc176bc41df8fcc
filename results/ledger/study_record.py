"""A study as it was requested: what the ledger remembers of it, typed and validated.

The same types are what a study file writes its questions with (`study.definition`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from results.identity import content_id
from results.ledger.json_records import decoded
from results.outcomes import EVENTS
from results.windows import Windows

LARGEST = 2**63 - 1
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST - 1, le=LARGEST)]
"""It fits the ledger's columns."""
Scalar = Whole | float | str | bool | None
CellValues = Mapping[str, Scalar]
"""Axis values that name a cell, or several cells where an axis is not named."""
RESERVED = ("study", "profile", "data_source", "overrides", "trial", "run_id")
"""Columns of a study's frame beside the axes, so no axis can have such a name."""


@dataclass(frozen=True)
class PaperFigure:
    """What the paper reports for one trial of one cell; losses are in its own convention.

    Example:
        >>> first = PaperFigure({"temperature": 5.0}, 1, {"test_loss_avg": 0.123})
        >>> first.figures["test_loss_avg"]
        0.123
    """

    cell: CellValues
    """Axis values."""
    trial: Whole | None
    """Trials count from 1, in the order of the seeds; None is a mean over trials."""
    figures: Mapping[str, float]
    """Named after columns of the ledger's runs."""


@dataclass(frozen=True)
class SpeedClaim:
    """Some cells are said to reach a test loss in fewer iterations than others, paired by seed.

    Example:
        >>> soft, hard = {"objective": "soft"}, {"objective": "hard"}
        >>> claim = SpeedClaim("Section 3.5", 0.223, soft, hard, ratio=20.0, slower_at=300_000)
        >>> claim.faster_at, claim.fits(faster=50_000, slower=50_000)
        (15000.0, False)
    """

    reference: str
    """Where the paper says it."""
    level: float | None
    """The test loss that they race to, in nats, in the paper's convention; None: each run its own
    lowest one, as the iterations of Table 1 are counted."""
    faster: CellValues
    """Axis values that name the cells which are claimed to be faster."""
    slower: CellValues
    """Axis values that name the others."""
    ratio: float
    """What the paper says of it: iterations of the slower over those of the faster."""
    slower_at: Whole | None = None
    """The iterations that the slower ones took in the paper, where it says so."""

    @property
    def faster_at(self) -> float | None:
        """The iterations that the faster ones took there."""
        return None if self.slower_at is None else self.slower_at / self.ratio

    def fits(self, faster: int, slower: int) -> bool:
        """Say whether runs of these horizons could take as long as those of the paper did."""
        if self.slower_at is None or self.faster_at is None:
            return True
        return faster >= self.faster_at and slower >= self.slower_at


@dataclass(frozen=True)
class Contrast:
    """Two kinds of cells whose rates are compared, seed by seed, in every stratum of other axes.

    Example:
        >>> Contrast("Does T = 10 save seeds?", {"temperature": 10.0}, {"temperature": 1.0}).event
        'fell'
    """

    question: str
    """The question that the comparison answers; the report repeats it."""
    cell: CellValues
    """Axis values; an axis that is not named is a stratum for each of its values."""
    against: CellValues
    """Axis values of the other side."""
    event: str = "fell"
    """What is counted: `fell` (collapsed), or one outcome."""


@dataclass(frozen=True)
class Equivalence:
    """A rate is said not to depend on an axis.

    Not finding a difference says nothing: independence is shown only where every pair of the
    axis's values differs by less than the margin.

    Example:
        >>> Equivalence("Does the temperature matter at all?", "temperature", margin=0.2).margin
        0.2
    """

    question: str
    """The question that the tests answer; the report repeats it."""
    axis: str
    """The field that varies."""
    margin: float
    """The largest difference of two rates that would not matter."""
    event: str = "fell"
    """What is counted: `fell` (collapsed), or one outcome."""


@dataclass(frozen=True, kw_only=True)
class UntilWidth:
    """How seeds were added: to each cell until its interval was narrower than the width."""

    width: float | None = None
    max_seeds: int | None = None
    cells: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
    """Over which the error `alpha` is split."""
    alpha: float | None = None
    first: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)] | None = None
    """Seeds of a cell before its first look; none in files of earlier versions, as the next two."""
    step: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)] | None = None
    """Seeds from one look to the next."""
    level: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None
    """Of the intervals, calibrated for these looks (`results.statistics.methods.planned_looks`);
    none where they are confidence sequences, which hold for any looks."""


@dataclass(frozen=True, kw_only=True)
class UntilDecided:
    """How seeds were added: until each contrast was decided, whatever the order of the looks."""

    max_seeds: int | None = None
    first: int | None = None
    """Seeds of a cell before the first look."""
    step: int | None = None
    """Seeds from one look to the next."""
    cells: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
    """Over which the error of their rates is split."""
    alpha: float | None = None
    """Of all contrasts together."""


@dataclass(frozen=True)
class ParentRun:
    """A run that was trained only because others need its weights."""

    run_id: str
    kind: str
    """`teacher` or `start`."""


@dataclass(frozen=True)
class RequestedRun:
    """One run of a cell; trials count from 1 in the order of the seeds."""

    cell: CellValues
    trial: Whole
    run_id: str
    init_seed: Whole
    data_seed: Whole
    teacher_seed: Whole | None = None
    """Of its teacher, where the study was requested with several teachers."""


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """All that a report needs to know of a study in one setting, beside its runs.

    A file of another program or version may lack what has a default: it is then as if nothing had
    been asked there.
    """

    until_width: UntilWidth | None = None
    until_decided: UntilDecided | None = None
    study: str
    question: str = ""
    reference: str = ""
    profile: str
    data_source: str
    overrides: tuple[str, ...]
    windows: Windows
    axes: tuple[str, ...]
    paper_barrier: float | None = None
    paper: tuple[PaperFigure, ...] = ()
    columns: tuple[str, ...] = ()
    """Figures of a run that its table shows."""
    claims: tuple[SpeedClaim, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    equivalences: tuple[Equivalence, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    design: str = ""
    """The fractional factorial that its cells are, with generators; empty for a full grid."""
    levels: Mapping[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    """Low and high value of each factor of the design."""
    note: str = ""
    parents: tuple[ParentRun, ...] = ()
    runs: Annotated[tuple[RequestedRun, ...], msgspec.Meta(min_length=1)]
    requested_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = field(
        default=None, compare=False
    )
    """When it was requested last; none in files of earlier versions. It is no part of what was
    requested, so neither of the id."""

    def __post_init__(self) -> None:
        """Raises ValueError where its parts do not fit together."""
        require(len(set(self.axes)) == len(self.axes), "axes", "an axis is named twice")
        for name in RESERVED:
            require(name not in self.axes, "axes", f"'{name}' is the name of another column")
        for run in self.runs:
            require(set(run.cell) == set(self.axes), "runs", f"{run.run_id}: a value for each axis")
        for figure in self.paper:
            self._require_axes("paper", *figure.cell)
        for claim in self.claims:
            self._require_axes("claims", *claim.faster, *claim.slower)
        for contrast in self.contrasts:
            self._require_axes("contrasts", *contrast.cell, *contrast.against)
            require(contrast.event in EVENTS, "contrasts", f"event is one of {', '.join(EVENTS)}")
        for named in self.equivalences:
            self._require_axes("equivalences", named.axis)
            require(named.event in EVENTS, "equivalences", f"event is one of {', '.join(EVENTS)}")
            require(0 < named.margin < 1, "equivalences", "margin is above 0 and below 1")
        for pair in self.interactions:
            self._require_axes("interactions", *pair)
        self._require_axes("levels", *self.levels)

    def _require_axes(self, part: str, *names: str) -> None:
        for name in names:
            require(name in self.axes, part, f"'{name}' is none of the axes")

    @property
    def setting(self) -> tuple[str, ...]:
        """What an answer is for one of: profile, data, overrides, axes and design."""
        axes = ("axes", *sorted(self.axes), *(["design", self.design] if self.design else []))
        return (self.profile, self.data_source, *sorted(self.overrides), *axes)

    @property
    def rule(self) -> UntilWidth | UntilDecided | None:
        """How seeds were added; none where their number was fixed."""
        return self.until_width or self.until_decided

    @property
    def run_ids(self) -> set[str]:
        """Its cells' runs, without their parents."""
        return {run.run_id for run in self.runs}

    def to_json(self) -> dict[str, Any]:
        """The JSON object of what was requested; without the rule by which seeds were added where
        there is none, without what an earlier version did not say of it, without a design where
        there is none, and without a teacher's seed where runs have none of their own."""
        payload = asdict(self)
        del payload["requested_at"]
        for rule in ("until_width", "until_decided"):
            if payload[rule] is None:
                del payload[rule]
        for name in ("first", "step", "level"):
            if self.until_width and payload["until_width"][name] is None:
                del payload["until_width"][name]
        if not self.design:
            del payload["design"], payload["levels"]
        for run in payload["runs"]:
            if run["teacher_seed"] is None:
                del run["teacher_seed"]
        return payload

    @property
    def request_id(self) -> str:
        """The id under which the ledger keeps it: the same request twice has the same one."""
        return content_id(self.to_json())


def require(condition: bool, part: str, rule: str) -> None:
    if not condition:
        raise ValueError(f"{part}: {rule}")


def read_study_record(content: bytes) -> StudyRecord:
    """The record that a file holds.

    Raises:
        LedgerError: it is no JSON, or no such record; the message says where.
    """
    return decoded(content, StudyRecord, "the record of a study")
