"""The tables of a report that hold the paper's counts against ours."""

import pandas as pd

from results.reports.report import Table
from results.statistics.cells import axes_of
from results.statistics.comparing.paper_counts import PaperCount, PredictiveCheck

SETTINGS_QUESTION = "Under which unstated settings are the paper's counts likely?"


def paper_table(frame: pd.DataFrame, held: list[tuple[PaperCount, PredictiveCheck]]) -> Table:
    """The paper's count in each cell under our rate there."""
    rows = [
        {axis: count.cell.get(axis) for axis in axes_of(frame)}
        | {
            "at_or_above": found.count,
            "runs": found.total,
            "paper_at_or_above": found.paper_count,
            "paper_trials": found.paper_total,
            "probability": found.p_value,
            "surprising": found.extreme,
        }
        for count, found in held
    ]
    return Table(
        "paper",
        "The paper's counts under our rates",
        pd.DataFrame(rows),
        "probability: of a count at least as improbable as the paper's, given ours (beta-binomial, "
        "Jeffreys prior). The paper prints losses only, so both are judged by them, to three "
        "decimals: at or above, a run stays at its barrier or above it, or diverged.",
        tuple(axes_of(frame)),
    )


def settings_table(settings: pd.DataFrame) -> Table:
    """How likely the paper's counts are under each setting that it leaves unsaid."""
    return Table(
        "settings",
        SETTINGS_QUESTION,
        settings,
        "counts: ours, the paper's in brackets. Beta-binomial likelihood of the paper's given ours "
        "(Jeffreys prior); ratio: to the likeliest setting, excluded below 1/32.",
        unsaid_axes(settings),
    )


def unsaid_axes(settings: pd.DataFrame) -> tuple[str, ...]:
    """The axes that the paper leaves unsaid: the first columns of `settings_likelihood`."""
    names = list(map(str, settings.columns))
    return tuple(names[: names.index("runs")])
