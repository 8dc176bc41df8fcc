"""What is said of windowed means that a run is too short for: they do not exist."""

import numpy as np
import pandas as pd

from results.fitting_windows import FITTING, OVER
from results.ledger.study_record import StudyRecord
from results.reports.columns import column_named, shown_columns
from results.statistics.cells import finished
from results.text import counted, span

TESTED = {"test_loss_avg": "", "start_test_loss_avg": "start_"}
"""Means of evaluations, and what the names of the columns beside them begin with."""
TRAINED = "train_loss_"


def too_short(frame: pd.DataFrame, name: str, beta_t: int) -> pd.Series:
    """Which finished rows have fewer evaluations than the mean of this name is over."""
    over = f"{TESTED[name]}{OVER}"
    if over not in frame:
        return pd.Series(False, index=frame.index)
    fewer = frame[over].to_numpy(dtype=float, na_value=np.nan) < beta_t
    return pd.Series(fewer & frame["outcome"].notna().to_numpy(dtype=bool), index=frame.index)


def beside(frame: pd.DataFrame, name: str, beta_t: int) -> dict[str, pd.Series]:
    """The columns beside a mean that some runs are too short for: the mean over the longest window
    that fits them, and its evaluations; nothing where every run has the mean itself."""
    if name not in TESTED or not (short := too_short(frame, name, beta_t)).any():
        return {}
    names = [f"{TESTED[name]}{column}" for column in (FITTING, OVER)]
    return {column: pd.Series(frame[column].where(short)) for column in names}


def window_lines(frame: pd.DataFrame, record: StudyRecord) -> list[str]:
    """A sentence for each mean of the table of runs that some of them are too short for."""
    shown = shown_columns(record)
    done = finished(frame)
    told = []
    for name in (name for name in shown if name in TESTED):
        short = done.loc[too_short(done, name, record.windows.beta_t)]
        if len(short):
            told.append(
                f"{title(name)} does not exist for {len(short)} of {counted(len(done), 'run')}: it "
                f"is a mean of beta_t = {record.windows.beta_t} evaluations, and so short a run "
                f"has {ends(short[f'{TESTED[name]}{OVER}'])}. The table of runs has beside it the "
                "mean over all of these, the longest window that fits (--full)."
            )
    trained = [name for name in shown if name.startswith(TRAINED)]
    short = done.loc[done["iterations"] < record.windows.alpha_t]
    if trained and len(short):
        told.append(
            f"{', '.join(map(title, trained))}: does not exist for {len(short)} of "
            f"{counted(len(done), 'run')}, a mean of alpha_t = {record.windows.alpha_t} training "
            f"losses, and so short a run has {ends(short['iterations'])}."
        )
    return told


def title(name: str) -> str:
    return column_named(name).heading.replace("\n", " ")


def ends(counts: pd.Series) -> str:
    return span(int(counts.min()), int(counts.max()))
