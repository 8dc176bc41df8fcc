"""What `study run --describe` says: what a study varies, how large it is, what it compares."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.data.sources import Source, is_phantom
from results.text import cell_text, counted, titled
from searchspaces.fractions import Fraction
from study.command_line.arguments import parse_seeds, seeds_text, shown
from study.command_line.options import RunOptions
from study.definition import Contrast, Equivalence, Study
from study.planning.horizon import horizon_text, horizons, replaced_by_profile
from study.planning.least_seeds import why_left_out
from study.request import StudyRequest
from study.requesting import request_study


@dataclass(frozen=True)
class Size:
    """How large a study is in one profile, on the data at hand."""

    profile: str
    cells: int
    runs: int
    """Each once, teachers and starts included."""
    horizon: Mapping[str, Sequence[int]]
    """Iterations, see `study.planning.horizon.horizons`."""
    text: str
    notes: Sequence[str]


def size_of(request: StudyRequest, why: Sequence[str]) -> Size:
    """The size of a request, and what it changes or leaves out (`why_left_out`)."""
    cells = {tuple(planned.cell.items()) for planned in request.runs}
    return Size(
        request.profile,
        len(cells),
        len(request.distinct),
        horizons(request),
        f"{counted(len(cells), 'cell')}, {counted(len(request.distinct), 'run')}, "
        f"{horizon_text(request)}",
        [*request.notes, *replaced_by_profile(request), *filter(None, why)],
    )


@dataclass(frozen=True)
class Asked:
    """What is left of a study file's axes and comparisons by the user's choice of values."""

    axes: Mapping[str, Sequence[Any]]
    contrasts: Sequence[Contrast]
    equivalences: Sequence[Equivalence]


def asked_of(
    requests: Sequence[StudyRequest], why: Sequence[Sequence[str]], *, chosen: bool
) -> Asked:
    """The axes and the comparisons that some request asks; of the axes all values of the study
    file, unless the user chose a profile or values."""
    study, fraction = requests[0].study, requests[0].fraction
    axes = {axis.field: list(axis.values) for axis in study.axes}
    if fraction:
        axes |= {field: list(levels) for field, levels in fraction.levels.items()}
    if chosen:
        cells = [planned.cell for request in requests for planned in request.runs]
        kept = {field: dict.fromkeys(cell[field] for cell in cells) for field in axes}
        axes = {field: [one for one in kept[field] if one is not None] for field in axes}
    asked = [not all(reasons) for reasons in zip(*why, strict=True)]
    comparisons = (*study.contrasts, *study.equivalences)
    shown = [one for one, kept in zip(comparisons, asked, strict=True) if kept]
    return Asked(
        axes,
        [one for one in shown if isinstance(one, Contrast)],
        [one for one in shown if isinstance(one, Equivalence)],
    )


def describe(study: Study, source: Source, options: RunOptions) -> None:
    """Print what is asked of a study, and its size in every profile, or in the one given.

    Raises:
        ConfigError: no such profile, field, value or seed.
        DataError: the data cannot be identified, or a tile is larger than its slices.
    """
    seeds = parse_seeds(options.seeds or str(study.seeds))
    fingerprint = source.fingerprint
    requests = [
        request_study(
            study,
            source,
            profile,
            seeds=seeds,
            only=options.only,
            sets=options.changes,
            axes=options.axes,
            full=options.full,
            fingerprint=fingerprint,
        )
        for profile in ([options.profile] if options.profile else study.profiles)
    ]
    why = [why_left_out(request) for request in requests]
    sizes = [size_of(*each) for each in zip(requests, why, strict=True)]
    chosen = bool(options.only or options.profile)
    asked = asked_of(requests, why, chosen=chosen)
    fraction = requests[0].fraction
    if options.as_json:
        print(json.dumps({"data": source.name} | record(study, asked, seeds, sizes, fraction)))
        return
    print(f"{study.name}: {titled(study.question, study.reference)}")
    for field, values in asked.axes.items():
        print(f"axis {field}: {', '.join(map(shown, values))}")
    if fraction:
        for line in fraction.sentences:
            print(line if line.startswith("aliased") else f"design: {line}; --full has all cells")
    if study.combinations:
        print(f"of these combinations only {len(study.combinations)}")
    print(f"seeds: {seeds_text(seeds)} ({len(seeds)} a cell)")
    built_in = "; runs are shorter on it than on your own, --data DIR says how long those are"
    print(f"data: {source.name}{built_in if is_phantom(source.name) else ''}")
    for size in sizes:
        print(f"profile {size.profile}: {size.text}")
        for note in size.notes:
            print(f"  {note}")
    for contrast in asked.contrasts:
        sides = (cell_text(dict(side)) for side in (contrast.cell, contrast.against))
        print(f"contrast: {contrast.question} ({' against '.join(sides)})")
    for equivalence in asked.equivalences:
        print(
            f"equivalence: {equivalence.question} (all values of {equivalence.axis}, margin "
            f"{equivalence.margin:g})"
        )
    for first, second in study.interactions:
        print(f"interaction: {first} with {second}")
    if study.note:
        print(f"note: {study.note}")


def record(
    study: Study,
    asked: Asked,
    seeds: Sequence[tuple[int, int]],
    sizes: Sequence[Size],
    fraction: Fraction | None,
) -> dict[str, Any]:
    """The same for machines."""
    return {
        "study": study.name,
        "question": study.question,
        "reference": study.reference,
        "axes": asked.axes,
        "design": fraction.design if fraction else None,
        "resolution": fraction.relation.resolution if fraction else None,
        "seeds": [list(pair) for pair in seeds],
        "profiles": {size.profile: asdict(size) for size in sizes},
        "contrasts": [asdict(contrast) for contrast in asked.contrasts],
        "equivalences": [asdict(equivalence) for equivalence in asked.equivalences],
        "interactions": [list(pair) for pair in study.interactions],
        "note": study.note,
    }
