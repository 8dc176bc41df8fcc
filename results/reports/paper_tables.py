"""The tables of a report that hold the paper's counts against ours."""

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.report import Table
from results.statistics.cells import axes_of
from results.statistics.comparing.paper_counts import PaperCount, PredictiveCheck
from results.statistics.comparing.settings_likelihood import settings_likelihood


def paper_table(frame: pd.DataFrame, held: list[tuple[PaperCount, PredictiveCheck]]) -> Table:
    """The paper's count in each cell under our rate there."""
    rows = [
        {axis: count.cell.get(axis) for axis in axes_of(frame)}
        | {
            "fell": found.count,
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
        "Jeffreys prior). The paper prints losses only; at or above its barrier counts as fallen.",
        tuple(axes_of(frame)),
    )


def settings_table(frame: pd.DataFrame, record: StudyRecord) -> list[Table]:
    """How likely the paper's counts are under each setting that it leaves unsaid; nothing where it
    leaves none."""
    table = settings_likelihood(frame, record)
    if table.empty:
        return []
    return [
        Table(
            "settings",
            "Under which unstated settings are the paper's counts likely?",
            table,
            "counts: ours, the paper's in brackets. Beta-binomial likelihood of the paper's given "
            "ours (Jeffreys prior); ratio: to the likeliest setting, excluded below 1/32.",
            tuple(map(str, table.columns[: list(table.columns).index("runs")])),
        )
    ]
