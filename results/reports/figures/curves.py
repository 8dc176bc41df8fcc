"""The test loss of every run over its training, by cell."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from results.outcomes import DIVERGED_FACTOR, FELL
from results.reports.figures.panels import MOST_PANELS, note_on, panels_for
from results.reports.figures.style import (
    GREY,
    OUTCOME_COLOURS,
    TEXT,
    framed,
    saying,
    styled,
)
from results.reports.rows import LETTERS
from results.statistics.cells import Cell, axes_of, by_cell

TITLE = "Test loss of every run"
MOST_LINES = 200
"""Lines of a panel at the most."""
LOGARITHMIC = 10.0
"""Largest over smallest loss from which on a logarithmic scale shows more."""
VECTOR_POINTS = 20_000
"""Lines with more points than this are pixels in an SVG."""

Lines = dict[str, list[np.ndarray]]
"""Points (iteration, test loss) of each run, by outcome; "" where there is none."""


@styled
def curves_figure(
    frame: pd.DataFrame,
    curves: pd.DataFrame,
    barrier: float,
    about: str = "",
    title: str = TITLE,
) -> Figure:
    """Draw the test curves of all seeds, a panel a cell.

    Args:
        frame: of `load_study`.
        curves: of `load_curves` for its runs.
        barrier: loss of the best constant on the curve's slices, nats; NaN if not known.
        about: the study and its setting, said below: a figure leaves its report.
        title: what the losses are.
    """
    cells = by_cell(frame)
    shown = dict(list(cells.items())[:MOST_PANELS])
    wanted = {run_id for runs in shown.values() for run_id in runs["run_id"].head(MOST_LINES)}
    points = points_of(curves, wanted)
    if not points:
        return saying(title, "No run has a curve yet.", about)
    lines = {cell: lines_of(runs, points) for cell, runs in shown.items()}
    figure, panels = panels_for(list(shown), axes_of(frame), "test loss (nats)")
    losses = np.concatenate([line[:, 1] for line in points.values()])
    iterations = max(line[-1, 0] for line in points.values())
    many = sum(map(len, points.values())) > VECTOR_POINTS
    for panel, cell in zip(panels, shown, strict=True):
        draw_lines(panel, lines[cell], many)
        if math.isfinite(barrier):
            panel.axhline(barrier, color=GREY, linestyle="--", linewidth=0.8, zorder=3)
        panel.set_title(f"{panel.get_title('left')}\n{fallen(lines[cell])}", fontsize=TEXT)
        panel.set_xlim(0, iterations or 1)
    above = set_losses(panels[0], losses, barrier)
    note = f"{about} " + note_on(list(cells), axes_of(frame))
    if any(len(cells[cell]) > MOST_LINES for cell in shown):
        note += f"The first {MOST_LINES} runs of a cell. "
    if above:
        note += f"Losses above {DIVERGED_FACTOR:g} barriers lie outside. "
    framed(figure, title, legend_of(lines, barrier), note)
    return figure


def points_of(curves: pd.DataFrame, wanted: set[str]) -> dict[str, np.ndarray]:
    """Iteration and test loss of these runs, as far as they are finite."""
    losses = curves["test_loss"].to_numpy(dtype=float, na_value=np.nan)
    kept = curves.loc[curves["run_id"].isin(list(wanted)) & np.isfinite(losses)]
    points = kept[["iteration", "test_loss"]].to_numpy(dtype=float)
    places = kept.groupby("run_id", sort=False).indices
    return {str(run_id): points[indices] for run_id, indices in places.items()}


def lines_of(runs: pd.DataFrame, points: dict[str, np.ndarray]) -> Lines:
    lines: Lines = {}
    for run_id, outcome in zip(runs["run_id"], runs["outcome"], strict=True):
        if run_id in points:
            name = outcome if outcome in OUTCOME_COLOURS else ""
            lines.setdefault(name, []).append(points[run_id])
    return lines


def draw_lines(panel: Axes, lines: Lines, as_pixels: bool) -> None:
    for outcome, runs in lines.items():
        alpha = min(0.9, max(0.25, 6 / len(runs)))
        colour = OUTCOME_COLOURS.get(outcome, GREY)
        panel.add_collection(
            LineCollection(runs, colors=colour, linewidths=0.7, alpha=alpha, rasterized=as_pixels),
            autolim=False,
        )
        alone = [run for run in runs if len(run) == 1]  # no line has a single point
        if alone:
            panel.plot(*np.concatenate(alone).T, ".", color=colour, alpha=alpha)


def set_losses(panel: Axes, losses: np.ndarray, barrier: float) -> bool:
    """Choose the scale of the shared y axis; whether a loss lies above it."""
    positive = losses[losses > 0]
    if not len(positive):
        return False
    highest = positive.max()
    if math.isfinite(barrier) and barrier > 0:
        highest = min(highest, DIVERGED_FACTOR * barrier)
    top = max(highest, barrier if math.isfinite(barrier) else highest)
    if top / positive.min() >= LOGARITHMIC:
        panel.set_yscale("log")
        panel.set_ylim(positive.min() / 1.1, top * 1.1)
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())
    else:
        panel.set_ylim(0, top * 1.05)
    return bool((losses > top).any())


def fallen(lines: Lines) -> str:
    """How many of a panel's runs with an outcome collapsed."""
    total = sum(len(runs) for name, runs in lines.items() if name)
    if not total:
        return "no outcome yet"
    return f"{sum(len(lines.get(name, ())) for name in FELL)} of {total} collapsed"


def legend_of(lines: dict[Cell, Lines], barrier: float) -> list[Line2D]:
    present = {outcome for found in lines.values() for outcome in found}
    handles = [
        Line2D([], [], color=OUTCOME_COLOURS[name], label=f"{letter}  {name}")
        for name, letter in LETTERS.items()
        if name in present
    ]
    if "" in present:
        handles.append(Line2D([], [], color=GREY, label=".  without an outcome"))
    if math.isfinite(barrier):
        label = f"barrier {barrier:.3f}"
        handles.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label=label))
    return handles
