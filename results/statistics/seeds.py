"""Which seeds collapse everywhere, nowhere, or in some cells only."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from results.outcomes import FELL


@dataclass(frozen=True)
class Seeds:
    """Over the cells of a study: the seeds that collapsed in every cell, in none, in some."""

    always: list[int]
    never: list[int]
    sometimes: list[int]
    incomplete: set[int]
    """Seeds with a run that has no outcome; they are in none of the three."""
    partial: set[int]
    """Seeds that only some cells were requested with; neither are these."""


def seeds_of(frame: pd.DataFrame) -> Seeds:
    """Sort the seeds of a frame of `results.load_study` by where they collapsed."""
    waiting = frame["outcome"].isna()
    incomplete = set(frame.loc[waiting, "init_seed"])
    times = Counter(frame["init_seed"])
    partial = {seed for seed, count in times.items() if count < max(times.values())} - incomplete
    whole = frame.loc[~frame["init_seed"].isin(list(incomplete | partial))]
    kinds = whole["outcome"].isin(FELL).groupby(whole["init_seed"]).agg(["all", "any"])
    return Seeds(
        always=kinds.index[kinds["all"]].tolist(),
        never=kinds.index[~kinds["any"]].tolist(),
        sometimes=kinds.index[kinds["any"] & ~kinds["all"]].tolist(),
        incomplete=incomplete,
        partial=partial,
    )
