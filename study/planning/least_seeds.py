"""How many seeds a study file's questions take at the least, said before any is trained."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from results.statistics.methods.levels import ALPHA
from results.text import cell_text, counted
from study.request import StudyRequest

if TYPE_CHECKING:
    import pandas as pd


def too_few_seeds(request: StudyRequest) -> list[str]:
    """A sentence for each question that is left out, and for each kind of question that so few
    seeds cannot answer, with the seeds that it needs."""
    study = request.study
    if not (study.contrasts or study.equivalences):
        return []
    # pandas and scipy take a second to import: only where the study file compares something.
    from results.statistics.comparing.equivalence import seeds_for_margin
    from results.statistics.methods.paired import seeds_needed

    tests = planned_tests(request)
    why = left_out(request, tests)
    told = [reason for reason in why if reason]
    number = len({planned.config.init_seed for planned in request.runs})
    few = f"With {counted(number, 'seed')}"
    count = tests_asked(tests)
    if count and number < (least := seeds_needed(ALPHA / count)):
        told.append(
            f"{few} no contrast can show a difference ({counted(count, 'test')}), even if every "
            f"seed differs: --seeds {least} or more."
        )
    if count:
        told += too_few_crossed(request, count)
    margins: dict[float, list[str]] = {}
    for named, reason in zip(study.equivalences, why[len(study.contrasts) :], strict=True):
        if not reason:
            margins.setdefault(named.margin, []).append(f"'{named.question}'")
    for margin, questions in margins.items():
        if number < (least := seeds_for_margin(margin)):
            told.append(
                f"{few} equivalence within ±{margin:g} cannot be shown, even if all seeds agree: "
                f"--seeds {least} or more for {' and '.join(questions)}."
            )
    return told


def too_few_crossed(request: StudyRequest, tests: int) -> list[str]:
    """A sentence where seeds are crossed with so few data seeds or teachers that no contrast, which
    is clustered by each, can show a difference; nothing elsewhere."""
    from results.statistics.comparing.comparisons import units_text
    from results.statistics.methods.paired import seeds_needed

    numbers = crossed_units(request)
    least = math.ceil(seeds_needed(ALPHA / tests) / 2)
    if len(numbers) < 2 or min(numbers.values()) >= least:
        return []
    return [
        f"With {units_text(numbers)} no contrast can show a difference ({counted(tests, 'test')}), "
        f"as it is clustered by each: that takes {least} or more of every kind."
    ]


def crossed_units(request: StudyRequest) -> dict[str, int]:
    """How many units there are of each kind that contrasts are clustered by; one kind where nothing
    is crossed."""
    from results.statistics.methods.units import clustering_units, number

    taught = [planned for planned in request.runs if planned.teacher_seed is not None]
    runs = taught or request.runs
    units = clustering_units(
        {
            "init_seed": [planned.config.init_seed for planned in runs],
            "data_seed": [planned.config.data_seed for planned in runs],
            "teacher_seed": [planned.teacher_seed or 0 for planned in runs],
        }
    )
    return {kind: number(each) for kind, each in units.items()}


def why_left_out(request: StudyRequest) -> list[str]:
    """A sentence for each contrast of the study file, and then for each equivalence: why it is left
    out, empty where it is asked."""
    return left_out(request, planned_tests(request))


def left_out(request: StudyRequest, tests: Sequence[Sequence[Mapping[Hashable, Any]]]) -> list[str]:
    """The same, of a request whose `planned_tests` are known."""
    told = []
    for contrast, rows in zip(request.study.contrasts, tests, strict=True):
        why = ""
        for row in rows:
            if row["verdict"] == "absent":
                gone = " and ".join(cell_text({one.axis: one.value}) for one in row["not_run"])
                by = who_chose(request, *(one.axis for one in row["not_run"]))
                cause = (
                    f", because {by} leaves out {gone}" if gone else ": a side of it has no cell"
                )
                why = f"'{contrast.question}' is left out{cause}."
        told.append(why)
    for named in request.study.equivalences:
        asked = {planned.cell[named.axis] for planned in request.runs} - {None}
        by = who_chose(request, named.axis)
        why = f"'{named.question}' is left out, because {by} leaves out all but one {named.axis}."
        told.append(why if len(asked) < 2 else "")
    return told


def planned_tests(request: StudyRequest) -> list[list[dict[Hashable, Any]]]:
    """The rows of `results.compare` that each contrast of the study file will have."""
    contrasts = request.record().contrasts
    if not contrasts:
        return []
    from results.statistics.comparing.comparisons import compare

    frame = planned_frame(request)
    return [compare(frame, (contrast,)).to_dict("records") for contrast in contrasts]


def tests_asked(tests: Sequence[Sequence[Mapping[Hashable, Any]]]) -> int:
    """Over how many of `planned_tests` Holm's correction goes: those whose cells are requested."""
    return len(strata_asked(tests))


def strata_asked(tests: Sequence[Sequence[Mapping[Hashable, Any]]]) -> list[int]:
    """Over how many strata each of these tests goes."""
    return [row["strata"] for rows in tests for row in rows if row["verdict"] != "absent"]


def contrasts_asked(request: StudyRequest) -> int:
    """How many contrasts of the study file have cells among those that are requested."""
    return tests_asked(planned_tests(request))


def who_chose(request: StudyRequest, *axes: str) -> str:
    """What leaves out values of these axes: the profile, or else the user."""
    only = request.study.profiles[request.profile].only
    kept = {axis: {planned.cell[axis] for planned in request.runs} for axis in axes}
    by_profile = any(kept[axis] == set(only.get(axis, ())) for axis in axes)
    return f"profile {request.profile}" if by_profile else "--only"


def planned_frame(request: StudyRequest) -> "pd.DataFrame":
    """The runs as `results.load_study` has them before any has an outcome."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                **planned.cell,
                "run_id": planned.config.run_id,
                "init_seed": planned.config.init_seed,
                "data_seed": planned.config.data_seed,
                "teacher_seed": planned.teacher_seed,
                "outcome": None,
                "outcome_half": None,
            }
            for planned in request.runs
        ]
    )
    frame.attrs["axes"] = [axis.field for axis in request.study.axes]
    return frame
