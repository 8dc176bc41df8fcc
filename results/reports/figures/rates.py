"""How often a run falls: a dot and its interval for each cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from results.reports.figures.style import (
    BLUE,
    ORANGE,
    SMALL,
    axes_text,
    blank,
    cell_labels,
    framed,
    name_rows,
    row_height,
    saying,
    styled,
)
from results.statistics.cells import Cell, cells_in

TITLE = "How often a run falls into the minimum"
UPRIGHT_CELLS, UPRIGHT_CHARACTERS = 8, 7
"""With more cells or longer names, cells lie below each other."""
MOST_CELLS = 60
ROW = 0.45
"""Centimetres."""
BESIDE = 0.2
"""The paper's marker lies that far from a cell's own, cells being 1 apart."""

Counts = tuple[int, int]


@styled
def rates_figure(
    rates: pd.DataFrame,
    axes: Sequence[str],
    paper_counts: Sequence[Mapping[str, Any]] = (),
    about: str = "",
) -> Figure:
    """Draw the rate of every cell.

    Args:
        rates: a row a cell with the axes, `count`, `total`, `low` and `high` (shares; NaN where
            there are too few seeds for an interval).
        axes: columns that name a cell.
        paper_counts: the paper's, each with `cell` (axis values), `count` and `total`.
        about: the study and its setting, said below: a figure leaves its report.
    """
    rates = rates.loc[rates["total"] > 0]
    if rates.empty:
        return saying(TITLE, "No run has an outcome yet.", about)
    shown = rates.head(MOST_CELLS)
    cells = cells_in(shown, axes)
    names = cell_labels(cells)
    paper = paper_of(cells, axes, paper_counts)
    upright = len(cells) <= UPRIGHT_CELLS and max(map(len, names)) <= UPRIGHT_CHARACTERS
    figure = blank(5.5 if upright else 1.5 + row_height(names, ROW) * len(cells))
    panel = figure.subplots()
    has_interval = pd.Series(shown["low"].notna() & shown["high"].notna())
    draw_rates(panel, shown, has_interval, upright)
    if paper:
        draw_paper(panel, paper, upright)
    counts = [
        f"{int(count)} of {int(total)}"
        for count, total in zip(shown["count"], shown["total"], strict=True)
    ]
    (name_cells_below if upright else name_cells_beside)(panel, names, counts, paper)
    if upright:
        panel.set_xlabel(axes_text(axes))
    else:
        name_rows(panel, axes)
    more = len(rates) > len(shown)
    cut = f" The first {MOST_CELLS} of {len(rates)} cells." if more else ""
    framed(figure, TITLE, legend_of(has_interval, bool(paper)), about + cut, columns=2)
    return figure


def paper_of(
    cells: Sequence[Cell], axes: Sequence[str], paper_counts: Sequence[Mapping[str, Any]]
) -> dict[int, Counts]:
    """The paper's counts by the place of their cell."""
    known = {
        tuple(counts["cell"].get(axis) for axis in axes): (counts["count"], counts["total"])
        for counts in paper_counts
        if counts["total"]
    }
    return {place: known[cell] for place, cell in enumerate(cells) if cell in known}


def draw_rates(panel: Axes, rates: pd.DataFrame, has_interval: pd.Series, upright: bool) -> None:
    places = np.arange(len(rates))
    shares = (rates["count"] / rates["total"]).to_numpy(dtype=float)
    ends = rates[["low", "high"]].to_numpy(dtype=float)
    sure = has_interval.to_numpy(dtype=bool)
    lines = panel.vlines if upright else panel.hlines
    lines(places[sure], ends[sure, 0], ends[sure, 1], color=BLUE, linewidth=1.5)
    for chosen, face in ((sure, BLUE), (~sure, "white")):
        if chosen.any():
            xy = (places[chosen], shares[chosen])
            panel.plot(*(xy if upright else xy[::-1]), "o", color=BLUE, mfc=face, clip_on=False)


def draw_paper(panel: Axes, paper: Mapping[int, Counts], upright: bool) -> None:
    places = np.array(list(paper), dtype=float) + BESIDE
    shares = [count / total for count, total in paper.values()]
    xy = (places, shares) if upright else (shares, places)
    panel.plot(*xy, "D", color=ORANGE, mfc="white", markersize=3.5, clip_on=False)


def name_cells_below(
    panel: Axes, names: Sequence[str], counts: Sequence[str], paper: Mapping[int, Counts]
) -> None:
    labels = [f"{name}\n{count}" for name, count in zip(names, counts, strict=True)]
    for place, (count, total) in paper.items():
        labels[place] += f"\n({count} of {total})"
    panel.set_xticks(range(len(names)), labels)
    panel.set_xlim(-0.5, len(names) - 0.5)
    panel.set_ylim(-0.02, 1.02)
    panel.yaxis.set_major_formatter(percent)
    panel.set_ylabel("runs that collapsed")


def name_cells_beside(
    panel: Axes, names: Sequence[str], counts: Sequence[str], paper: Mapping[int, Counts]
) -> None:
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_xlim(-0.02, 1.02)
    panel.xaxis.set_major_formatter(percent)
    panel.set_xlabel("runs that collapsed")
    for place, count in enumerate(counts):
        theirs = "({} of {})".format(*paper[place]) if place in paper else ""
        panel.annotate(
            f"{count} {theirs}".strip(),
            (1.02, place),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )


def percent(share: float, _: float) -> str:
    return f"{100 * share:.0f}%"


def legend_of(has_interval: pd.Series, with_paper: bool) -> list[Line2D]:
    """What the marks mean that are there."""
    marks = []
    if has_interval.any():
        marks.append(Line2D([], [], marker="o", color=BLUE, lw=1.5, label="rate, 95% interval"))
    if not has_interval.all():
        marks.append(hollow("o", BLUE, 4.0, "count: too few seeds for a rate"))
    if with_paper:
        marks.append(hollow("D", ORANGE, 3.5, "(the paper's count)"))
    return marks


def hollow(marker: str, colour: str, size: float, label: str) -> Line2D:
    return Line2D([], [], marker=marker, color=colour, mfc="white", ls="", ms=size, label=label)
