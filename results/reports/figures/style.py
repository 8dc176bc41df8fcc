"""How every figure looks: sizes, colours that all readers can tell apart, what a cell is called."""

import functools
import textwrap
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from results.statistics.cells import Cell
from results.text import printable

CENTIMETRE = 1 / 2.54
"""In inches, which is what matplotlib counts in."""
WIDTH = 10.0
"""Centimetres: a column of a paper."""
MARGIN, TITLE_LINE, LEGEND_LINE, NOTE_LINE, LABEL_LINE = 0.12, 0.40, 0.40, 0.30, 0.30
"""Centimetres."""
TEXT, SMALL = 7.0, 6.0
"""Points."""
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
"""Okabe and Ito (2008), Color Universal Design."""
GREY = "#7F7F7F"
OUTCOME_COLOURS = {
    "constant": VERMILLION,
    "flat": ORANGE,
    "uninformative": PURPLE,
    "learned": BLUE,
    "diverged": BLACK,
}
MISSING_COLOUR = "#F2F2F2"
FONT = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
LINE_CHARACTERS, MOST_LINES = 24, 3
"""Size of a cell's name; what goes beyond is left out of its middle."""

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "axes.titlesize": TEXT + 1,
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "lines.markersize": 4.0,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "stochasticity-study",
    "savefig.dpi": 200,
}

Arguments = ParamSpec("Arguments")


def styled(draw: Callable[Arguments, Any]) -> Callable[Arguments, Any]:
    """The same function, with this style in force whatever the user's own is."""

    @functools.wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        with style.context([STYLE], after_reset=True):
            return draw(*args, **kwargs)

    return drawn


def blank(height: float) -> Figure:
    """A figure for panels that are together that high, in centimetres; pyplot does not know it."""
    figure = Figure(figsize=(WIDTH * CENTIMETRE, height * CENTIMETRE))
    FigureCanvasAgg(figure)
    return figure


@styled
def saying(title: str, reason: str, about: str = "") -> Figure:
    """A figure where there is nothing to show, which says why."""
    figure = blank(1.5)
    figure.text(0.5, 0.4, wrapped(reason, 60), ha="center", va="center", color=GREY)
    framed(figure, title, note=about)
    return figure


def framed(
    figure: Figure, title: str, handles: Sequence[Artist] = (), note: str = "", columns: int = 3
) -> None:
    """Put the title and the legend above a figure's panels, and below them in small print what a
    reader must know; the figure grows by their heights."""
    title, note = wrapped(title, 58), wrapped(note, 85)
    titled = MARGIN + TITLE_LINE * len(title.splitlines())
    above = titled + LEGEND_LINE * ceil(len(handles) / columns) + MARGIN
    below = NOTE_LINE * len(note.splitlines()) + MARGIN
    panels = figure.get_figheight() / CENTIMETRE
    height = above + panels + below
    figure.set_figheight(height * CENTIMETRE)
    figure.set_layout_engine(
        ConstrainedLayoutEngine(rect=(0.01, below / height, 0.97, panels / height))
    )
    figure.text(0.01, 1 - MARGIN / height, title, va="top", fontsize=TEXT + 1, fontweight="bold")
    figure.text(0.01, MARGIN / height, note, va="bottom", fontsize=SMALL, color=GREY)
    if handles:
        figure.legend(
            handles=list(handles),
            loc="upper left",
            bbox_to_anchor=(0.0, 1 - titled / height),
            ncols=columns,
            handlelength=1.5,
            borderaxespad=0.2,
        )
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # placed once, for every format alike


def name_rows(panel: Axes, axes: Sequence[str]) -> None:
    """Say above the names of a panel's rows what they are of."""
    panel.annotate(
        folded(axes_text(axes)),
        (0, 1),
        xycoords="axes fraction",
        xytext=(-4, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=GREY,
    )


def wrapped(content: str, width: int) -> str:
    return "\n".join(textwrap.wrap(drawable(content), width))


def cell_labels(
    cells: Sequence[Cell], characters: int = LINE_CHARACTERS, axes: Sequence[str] = ()
) -> list[str]:
    """What each cell is called: its values, folded; `-` where an axis cannot matter.

    Args:
        cells: the axis values of each.
        characters: of a line.
        axes: where there is a single one, its name stands before each value.
    """
    before = f"{axes_text(axes)} = " if len(axes) == 1 else ""
    return [folded(before + " · ".join(map(value_text, cell)), characters) for cell in cells]


def row_height(labels: Sequence[str], least: float) -> float:
    """Centimetres in which the longest of the rows' names has room."""
    return max(least, LABEL_LINE * max(len(label.splitlines()) for label in labels))


def axes_text(axes: Sequence[str]) -> str:
    """What the values of a cell's name are of."""
    return " · ".join(axis.replace("start_from.", "start ").replace("_", " ") for axis in axes)


def value_text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def folded(content: str, characters: int = LINE_CHARACTERS) -> str:
    """At most three lines that say the beginning and the end of it."""
    lines = textwrap.wrap(drawable(content), characters) or [""]
    if len(lines) > MOST_LINES:
        lines = [lines[0], "…", lines[-1]]
    return "\n".join(lines)


def drawable(content: str) -> str:
    """The text with what the font does not have written out."""
    known = code_points()
    return "".join(c if ord(c) in known else ascii(c)[1:-1] for c in printable(content))


@functools.cache
def code_points() -> frozenset[int]:
    """The code points that the font has."""
    return frozenset(FT2Font(str(FONT)).get_charmap())
