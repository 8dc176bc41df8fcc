"""Every seed is counted once: everywhere, nowhere, in some cells, or not yet."""

import pandas as pd

from results.statistics.seeds import seeds_of


def frame(**outcomes: str) -> pd.DataFrame:
    """A cell for each name, a letter a seed: F collapsed, L learned, . missing, blank not asked."""
    kinds = {"F": "constant", "L": "learned", ".": None}
    return pd.DataFrame(
        [
            {"cell": cell, "init_seed": seed, "outcome": kinds[letter]}
            for cell, letters in outcomes.items()
            for seed, letter in enumerate(letters)
            if letter != " "
        ]
    )


def test_seeds_by_where_they_collapsed() -> None:
    seeds = seeds_of(frame(a="FFL.L", b="FLLF "))
    assert (seeds.always, seeds.sometimes, seeds.never) == ([0], [1], [2])
    assert (seeds.incomplete, seeds.partial) == ({3}, {4})


def test_flat_is_collapsed_and_other_failures_are_not() -> None:
    one = frame(a="FFF").assign(outcome=["flat", "uninformative", "diverged"])
    assert (seeds_of(one).always, seeds_of(one).never) == ([0], [1, 2])
