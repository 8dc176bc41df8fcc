"""Which kinds of units the runs of a rate share, apart from their init seeds."""

from collections.abc import Hashable, Sequence

import pandas as pd

from results.statistics.cells import teacher_seeds

Units = dict[str, Sequence[Hashable]]
"""The units of each run by what they are called: `data seed`, `teacher`."""
DATA_SEED, TEACHER = KINDS = ("data seed", "teacher")


def further_units(
    init_seeds: Sequence[int],
    data_seeds: Sequence[int] = (),
    teachers: Sequence[int | None] = (),
) -> Units:
    """Return the kinds of units beside init seeds that a repetition would draw anew.

    Data seeds are one where they are crossed (`--seeds 10x3`): some are shared by runs of different
    init seeds. Where each init seed has data seeds of its own, it is one unit together with them.
    Teachers are one where there are several.
    """
    found: Units = {}
    if len(set(data_seeds)) > 1:
        shared = set(zip(data_seeds, init_seeds, strict=True))
        if len(shared) > len(set(data_seeds)):
            found[DATA_SEED] = data_seeds
    if several(teachers):
        found[TEACHER] = teachers
    return found


def units_of(frame: pd.DataFrame) -> Units:
    """Return `further_units` of the runs of a frame of `load_study`."""
    init_seeds = frame["init_seed"].tolist()
    data_seeds = frame["data_seed"].tolist() if "data_seed" in frame else []
    return further_units(init_seeds, data_seeds, teacher_seeds(frame))


def several(teachers: Sequence[int | None]) -> bool:
    """Tell whether runs have teachers of different seeds."""
    return len(set(teachers) - {None}) > 1


def unit_counts(units: Units) -> dict[str, int]:
    """Count the distinct units of each kind."""
    return {kind: len(set(labels) - {None}) for kind, labels in units.items()}
