"""Which seeds collapse in which cell: a square a run, coloured and lettered by its outcome."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from results.reports.figures.style import (
    MISSING_COLOUR,
    OUTCOME_COLOURS,
    SMALL,
    blank,
    cell_labels,
    framed,
    name_rows,
    row_height,
    saying,
    styled,
)
from results.reports.rows import LETTERS, seed_text
from results.statistics.cells import Cell, by_cell, finished, is_missing, teacher_seeds
from results.statistics.random_factors import several

TITLE = "Which seeds collapse in which cell"
MOST_ROWS, MOST_COLUMNS = 60, 25
"""Squares in which a letter can be read. More seeds go on in a further block of rows."""
LEAST_COLUMNS = 10
"""There is room for, so that a few squares are not drawn out."""
SQUARE = 0.30
"""Centimetres."""
MISSING = "."


@styled
def grid_figure(frame: pd.DataFrame, axes: Sequence[str], about: str = "") -> Figure:
    """Draw the outcome of every cell and seed.

    Args:
        frame: of `load_study`.
        axes: columns that name a cell.
        about: the study and its setting, said below: a figure leaves its report.
    """
    if finished(frame).empty:
        return saying(TITLE, "No run has an outcome yet.", about)
    teachers = teacher_seeds(frame)
    cells = by_cell(frame, axes)
    shown = list(cells)[:MOST_ROWS]
    columns = ["init_seed", "data_seed", *(["teacher_seed"] if several(teachers) else [])]
    seeds = seeds_of(frame, columns)
    blocks = max(1, MOST_ROWS // len(shown))
    shown_seeds = seeds[: blocks * MOST_COLUMNS]
    parts = [shown_seeds[k : k + MOST_COLUMNS] for k in range(0, len(shown_seeds), MOST_COLUMNS)]
    outcomes = {cell: outcomes_of(cells[cell], columns) for cell in shown}
    names = cell_labels(shown)
    figure = blank(0.8 + len(parts) * (len(shown) * row_height(names, SQUARE) + 0.8))
    panels = figure.subplots(len(parts), 1, squeeze=False)[:, 0]
    for panel, part in zip(panels, parts, strict=True):
        draw_block(panel, outcomes, part)
        panel.set_xlim(-0.5, max(LEAST_COLUMNS, len(parts[0])) - 0.5)
        panel.set_yticks(range(len(shown)), names, fontsize=SMALL)
    label = "seed" if all("/" not in seed for seed in shown_seeds) else "initial seed / data seed"
    panels[-1].set_xlabel(
        label + (", T the teacher's seed" if several(teachers) else ""), loc="left"
    )
    name_rows(panels[0], axes)
    handles = [
        Patch(color=OUTCOME_COLOURS[name], label=f"{letter}  {name}")
        for name, letter in LETTERS.items()
    ]
    handles.append(Patch(facecolor=MISSING_COLOUR, edgecolor="grey", label=f"{MISSING}  missing"))
    note = f"{about} {left_out(shown, list(cells), shown_seeds, seeds)}"
    framed(figure, TITLE, handles, note)
    return figure


def seeds_of(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Every set of seeds once, teacher by teacher; one number where both seeds are the same."""
    sets = pd.DataFrame(frame[list(columns)]).drop_duplicates()
    sets = sets.sort_values([*columns[2:], *columns[:2]])
    return [seed_text(row) for row in sets.to_dict("records")]


def outcomes_of(runs: pd.DataFrame, columns: Sequence[str]) -> dict[str, str | None]:
    """The outcome of each run of a cell by what its seeds are called."""
    rows = pd.DataFrame(runs[[*columns, "outcome"]]).to_dict("records")
    return {seed_text(row): None if is_missing(row["outcome"]) else row["outcome"] for row in rows}


def draw_block(
    panel: Axes, outcomes: Mapping[Cell, Mapping[str, str | None]], seeds: Sequence[str]
) -> None:
    """A row a cell and a column a seed."""
    colours = np.ones((len(outcomes), len(seeds), 3))
    for y, found in enumerate(outcomes.values()):
        for x, seed in enumerate(seeds):
            name = found.get(seed) or ""
            colours[y, x] = to_rgb(OUTCOME_COLOURS.get(name, MISSING_COLOUR))
            panel.text(
                x,
                y,
                LETTERS.get(name, MISSING),
                ha="center",
                va="center",
                fontsize=SMALL,
                color="white" if luminance(colours[y, x]) < 0.4 else "black",
            )
    edges = (np.arange(count + 1) - 0.5 for count in (len(seeds), len(outcomes)))
    panel.pcolormesh(*edges, colours, edgecolors="white", linewidth=0.8)
    turned = 90 if max(map(len, seeds)) > 2 else 0
    panel.set_xticks(range(len(seeds)), seeds, fontsize=SMALL, rotation=turned)
    panel.set_ylim(len(outcomes) - 0.5, -0.5)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.1)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def left_out(shown: list[Any], cells: list[Any], shown_seeds: list[str], seeds: list[str]) -> str:
    """What of it all is not in the picture."""
    parts = [
        f"the first {len(some)} of {len(everything)} {what}"
        for some, everything, what in ((shown, cells, "cells"), (shown_seeds, seeds, "seeds"))
        if len(some) < len(everything)
    ]
    return f"Shown: {' and '.join(parts)}." if parts else ""
