"""How many seeds a study file's questions take at the least, said before any is trained."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from results.text import counted
from study.request import StudyRequest

if TYPE_CHECKING:
    import pandas as pd


def too_few_seeds(request: StudyRequest) -> list[str]:
    """A sentence for each kind of question that so few seeds, or such cells, cannot answer."""
    if not (request.study.contrasts or request.study.equivalences):
        return []
    # pandas and scipy take a second to import: only where the study file compares something.
    from results.statistics.comparing.comparisons import compare
    from results.statistics.comparing.equivalence import seeds_for_margin
    from results.statistics.methods.paired import discordant_needed
    from results.statistics.methods.power import ALPHA

    number = len({planned.config.init_seed for planned in request.runs})
    there = f"With {counted(number, 'seed')}"
    frame = planned_frame(request)
    told = []
    contrasts = request.record().contrasts
    tests = compare(frame, contrasts)
    absent = dict.fromkeys(
        row["question"] for row in tests.to_dict("records") if row["verdict"] == "absent"
    )
    told += [
        f"'{question}' is left out: its cells are not among those requested." for question in absent
    ]
    count = sum(verdict != "absent" for verdict in tests["verdict"])
    least = discordant_needed(ALPHA / max(count, 1))
    if count and number < least:
        told.append(
            f"{there} no contrast can be decided ({counted(count, 'test')}), even if every seed "
            f"differs: --seeds {least} or more."
        )
    for equivalence in map(asdict, request.study.equivalences):
        question, margin = equivalence["question"], equivalence["margin"]
        least = seeds_for_margin(margin)
        if len(set(frame[equivalence["axis"]].dropna())) < 2:
            told.append(f"'{question}' is left out: a single value of its axis is requested.")
        elif number < least:
            told.append(
                f"{there} '{question}' cannot be answered yes (margin {margin:g}), even if all "
                f"agree: --seeds {least} or more."
            )
    return told


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
                "outcome": None,
                "outcome_half": None,
            }
            for planned in request.runs
        ]
    )
    frame.attrs["axes"] = [axis.field for axis in request.study.axes]
    return frame
