"""A cell's values as a run: on a study's base, with a profile's sizes and what the user sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from core.config import CHOICES, DEFAULTS, PARENTS, RunConfig
from core.config_rules import BrokenRules, Violation, within
from core.sides import fitting_side
from results.errors import ConfigError
from searchspaces.axes import Axis
from study.command_line.arguments import by_run
from study.definition import Profile, Study

WHY_TEACHER = "a teacher answers for the same pixels as its students"


@dataclass(frozen=True)
class Binding:
    """What makes configurations of the values of cells.

    Raises:
        ConfigError: a field of a parent is named that the study has not.
    """

    study: Study
    settings: Profile
    data: str
    """The fingerprint."""
    on_phantom: bool
    most: int
    """Pixels of the shorter side of the slices."""
    sets: Mapping[str, Any]
    """What `--set` changes."""
    added: frozenset[str]
    """Axes that the study file lacks: each of their values acts as if it were set."""

    def __post_init__(self) -> None:
        for field in (*self.sets, *self.added):
            parent, dot, _ = field.partition(".")
            if dot and getattr(self.study.base, parent) is None:
                raise ConfigError(f"{field}: the study {self.study.name} has no {parent}")

    def config(self, values: Mapping[str, Any]) -> RunConfig:
        """The configuration of the cell with these values.

        Raises:
            ConfigError: values break rules. The message names every field that must change, and
                ends in the options that change those whose value follows.
        """
        asked = {field: value for field, value in values.items() if field in self.added}
        asked = {
            **self.sets,
            **asked,
            **{f: new for f, (_, new) in self.follow_ups(values).items()},
        }
        own = {field: value for field, value in values.items() if field not in self.added}
        broken: dict[str, Violation] = {}
        repaired: dict[str, Any] = {}
        while True:
            try:
                found = self._bound(
                    {**asked, **repaired}, {f: repaired.get(f, own[f]) for f in own}
                )
                break
            except BrokenRules as error:
                each = {self._cause(one.field, asked): one for one in error.args}
                new = {field: one for field, one in each.items() if field not in broken}
                if not new:
                    raise
                broken |= new
                for field, one in new.items():  # with another value the others can be looked at
                    default = DEFAULTS[field.rpartition(".")[2]]
                    repaired[field] = default if one.remedy is None else one.remedy
        if broken:
            raise ConfigError("; ".join(said(broken, values)))
        return found

    def follow_ups(self, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """What the values of an added axis of paddings change beside them, each field as it was and
        as it is: a teacher's padding is its student's, and tiles have sizes that it takes."""
        if "padding" not in self.added or values["padding"] not in CHOICES["padding"]:
            return {}
        asked = {**self.sets, **{f: v for f, v in values.items() if f in self.added}}
        found: dict[str, tuple[Any, Any]] = {}
        for name, fields in self._fields(asked, values).items():
            base = getattr(self.study.base, name) if name else self.study.base
            if base is None:
                continue
            prefix = f"{name}." if name else ""
            padding, tile = (
                fields.get(field, getattr(base, field)) for field in ("padding", "tile")
            )
            if name == "teacher" and "teacher.padding" not in asked:
                found["teacher.padding"] = padding, values["padding"]
                padding = values["padding"]
            found[f"{prefix}tile"] = tile, fitting_side(tile, padding, self.most)
        return {field: (was, now) for field, (was, now) in found.items() if was != now}

    def _bound(self, changes: Mapping[str, Any], own: Mapping[str, Any]) -> RunConfig:
        """The base with these changes, and with values of the study's own axes."""
        fields = self._fields(changes, own)
        parents: dict[str, RunConfig] = {}
        for name in PARENTS:  # the teacher first: a start may need it too
            parent = getattr(self.study.base, name)
            if parent is not None:
                teacher = {"teacher": parents["teacher"]} if parent.needs_teacher else {}
                with within(name):
                    parents[name] = parent.replaced(**{**teacher, **fields[name]}, data=self.data)
        return self.study.base.replaced(**{**fields[""], **own}, **parents, data=self.data)

    def _fields(
        self, changes: Mapping[str, Any], own: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """The fields that differ from the study's base, of the students under "", of each parent
        under its name; `own` are the values of the study's axes."""
        changed, settings = by_run(changes), self.settings
        phantom = (
            (settings.phantom_student, settings.phantom_teacher) if self.on_phantom else ({}, {})
        )
        student = {**settings.student, **phantom[0]}
        objective = {**student, **changed[""], **own}.get("objective", self.study.base.objective)
        hard = settings.hard if objective == "hard" else {}
        return {
            "": {**student, **hard, **changed[""]},
            "teacher": {**settings.teacher, **phantom[1], **changed["teacher"]},
            "start_from": {
                **student,
                **settings.start_from,
                **changed[""],
                **changed["start_from"],
            },
        }

    def _cause(self, field: str, asked: Mapping[str, Any]) -> str:
        """The field that a user changes to change this one: a start has what its runs have."""
        parent, _, own = field.partition(".")
        of_students = self._fields(asked, {})[""]
        inherited = parent == "start_from" and field not in asked and own in of_students
        return own if inherited else field


def said(broken: Mapping[str, Violation], values: Iterable[str]) -> list[str]:
    """The violations, those of parents last, and the options for what no axis varies."""
    ordered = sorted(broken.items(), key=lambda item: "." in item[0])
    options = [
        f"--set {field}={one.remedy}"
        for field, one in ordered
        if one.remedy is not None and field not in values
    ]
    told = [f"{field}{one.said}" for field, one in ordered]
    return [*told, *([f"give {' '.join(options)}"] if options else [])]


def teacher_like_students(study: Study, named: Collection[str], padding: Any) -> dict[str, Any]:
    """The teacher's padding where the user sets the students' alone."""
    known = padding in CHOICES["padding"]
    follows = known and study.base.teacher and "teacher.padding" not in named
    return {"teacher.padding": padding} if follows else {}


def changed_along(binding: Binding, axes: Sequence[Axis]) -> list[str]:
    """A sentence for each padding of an added axis that changes other fields with it."""
    added = [axis for axis in axes if axis.field in binding.added]
    told = []
    for each in product(*(axis.values for axis in added)):
        values = dict(zip((axis.field for axis in added), each, strict=True))
        found = binding.follow_ups(values)
        fields = [f"{field}={now} instead of {was}" for field, (was, now) in found.items()]
        if fields:
            told.append(f"padding={values['padding']} has {', '.join(fields)}")
    return list(dict.fromkeys(told))
