"""How many runs fell and learned, one row a cell and horizon."""

import pandas as pd

from results.rates import Rate, rates, wilson


def frame() -> pd.DataFrame:
    """Ten seeds a width: at width 2 seeds 0-3 fall, at width 4 one run is missing."""
    rows = []
    for width in (2, 4):
        for seed in range(10):
            fell = width == 2 and seed < 4
            rows.append(
                {
                    "width": width,
                    "batch_norm": "none",
                    "init_seed": seed,
                    "outcome_half": "flat" if seed < 5 else "uninformative",
                    "outcome": "constant" if fell else "learned",
                }
            )
    table = pd.DataFrame(rows)
    table.loc[10, ["outcome", "outcome_half"]] = None
    return table


def test_each_cell_has_a_row_at_half_and_at_the_whole_horizon() -> None:
    table = rates(frame(), ["width", "batch_norm"])
    assert table[["width", "batch_norm", "at", "seeds"]].values.tolist() == [
        [2, "none", "H/2", 10],
        [2, "none", "H", 10],
        [4, "none", "H/2", 9],
        [4, "none", "H", 9],
    ]


def test_constant_and_flat_runs_fell_and_missing_runs_do_not_count() -> None:
    table = rates(frame(), ["width"])
    assert table["fell"].tolist() == [
        Rate(5, 10, wilson(5, 10)),
        Rate(4, 10, wilson(4, 10)),
        Rate(4, 9, None),
        Rate(0, 9, None),
    ]
    assert table["learned"].tolist() == [
        Rate(0, 10, wilson(0, 10)),
        Rate(6, 10, wilson(6, 10)),
        Rate(0, 9, None),
        Rate(9, 9, None),
    ]
