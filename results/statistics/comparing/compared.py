"""Everything that a study's file and the paper hold its runs against."""

from dataclasses import dataclass

import pandas as pd

from results.ledger.study_record import Equivalence, StudyRecord
from results.statistics.comparing.anytime import compare_anytime
from results.statistics.comparing.comparisons import compare
from results.statistics.comparing.equivalence import equivalence
from results.statistics.comparing.paper_counts import (
    PaperCount,
    PredictiveCheck,
    at_or_above,
    paper_counts,
    predictive_check,
)
from results.statistics.comparing.settings_likelihood import runs_beside, settings_likelihood


@dataclass(frozen=True)
class Compared:
    """What came of it."""

    contrasts: pd.DataFrame
    """All contrasts of the study file (`results.compare`)."""
    anytime: pd.DataFrame
    """The same by what holds however often it is looked at (`results.compare_anytime`); no rows
    where nothing was looked at before."""
    strata: pd.DataFrame
    """The strata of those that cover several, each described by itself."""
    equivalences: list[tuple[Equivalence, pd.DataFrame]]
    """Each equivalence of the study file, and its pairs (`results.equivalence`)."""
    paper: list[tuple[PaperCount, PredictiveCheck]]
    """The paper's count of each cell under our rate there."""
    settings: pd.DataFrame
    """How likely the paper's counts are under each setting that it leaves unsaid
    (`settings_likelihood`)."""


def compared(frame: pd.DataFrame, record: StudyRecord) -> Compared:
    """Hold the runs of a request against each other and against the paper.

    Args:
        frame: a frame of `results.load_study`, for this request.
        record: what the ledger remembers of it (`Ledger.studies`).
    """
    looked = "sequential_cells" in frame.attrs or "looked_at" in frame.attrs
    contrasts = compare(frame, record.contrasts)
    several = [
        contrast
        for contrast, strata in zip(record.contrasts, contrasts["strata"], strict=True)
        if strata > 1
    ]
    return Compared(
        contrasts=contrasts,
        strata=compare(frame, several, by_stratum=True),
        anytime=compare_anytime(frame, record.contrasts if looked else (), record.equivalences),
        equivalences=[
            (named, equivalence(frame, named.axis, named.margin, event=named.event))
            for named in record.equivalences
        ],
        paper=against_paper(frame, record),
        settings=settings_likelihood(frame, record),
    )


def against_paper(
    frame: pd.DataFrame, record: StudyRecord
) -> list[tuple[PaperCount, PredictiveCheck]]:
    """The paper's count of each cell beside ours, of cells whose runs have seeds of their own."""
    held = []
    for count in paper_counts(record.paper, record.paper_barrier):
        runs = runs_beside(count, frame)
        if len(runs):
            fell = int(at_or_above(runs, count).sum())
            held.append((count, predictive_check(fell, len(runs), count.at_or_above, count.trials)))
    return held
