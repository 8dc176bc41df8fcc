"""A study is bound to data, profile, seeds and the user's options: that makes a request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.config import RunConfig
from core.data.sources import Source, is_phantom, require_tile_fits
from results.errors import ConfigError
from searchspaces.axes import Axis
from searchspaces.fractions import Fraction
from searchspaces.grid import GridPoint, grid, require_effect, without_effect
from study.binding import WHY_TEACHER, Binding, changed_along, teacher_like_students
from study.command_line.added_axes import added_axes, said_of_added, widened, with_axes
from study.command_line.arguments import overrides, restrict
from study.command_line.idle_sets import idle_sets, require_sets_matter
from study.command_line.whole_factors import require_factors_matter, require_whole_factors
from study.definition import Profile, Study
from study.request import PlannedRun, StudyRequest, here, lineage, translated


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
        if without_effect(spanned, cells) or idle_sets(changes, cells):
            # Only here, or in the whole study?
            whole = axes_of(study, replace(settings, only={}), (), added)

            def cells_with(sets: Mapping[str, Any]) -> tuple[GridPoint, ...]:
                bound = replace(binding, sets={**sets, **followed})
                return grid(base, whole, combinations, bound.config)

            require_effect(whole, cells_with(changes))
            require_sets_matter(changes, cells_with(changes), cells_with)
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
