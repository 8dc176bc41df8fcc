"""Figures show every cell or say what they leave out, and never fail for want of data."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from results.ledger.storage import Storage
from results.reports.figures.curves import curves_figure
from results.reports.figures.escape import escape_figure
from results.reports.figures.grid import grid_figure
from results.reports.figures.rates import rates_figure
from results.reports.figures.smoothed import smoothed_figure
from results.reports.figures.style import OUTCOME_COLOURS, cell_labels
from results.reports.figures.writer import image, write_figure

NAN = float("nan")


def frame_of(cells: int, seeds: int, outcomes: tuple[object, ...]) -> pd.DataFrame:
    """Outcomes in turn, over an axis `width`."""
    frame = pd.DataFrame(
        [
            {
                "width": cell,
                "init_seed": seed,
                "data_seed": seed,
                "run_id": f"{cell}-{seed}",
                "outcome": outcomes[(cell + seed) % len(outcomes)],
            }
            for cell in range(cells)
            for seed in range(seeds)
        ]
    )
    frame["outcome"] = frame["outcome"].astype(object)
    frame.attrs["axes"] = ["width"]
    return frame


def curves_of(frame: pd.DataFrame, losses: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"run_id": run_id, "iteration": 100 * k, "test_loss": loss}
            for run_id in frame["run_id"]
            for k, loss in enumerate(losses)
        ]
    )


def said_in(figure: Figure) -> str:
    """The words of a figure, as its SVG has them."""
    return image(figure, "svg").decode()


def rates_of(cells: int, low: float = 0.2, high: float = 0.6) -> pd.DataFrame:
    return pd.DataFrame(
        [(cell, 4, 10, low, high) for cell in range(cells)],
        columns=["width", "count", "total", "low", "high"],
    )


@pytest.mark.parametrize("cells", [1, 7, 30])
def test_rates_say_every_count(cells: int) -> None:
    paper = [{"cell": {"width": 0}, "count": 2, "total": 3}]
    said = said_in(rates_figure(rates_of(cells), ["width"], paper))
    assert said.count("4 of 10") == cells
    assert said.count("(2 of 3)") == 1
    assert "rate, 95% interval" in said
    assert "too few seeds" not in said


def test_a_count_without_an_interval_is_no_rate() -> None:
    said = said_in(rates_figure(rates_of(2, NAN, NAN), ["width"]))
    assert "count: too few seeds for a rate" in said
    assert "95% interval" not in said


def test_the_grid_has_a_letter_for_every_run() -> None:
    frame = frame_of(6, 5, ("constant", "flat", "uninformative", "learned", "diverged", None))
    (panel,) = grid_figure(frame, ["width"]).axes
    letters = [text.get_text() for text in panel.texts if text.get_text() != "width"]
    assert {letter: letters.count(letter) for letter in "CfuLD."} == dict.fromkeys("CfuLD.", 5)


def test_many_seeds_go_on_in_a_further_block() -> None:
    figure = grid_figure(frame_of(2, 60, ("learned",)), ["width"])
    assert len(figure.axes) == 3
    assert "Shown:" not in said_in(figure)


def test_what_is_left_out_is_said() -> None:
    frame = frame_of(70, 30, ("learned", "flat"))
    said = said_in(grid_figure(frame, ["width"]))
    assert "the first 60 of 70 cells and the first 25 of 30 seeds" in said
    assert "first 60 of 70 cells" in said_in(rates_figure(rates_of(70), ["width"]))
    few = frame_of(30, 1, ("learned",))
    assert "first 24 of 30 cells" in said_in(curves_figure(few, curves_of(few, [1, 0.5]), 0.48))


def test_curves_are_coloured_by_outcome_and_the_barrier_is_there() -> None:
    frame = frame_of(1, 4, ("learned", "constant"))
    figure = curves_figure(frame, curves_of(frame, [0.7, 0.5, 0.4]), 0.48)
    (panel,) = figure.axes
    assert sum(len(lines.get_segments()) for lines in panel.collections) == 4
    (barrier,) = panel.lines
    assert list(np.asarray(barrier.get_ydata())) == [0.48, 0.48]
    assert panel.get_yscale() == "linear"
    said = said_in(figure)
    assert "2 of 4 collapsed" in said
    assert OUTCOME_COLOURS["constant"].lower() in said


def test_losses_of_several_sizes_are_on_a_logarithmic_scale() -> None:
    frame = frame_of(1, 1, ("diverged",))
    figure = curves_figure(frame, curves_of(frame, [0.7, NAN, 0.01, 1e9]), 0.48)
    (panel,) = figure.axes
    assert panel.get_yscale() == "log"
    assert panel.get_ylim()[1] == pytest.approx(4.8 * 1.1)
    assert "Losses above 10 barriers lie outside" in said_in(figure)


def test_escape_is_a_step_a_cell() -> None:
    incidence = pd.DataFrame(
        [(w, i, s, s / 2, 1.0) for w in (1, 2) for i, s in ((0, 0.0), (100, 0.25), (200, 0.5))],
        columns=["width", "iteration", "incidence", "low", "high"],
    )
    figure = escape_figure(incidence, ["width"])
    assert len(figure.axes) == 2
    for panel in figure.axes:
        assert list(np.asarray(panel.lines[-1].get_ydata())) == [0.0, 0.25, 0.5]
        assert panel.get_xlim()[1] > 205  # the step at 200 does not lie on the frame


def test_a_smoothed_curve_has_the_means_of_the_paper_and_says_its_window() -> None:
    frame = frame_of(1, 2, ("learned",)).assign(eval_every=300)
    curves = curves_of(frame, [9.0, 1.0, 2.0, 4.0, 6.0])
    figure = smoothed_figure(frame, curves, 2, 0.48)
    (panel,) = figure.axes
    (lines,) = panel.collections
    assert isinstance(lines, LineCollection)
    for segment in lines.get_segments():
        assert segment.tolist() == [[200, 1.5], [300, 3.0], [400, 5.0]]
    said = " ".join(said_in(figure).split())
    assert "mean of the last beta_t = 2 evaluations, one every n_t = 300" in said
    assert "does not fit" not in said


def test_a_run_too_short_for_the_window_is_the_mean_of_all_it_has_and_is_seen() -> None:
    frame = frame_of(1, 2, ("learned",)).assign(eval_every=300)
    long, short = curves_of(frame, [9.0, 1.0, 3.0, 5.0, 7.0]), curves_of(frame, [9.0, 1.0, 2.0])
    curves = pd.concat([long.loc[long["run_id"] == "0-0"], short.loc[short["run_id"] == "0-1"]])
    figure = smoothed_figure(frame, curves, 3, 0.48)
    (panel,) = figure.axes
    point = panel.lines[0]
    assert np.asarray(point.get_xydata()).tolist() == [[200, 1.5]]
    assert point.get_marker() == "."
    said = " ".join(re.sub("<[^>]*>", " ", said_in(figure)).split())
    assert "That window does not fit 1 of 2 runs: theirs is the longest that does, of all 2" in said


EMPTY = frame_of(2, 3, (None,))
NO_CURVES = pd.DataFrame({"run_id": [], "iteration": [], "test_loss": []})


@pytest.mark.parametrize(
    "figure",
    [
        rates_figure(rates_of(0), ["width"]),
        grid_figure(EMPTY, ["width"]),
        curves_figure(EMPTY, NO_CURVES, NAN),
        smoothed_figure(EMPTY.assign(eval_every=None), NO_CURVES, 5, NAN),
        escape_figure(
            pd.DataFrame(columns=["width", "iteration", "incidence", "low", "high"]), ["width"]
        ),
    ],
)
def test_nothing_to_show_is_said(figure: Figure) -> None:
    assert "No run has" in said_in(figure)


def test_no_name_is_taken_for_mathematics_or_lacks_a_glyph() -> None:
    rates = rates_of(1)
    rates["width"] = ["$x_1$ \x1b[31m 漢字"]
    said = said_in(rates_figure(rates, ["width"]))
    assert "$x_1$" in said
    assert "\\u6f22" in said


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    (label,) = cell_labels([("begin " + "x " * 100 + "end",)])
    assert len(label.splitlines()) == 3
    assert label.startswith("begin")
    assert label.endswith("end")


def test_the_same_figure_is_the_same_bytes(tmp_path) -> None:
    frame = frame_of(2, 5, ("learned", "flat"))
    for place in ("a", "b"):
        storage = Storage(str(tmp_path / place))
        paths = write_figure(storage, "reports/s/grid", grid_figure(frame, ["width"]))
        assert paths == [
            str(tmp_path / place / f"reports/s/grid.{kind}") for kind in ("png", "svg")
        ]
    for kind in ("png", "svg"):
        first, second = (tmp_path / place / f"reports/s/grid.{kind}" for place in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    assert "<text" in (tmp_path / "a/reports/s/grid.svg").read_text()


def test_a_figure_says_whose_runs_it_shows() -> None:
    about = "widths: Profile laptop, data phantom, horizon H = 2000 iterations."
    frame = frame_of(2, 2, ("learned",))
    for figure in (
        rates_figure(rates_of(2), ["width"], about=about),
        grid_figure(frame, ["width"], about),
        curves_figure(frame, curves_of(frame, [0.7, 0.5, 0.4]), 0.48, about),
        grid_figure(EMPTY, ["width"], about),
    ):
        assert about in " ".join(said_in(figure).split())
