"""Everything that a study's file and the paper hold its runs against."""

from dataclasses import dataclass

import pandas as pd

from results.ledger.study_record import Equivalence, StudyRecord
from results.statistics.cells import axes_of, finished, teacher_seeds
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
from results.statistics.main_effects import main_effects
from results.statistics.random_factors import several
from results.statistics.variance import variance_shares


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
    effects: pd.DataFrame | None
    """The main effects (`effects_of`)."""
    teachers: pd.DataFrame | None
    """How much of the variance of learning is the teacher's, by cell and pooled; None where there
    is one teacher."""
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
    stratified = [
        contrast
        for contrast, strata in zip(record.contrasts, contrasts["strata"], strict=True)
        if strata > 1
    ]
    return Compared(
        contrasts=contrasts,
        strata=compare(frame, stratified, by_stratum=True),
        anytime=compare_anytime(frame, record.contrasts if looked else (), record.equivalences),
        equivalences=[
            (named, equivalence(frame, named.axis, named.margin, event=named.event))
            for named in record.equivalences
        ],
        effects=effects_of(frame, record),
        teachers=variance_shares(frame, axes_of(frame), crossing="teacher")
        if several(teacher_seeds(finished(frame)))
        else None,
        paper=against_paper(frame, record),
        settings=settings_likelihood(frame, record),
    )


def effects_of(frame: pd.DataFrame, record: StudyRecord) -> pd.DataFrame | None:
    """The main effects of a request's runs; None where the study is no two-level factorial of
    several factors."""
    axes = axes_of(frame)
    values = {axis: len(set(frame[axis].dropna())) + frame[axis].hasnans for axis in axes}
    two = [axis for axis in axes if values[axis] == 2]
    if len(two) < 2 or (max(values.values()) > 2 and not record.design):
        return None
    pairs = [(pair[0], pair[1]) for pair in record.interactions]
    found = main_effects(frame, axes, interactions=pairs)
    return None if found.attrs["reason"] in ("no factors", "no design") else found


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
