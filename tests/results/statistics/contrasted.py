"""A study's frame from the seeds that fell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

Fell = Mapping[tuple[int, int], bool | None]
"""By init and data seed; None where a run is missing."""


def frame_of(cells: Sequence[tuple[Mapping[str, Any], Fell]]) -> pd.DataFrame:
    """One row a cell and seed; a run that did not fall learned."""
    outcomes = {True: "constant", False: "learned", None: None}
    rows = [
        {
            **cell,
            "init_seed": init,
            "data_seed": data,
            "run_id": " ".join(map(str, (*cell.values(), init, data))),
            "outcome": outcomes[fell],
            "outcome_half": outcomes[fell],
        }
        for cell, runs in cells
        for (init, data), fell in runs.items()
    ]
    frame = pd.DataFrame(rows)
    frame.attrs["axes"] = list(cells[0][0])
    return frame


def same(fell: Sequence[bool | None], start: int = 0) -> Fell:
    """Equal init and data seeds, from `start` on."""
    return {(seed, seed): one for seed, one in enumerate(fell, start)}


def crossed(fell: Sequence[Sequence[bool]]) -> Fell:
    """A row for each init seed, with an entry for each data seed."""
    return {(i, j): one for i, row in enumerate(fell) for j, one in enumerate(row)}


NORM = {"question": "Does it help?", "cell": {"norm": "all"}, "against": {"norm": "none"}}
BACK = {"question": "Does it help?", "cell": {"norm": "none"}, "against": {"norm": "all"}}
SAVED = [True] * 8 + [False] * 2
KEPT = [False] * 7 + [True, True, False]


def two(mine: Any, theirs: Any) -> pd.DataFrame:
    return frame_of([({"norm": "none"}, theirs), ({"norm": "all"}, mine)])


def only(table: pd.DataFrame) -> dict[str, Any]:
    (row,) = table.to_dict("records")
    return {str(name): value for name, value in row.items()}
