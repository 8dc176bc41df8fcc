"""A request: a study bound to data, profile and seeds, with the configuration of every run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from core.config import RunConfig
from results.ledger.study_record import (
    ParentRun,
    RequestedRun,
    StudyRecord,
    UntilDecided,
    UntilWidth,
)
from searchspaces.fractions import Fraction
from study.definition import Profile, Study


@dataclass(frozen=True)
class PlannedRun:
    """One run of a cell; trials count from 1 in the order of the seeds, teacher by teacher."""

    cell: dict[str, Any]
    trial: int
    config: RunConfig
    teacher_seed: int | None = None
    """Of its teacher, where there are several."""


@dataclass(frozen=True)
class StudyRequest:
    """All runs of a study in a certain setting. Runs of different cells may be the same run."""

    study: Study
    profile: str
    data_source: str
    overrides: tuple[str, ...]
    runs: tuple[PlannedRun, ...]
    until_width: UntilWidth | None = None
    """How seeds are added, where intervals decide their number (`study.planning.until_width`)."""
    until_decided: UntilDecided | None = None
    """The same where contrasts do (`study.planning.until_decided`)."""
    notes: tuple[str, ...] = ()
    """What the user's options change beside what they name."""
    fraction: Fraction | None = None
    """The fractional factorial that its cells are; none where they are a grid."""

    def generations(self) -> list[list[RunConfig]]:
        """Distinct runs, parents before those that need them, each once; a run that is the same
        but for a shorter horizon comes before the longer one, which goes on from it."""
        runs = self.distinct
        generation: dict[str, int] = {}
        for config in sorted(runs.values(), key=lambda c: (depth(c), c.iterations)):
            after = [generation[parent.run_id] for parent in config.parents]
            shorter = self._shorter(config)
            if shorter is not None:
                after.append(generation[shorter.run_id])
            generation[config.run_id] = max(after, default=-1) + 1
        generations: list[list[RunConfig]] = [[] for _ in range(max(generation.values()) + 1)]
        for run_id, config in runs.items():
            generations[generation[run_id]].append(config)
        return generations

    @cached_property
    def distinct(self) -> dict[str, RunConfig]:
        """Every run by its id, parents included."""
        return {c.run_id: c for planned in self.runs for c in lineage(planned.config)}

    @property
    def parents(self) -> list[str]:
        """Runs that are trained only because others need their weights."""
        request = {planned.config.run_id for planned in self.runs}
        return [run_id for run_id in self.distinct if run_id not in request]

    def kind_of(self, run_id: str) -> str:
        """What a parent is to those that need it: teacher or start."""
        return "teacher" if run_id in self._teachers else "start"

    @cached_property
    def _teachers(self) -> set[str]:
        runs = self.distinct.values()
        return {run.teacher.run_id for run in runs if run.needs_teacher and run.teacher}

    def _shorter(self, config: RunConfig) -> RunConfig | None:
        """The longest of the runs that are the same but for a shorter horizon."""
        horizons = self._horizons.get(config.curve_id, ())
        return max(
            (run for run in horizons if run.iterations < config.iterations),
            key=lambda run: run.iterations,
            default=None,
        )

    @cached_property
    def _horizons(self) -> dict[str, list[RunConfig]]:
        found: dict[str, list[RunConfig]] = {}
        for run in self.distinct.values():
            found.setdefault(run.curve_id, []).append(run)
        return found

    def kept_states(self, *, everything: bool = False) -> frozenset[str]:
        """Runs whose state at the horizon has to be kept: a longer one goes on from it."""
        if everything:
            return frozenset(self.distinct)
        needed = [self._shorter(run) for runs in self._horizons.values() for run in runs]
        return frozenset(run.run_id for run in needed if run is not None)

    def record(self) -> StudyRecord:
        """What the ledger remembers of it."""
        study, profile = self.study, self.study.profiles[self.profile]
        return StudyRecord(
            until_width=self.until_width,
            until_decided=self.until_decided,
            study=study.name,
            question=study.question,
            reference=study.reference,
            profile=self.profile,
            data_source=self.data_source,
            overrides=self.overrides,
            windows=profile.windows,
            axes=tuple(axis.field for axis in study.axes),
            paper_barrier=study.paper_barrier,
            paper=tuple(
                replace(figure, cell=translated(figure.cell, profile)) for figure in study.paper
            ),
            columns=tuple(study.columns),
            claims=tuple(study.claims),
            contrasts=tuple(
                replace(
                    contrast,
                    cell=translated(contrast.cell, profile),
                    against=translated(contrast.against, profile),
                )
                for contrast in study.contrasts
            ),
            equivalences=tuple(study.equivalences),
            interactions=tuple((one, other) for one, other in study.interactions),
            design=self.fraction.design if self.fraction else "",
            levels=dict(self.fraction.levels) if self.fraction else {},
            note=study.note,
            parents=tuple(ParentRun(run_id, self.kind_of(run_id)) for run_id in self.parents),
            runs=tuple(
                RequestedRun(
                    cell=planned.cell,
                    trial=planned.trial,
                    run_id=planned.config.run_id,
                    init_seed=planned.config.init_seed,
                    data_seed=planned.config.data_seed,
                    teacher_seed=planned.teacher_seed,
                )
                for planned in self.runs
            ),
        )


def lineage(config: RunConfig) -> list[RunConfig]:
    """The runs whose weights this one needs, theirs before them, and the run itself last."""
    return [*(run for parent in config.parents for run in lineage(parent)), config]


def depth(config: RunConfig) -> int:
    """How many runs must be trained one after another before this one."""
    return max((1 + depth(parent) for parent in config.parents), default=0)


def here(profile: Profile, field: str, value: Any) -> Any:
    """An axis value of the paper as this profile has it."""
    return profile.instead.get(field, {}).get(value, value)


def translated(cell: Mapping[str, Any], settings: Profile) -> dict[str, Any]:
    """A cell that the paper names, with this profile's values."""
    return {field: here(settings, field, value) for field, value in cell.items()}
