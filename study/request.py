"""A request: a study bound to data, profile and seeds, with the configuration of every run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from core.config import RunConfig
from core.data.sources import Source, is_phantom, require_tile_fits
from results.errors import ConfigError
from results.ledger.study_record import (
    ParentRun,
    RequestedRun,
    StudyRecord,
    UntilDecided,
    UntilWidth,
)
from searchspaces.axes import Axis
from searchspaces.fractions import Fraction
from searchspaces.grid import grid, require_effect, without_effect
from study.binding import WHY_TEACHER, Binding, changed_along, teacher_like_students
from study.command_line.added_axes import added_axes, said_of_added, widened, with_axes
from study.command_line.arguments import overrides, restrict
from study.command_line.whole_factors import require_factors_matter, require_whole_factors
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


def seeded(
    config: RunConfig, pairs: Sequence[tuple[int, int]], teacher_seeds: Sequence[int]
) -> Iterator[tuple[RunConfig, int | None]]:
    """A cell's runs, each with its teacher's seed where there are several teachers. A cell without
    a teacher has each pair of seeds once."""
    several = config.has_teacher and tuple(teacher_seeds) != (0,)
    for teacher_seed in teacher_seeds if several else (None,):
        taught = config if teacher_seed is None else config.with_teacher_seed(teacher_seed)
        for init_seed, data_seed in pairs:
            yield taught.with_seeds(init_seed, data_seed), teacher_seed


def axes_of(
    study: Study,
    settings: Profile,
    only: Sequence[str],
    added: Sequence[Axis] = (),
    fraction: Fraction | None = None,
) -> tuple[Axis, ...]:
    """The study's axes in a profile, with its own choice of values or the user's; those of a
    fraction have its levels.

    Raises:
        ConfigError: `--only` names no axis of the study, or a value it does not have.
    """
    chosen = {text.partition("=")[0] for text in only}
    axes = []
    for axis in study.axes:
        values = axis.values
        if fraction:
            values = fraction.levels[axis.field]
        elif axis.field in settings.only and axis.field not in chosen:
            values = tuple(v for v in values if v in settings.only[axis.field])
        translated_values = (here(settings, axis.field, value) for value in values)
        axes.append(Axis(axis.field, tuple(dict.fromkeys(translated_values))))
    return restrict(with_axes(axes, added), only)


def is_factor(axis: Axis, fraction: Fraction | None) -> bool:
    """Whether a new axis is a further factor of a fraction, which has a main effect."""
    return fraction is not None and len(axis.values) == 2


def translated(cell: Mapping[str, Any], settings: Profile) -> dict[str, Any]:
    """A cell that the paper names, with this profile's values."""
    return {field: here(settings, field, value) for field, value in cell.items()}


def request_study(
    study: Study,
    source: Source,
    profile: str,
    *,
    seeds: Sequence[tuple[int, int]] | None = None,
    teacher_seeds: Sequence[int] = (0,),
    only: Sequence[str] = (),
    sets: Sequence[str] = (),
    axes: Sequence[str] = (),
    full: bool = False,
    fingerprint: str | None = None,
) -> StudyRequest:
    """Bind a study to its data and settings.

    Args:
        study: what is asked.
        source: the data.
        profile: one of the study's.
        seeds: (init_seed, data_seed) pairs; by default the study's number of them.
        teacher_seeds: of teachers; each trains all students of these seeds that need a teacher.
        only: values of `--only`.
        sets: values of `--set`.
        axes: values of `--axis`.
        full: whether the cells of a study with a design are the grid's, as with `--full`.
        fingerprint: of the source, where it is known already; to find it reads all the data.

    Raises:
        ConfigError: an unknown profile, field or value; a choice that leaves no design.
        DataError: the data cannot be identified, or a tile is larger than its slices.
    """
    if full and not study.design:
        raise ConfigError(
            f"--full: {study.name} has all cells of its grid anyway; leave the option out"
        )
    fraction = None if full else study.fraction
    study = replace(study, design="", levels={})
    if profile not in study.profiles:
        raise ConfigError(f"--profile {profile}: {study.name} has {', '.join(study.profiles)}")
    settings = study.profiles[profile]
    if fraction:
        levels = {
            field: (here(settings, field, low), here(settings, field, high))
            for field, (low, high) in fraction.levels.items()
        }
        fraction = replace(fraction, levels=levels)
        require_whole_factors(study.name, fraction, only, axes)
    added = added_axes(study.name, study.axes, axes, study.combinations)
    new = frozenset(axis.field for axis in added) - {axis.field for axis in study.axes}
    changes = overrides(sets, study.axes, added)
    followed = teacher_like_students(study, {*changes, *new}, changes.get("padding"))
    shape = source.slice_shape()
    binding = Binding(
        study=study,
        settings=settings,
        data=fingerprint or source.fingerprint,
        on_phantom=is_phantom(source.name),
        most=min(shape),
        sets={**changes, **followed},
        added=new,
    )
    pairs = tuple(seeds) if seeds else tuple((seed, seed) for seed in range(study.seeds))
    combinations = [translated(cell, settings) for cell in study.combinations]
    if fraction:
        combinations = list(fraction.points)
    base = binding.config({axis.field: axis.values[0] for axis in added if axis.field in new})
    spanned = axes_of(study, settings, only, added, fraction)
    try:
        cells = grid(base, spanned, combinations, binding.config)
        if without_effect(spanned, cells):  # only here, or in the whole study?
            whole = axes_of(study, replace(settings, only={}), (), added)
            require_effect(whole, grid(base, whole, combinations, binding.config))
        if fraction:
            require_factors_matter(fraction, cells)
    except ConfigError as error:
        raise ConfigError(f"{study.name}: {error}") from error
    runs = tuple(
        PlannedRun(dict(cell.values), trial, config, teacher_seed)
        for cell in cells
        for trial, (config, teacher_seed) in enumerate(
            seeded(cell.config, pairs, teacher_seeds), start=1
        )
    )
    if not runs:
        raise ConfigError(f"--only {' '.join(only)}: no cell of {study.name} has these values")
    if tuple(teacher_seeds) != (0,) and not any(run.config.has_teacher for run in runs):
        raise ConfigError(
            f"--teacher-seeds {', '.join(map(str, teacher_seeds))}: no run of {study.name} has a "
            "teacher here; leave the option out"
        )
    for planned in runs:
        for config in lineage(planned.config):
            require_tile_fits(config.tile, shape, config.answer_side)
    return StudyRequest(
        study=widened(study, added),
        profile=profile,
        data_source=source.name,
        overrides=tuple(sorted((*sets, *(f"{name}={value}" for name, value in followed.items())))),
        runs=runs,
        notes=(
            *said_of_added(study, [axis for axis in added if not is_factor(axis, fraction)]),
            *(f"{name}={value} is set too: {WHY_TEACHER}" for name, value in followed.items()),
            *changed_along(binding, spanned),
        ),
        fraction=fraction,
    )
