"""How many seeds a study file's questions take at the least, said before any is trained."""

from typing import TYPE_CHECKING

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
    from results.statistics.comparing.comparisons import compare
    from results.statistics.comparing.equivalence import seeds_for_margin
    from results.statistics.methods.paired import discordant_needed
    from results.statistics.methods.power import ALPHA

    told: list[str] = []
    frame = planned_frame(request)
    tests = compare(frame, request.record().contrasts).to_dict("records")
    for row in tests:
        if row["verdict"] == "absent":
            gone = " and ".join(cell_text({one.axis: one.value}) for one in row["not_run"])
            by = who_chose(request, *(one.axis for one in row["not_run"]))
            why = f", because {by} leaves out {gone}" if gone else ": no cell is on one side of it"
            told.append(f"'{row['question']}' is left out{why}.")
    number = len({planned.config.init_seed for planned in request.runs})
    few = f"With {counted(number, 'seed')}"
    count = sum(row["verdict"] != "absent" for row in tests)
    if count and number < (least := discordant_needed(ALPHA / count)):
        told.append(
            f"{few} no contrast can show a difference ({counted(count, 'test')}), even if every "
            f"seed differs: --seeds {least} or more."
        )
    margins: dict[float, list[str]] = {}
    for named in study.equivalences:
        if len(set(frame[named.axis].dropna())) < 2:
            by = who_chose(request, named.axis)
            told.append(
                f"'{named.question}' is left out, because {by} leaves out all but one {named.axis}."
            )
        else:
            margins.setdefault(named.margin, []).append(f"'{named.question}'")
    for margin, questions in margins.items():
        if number < (least := seeds_for_margin(margin)):
            told.append(
                f"{few} equivalence within ±{margin:g} cannot be shown, even if all seeds agree: "
                f"--seeds {least} or more for {' and '.join(questions)}."
            )
    return told


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
