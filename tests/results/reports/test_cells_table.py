"""The letters of a cell's outcomes, in the order that the legend says."""

import pandas as pd

from results.reports.cells_table import cells_table
from results.statistics.rates import rates


def frame_of(*runs: tuple[int, int, str]) -> pd.DataFrame:
    """Runs of one cell: init seed, data seed, outcome."""
    frame = pd.DataFrame(runs, columns=["init_seed", "data_seed", "outcome"])
    frame = frame.assign(width=2, outcome_half=frame["outcome"], run_id=frame.index.astype(str))
    frame.attrs["axes"] = ["width"]
    return frame


def test_seeds_are_in_groups_of_ten() -> None:
    runs = ((seed, seed, "flat" if seed == 3 else "learned") for seed in reversed(range(12)))
    frame = frame_of(*runs)
    table = cells_table(frame, rates(frame))
    assert table.frame["outcomes"].tolist() == ["LLLfLLLLLL LL"]
    assert table.note.startswith("Outcomes: a letter a seed, in order (C constant, f flat, ")


def test_crossed_seeds_are_in_groups_of_an_init_seed_and_the_legend_says_so() -> None:
    runs = (
        (init, data, "constant" if data == 1 else "learned" if init else "flat")
        for data in (2, 1, 0)
        for init in (1, 0)
    )
    frame = frame_of(*runs)
    table = cells_table(frame, rates(frame))
    assert table.frame["outcomes"].tolist() == ["fCf LCL"]
    assert table.note.startswith(
        "Outcomes: a group for each init seed in order, in it a letter for each of its data seeds ("
    )
