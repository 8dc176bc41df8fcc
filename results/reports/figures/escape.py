"""How many seeds have escaped by an iteration, by cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.reports.figures.panels import MOST_PANELS, note_on, panels_for
from results.reports.figures.style import BLUE, GREY, framed, saying, styled
from results.statistics.cells import by_cell

TITLE = "Seeds that have learned by an iteration"
ROOM = 1.03
"""Of the axis beyond the last iteration: a step there would lie on the frame."""


@styled
def escape_figure(incidence: pd.DataFrame, axes: Sequence[str], about: str = "") -> Figure:
    """Draw the cumulative incidence of escape, a panel a cell, the other cells pale behind it.

    Args:
        incidence: a row a cell and iteration, up to the cell's horizon, with the axes,
            `iteration`, `incidence`, `low` and `high` (shares; NaN where there is no interval).
        axes: columns that name a cell.
        about: the study and its setting, said below: a figure leaves its report.
    """
    known = incidence.loc[incidence["incidence"].notna()]
    if known.empty:
        return saying(TITLE, "No run has an outcome yet.", about)
    cells = by_cell(known, axes)
    shown = list(cells)[:MOST_PANELS]
    steps = {cell: steps_of(cells[cell]) for cell in shown}
    last = max(step[-1, 0] for step in steps.values())
    figure, panels = panels_for(shown, axes, "seeds that learned")
    for panel, cell in zip(panels, shown, strict=True):
        for other in shown:
            if other != cell:
                x, y = steps[other][:, :2].T
                panel.step(x, y, where="post", color=GREY, alpha=0.5, linewidth=0.6, zorder=2.5)
        x, y, low, high = steps[cell].T
        panel.fill_between(x, low, high, step="post", color=BLUE, alpha=0.25, linewidth=0)
        panel.step(x, y, where="post", color=BLUE, linewidth=1.2)
        panel.set_xlim(0, ROOM * (last or 1))
        panel.set_ylim(0, 1.02)
        panel.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    has_band = any(np.isfinite(step[step[:, 0] > 0, 2:]).any() for step in steps.values())
    band = "Band: 95% interval." if has_band else "Too few seeds for an interval."
    others = " Grey: the other cells." if len(shown) > 1 else ""
    note = f"{about} {band}{others} {note_on(list(cells), axes)}"
    framed(figure, TITLE, note=note)
    return figure


def steps_of(rows: pd.DataFrame) -> np.ndarray:
    """Iteration, incidence, low, high in order; nobody has escaped at iteration 0."""
    names = ["iteration", "incidence", "low", "high"]
    found = rows.sort_values("iteration")[names].to_numpy(dtype=float)
    return found if found[0, 0] <= 0 else np.vstack([[0.0, 0.0, 0.0, 0.0], found])
