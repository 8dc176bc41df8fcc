"""A small panel for each cell, all with the same axes."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.reports.figures.style import TEXT, axes_text, blank, cell_labels
from results.statistics.cells import Cell

MOST_PANELS = 24
COLUMNS = {1: 1, 4: 2, 12: 3, MOST_PANELS: 4}
"""Panels beside each other, by how many there are at most."""
HEIGHTS = {1: 5.0, 2: 4.2, 3: 3.0, 4: 2.5}
"""Centimetres of a panel, by how many are beside each other."""
CHARACTERS = {1: 60, 2: 30, 3: 20, 4: 14}
"""Characters of a line of a panel's name."""


def panels_for(
    cells: Sequence[Cell], axes: Sequence[str], y_label: str
) -> tuple[Figure, list[Axes]]:
    """A figure and a panel for each of these cells, named after it, over iterations."""
    columns = next(columns for most, columns in COLUMNS.items() if len(cells) <= most)
    rows = ceil(len(cells) / columns)
    figure = blank(0.5 + rows * HEIGHTS[columns])
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(np.ravel(grid))
    for panel in panels[len(cells) :]:
        panel.remove()
    for panel in panels[max(0, len(cells) - columns) : len(cells)]:
        panel.tick_params(labelbottom=True)
        panel.set_xlabel("iteration")
    for panel in grid[:, 0]:
        panel.set_ylabel(y_label)
    names = cell_labels(cells, CHARACTERS[columns], axes)
    for panel, name in zip(panels, names, strict=False):
        panel.set_title(name, fontsize=TEXT)
        panel.locator_params(axis="x", nbins=3)
    return figure, panels[: len(cells)]


def note_on(cells: Sequence[Cell], axes: Sequence[str]) -> str:
    """What the panels' names are of (one axis they name themselves), and whether there are more
    cells than panels."""
    names = f"Panels: {axes_text(axes)}. " if len(axes) > 1 else ""
    more = f"The first {MOST_PANELS} of {len(cells)} cells. " if len(cells) > MOST_PANELS else ""
    return names + more
