"""How many iterations the runs of a request take, and where that differs from the study file."""

from collections.abc import Mapping
from typing import Any

from core.config import DEFAULTS, PARENTS
from core.data.sources import is_phantom
from study.request import StudyRequest


def horizons(request: StudyRequest) -> dict[str, list[int]]:
    """Iterations of the runs themselves under "runs", of their parents under their kind."""
    found: dict[str, set[int]] = {"runs": {planned.config.iterations for planned in request.runs}}
    for run_id in request.parents:
        kind = request.kind_of(run_id)
        found.setdefault(kind, set()).add(request.distinct[run_id].iterations)
    return {kind: sorted(iterations) for kind, iterations in found.items()}


def horizon_text(request: StudyRequest) -> str:
    """As in `1000 iterations, teacher 1500`."""
    each = horizons(request)
    own = ", ".join(str(number) for number in each.pop("runs"))
    parents = [f"{kind} {', '.join(map(str, numbers))}" for kind, numbers in each.items()]
    return ", ".join((f"{own} iterations", *parents))


def replaced_by_profile(request: StudyRequest) -> list[str]:
    """A sentence for each field that the study file's `base` sets and the profile sets otherwise.

    The profile wins: it says how long and how large runs are. What the user sets wins over both.
    """
    study, settings = request.study, request.study.profiles[request.profile]
    on_phantom = is_phantom(request.data_source)
    student = {**settings.student, **(settings.phantom_student if on_phantom else {})}
    teacher = {**settings.teacher, **(settings.phantom_teacher if on_phantom else {})}
    chosen = {text.partition("=")[0] for text in request.overrides}
    chosen |= {axis.field for axis in study.axes}
    profiled: dict[str, Mapping[str, Any]] = {
        "": student,
        "teacher": teacher,
        "start_from": {**student, **settings.start_from},
    }
    told = []
    for parent in ("", *PARENTS):
        base = getattr(study.base, parent) if parent else study.base
        for field, value in profiled[parent].items() if base is not None else ():
            own, name = getattr(base, field), f"{parent}.{field}" if parent else field
            if own not in (DEFAULTS[field], value) and name not in chosen:
                told.append(
                    f"profile {request.profile} replaces {name}={own} of the study file by "
                    f"{value}; --set {name}={own} keeps it"
                )
    return told
