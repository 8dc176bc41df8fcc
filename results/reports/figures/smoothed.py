"""The test loss averaged over the paper's window, as its Figure 4 has it."""

import pandas as pd
from matplotlib.figure import Figure

from results.loading import smoothed
from results.reports.figures.curves import curves_figure
from results.text import span

TITLE = "Smoothed test loss of every run"


def smoothed_figure(
    frame: pd.DataFrame, curves: pd.DataFrame, beta_t: int, barrier: float, about: str = ""
) -> Figure:
    """Draw the curves of which the paper's figures are the minima, a panel a cell.

    Args:
        frame: of `load_study`.
        curves: of `load_curves` for its runs.
        beta_t: evaluations that a point is the mean of; of a run that has fewer, all it has.
        barrier: loss of the best constant on the curve's slices, nats; NaN if not known.
        about: the study and its setting.
    """
    trained = curves.loc[curves["iteration"] > 0]
    windows = trained.groupby("run_id").size().clip(upper=beta_t)
    parts = [
        smoothed(trained.loc[trained["run_id"].isin(list(runs.index))], window)
        for window, runs in windows.groupby(windows)
    ]
    means = pd.concat(parts) if parts else trained.assign(test_loss_smoothed=[])
    means = means.assign(test_loss=means["test_loss_smoothed"])
    caption = said(frame, windows, beta_t)
    return curves_figure(frame, means, barrier, f"{about} {caption}".strip(), TITLE)


def said(frame: pd.DataFrame, windows: pd.Series, beta_t: int) -> str:
    """What a point is the mean of."""
    every = sorted({int(number) for number in frame["eval_every"].dropna()})
    n_t = f"n_t = {' or '.join(map(str, every))} iterations" if every else "n_t"
    text = f"Each point is the mean of the last beta_t = {beta_t} evaluations, one every {n_t}."
    if len(short := windows[windows < beta_t]):
        text += (
            f" That window does not fit {len(short)} of {len(windows)} runs: theirs is the longest "
            f"that does, of all {span(min(short), max(short))} evaluations, which makes one point."
        )
    return text
