"""How many seeds a study file's questions take at the least, said before any is trained."""

from typing import TYPE_CHECKING

from results.text import cell_text, counted
from study.request import StudyRequest

if TYPE_CHECKING:
    import pandas as pd


def too_few_seeds(request: StudyRequest) -> list[str]:
    """A sentence for each question that is left out, and one for those that so few seeds cannot
    answer, with the seeds that all of them need."""
    study = request.study
    if not (study.contrasts or study.equivalences):
        return []
    # pandas and scipy take a second to import: only where the study file compares something.
    from results.statistics.comparing.comparisons import compare
    from results.statistics.comparing.equivalence import seeds_for_margin
    from results.statistics.methods.paired import discordant_needed
    from results.statistics.methods.power import ALPHA

    told: list[str] = []
    needs: dict[str, int] = {}
    frame = planned_frame(request)
    tests = compare(frame, request.record().contrasts).to_dict("records")
    for row in tests:
        if row["verdict"] == "absent":
            gone = " and ".join(cell_text({one.axis: one.value}) for one in row["not_run"])
            by = who_chose(request, *(one.axis for one in row["not_run"]))
            why = f", because {by} leaves out {gone}" if gone else ": no cell is on one side of it"
            told.append(f"'{row['question']}' is left out{why}.")
    count = sum(row["verdict"] != "absent" for row in tests)
    if count:
        text = f"no contrast can be decided ({counted(count, 'test')}), even if every seed differs"
        needs[text] = discordant_needed(ALPHA / count)
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
        text = f"cannot be answered yes (margin {margin:g}), even if all agree"
        needs[f"{' and '.join(questions)} {text}"] = seeds_for_margin(margin)
    number = len({planned.config.init_seed for planned in request.runs})
    if lacking := {text: least for text, least in needs.items() if number < least}:
        text, least = ", and ".join(lacking), max(lacking.values())
        told.append(f"With {counted(number, 'seed')} {text}: --seeds {least} or more.")
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
