"""How good a cell is: given that it learned, and whatever became of it."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, trim_mean

from results.errors import ConfigError
from results.statistics.methods.trimmed_means import DRAWS, trimmed_mean
from results.statistics.quality import TRIMMED, quality

figures = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def runs(
    values: list[float], learned: list[bool] | None = None, init_seeds: list[int] | None = None
) -> pd.DataFrame:
    seeds = list(range(len(values))) if init_seeds is None else init_seeds
    flags = [True] * len(values) if learned is None else learned
    frame = pd.DataFrame(
        {
            "width": 2,
            "run_id": [f"r{k:03d}" for k in range(len(values))],
            "init_seed": seeds,
            "data_seed": range(len(values)),
            "outcome": ["learned" if flag else "flat" for flag in flags],
            "iou": values,
        }
    )
    frame.attrs["axes"] = ["width"]
    return frame


def by_over(found: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of one cell: over those that learned, and over all."""
    assert found["over"].tolist() == ["learned", "all"]
    learned, everything = found.to_dict("records")
    return learned, everything


@settings(max_examples=50)
@given(figures)
def test_statistics_are_those_of_numpy_and_scipy(values: list[float]) -> None:
    array = np.array([*values, np.nan])
    assert trimmed_mean(array, 0.0) == pytest.approx(np.mean(values))
    assert trimmed_mean(array, 0.5) == pytest.approx(np.median(values))
    assert trimmed_mean(array, 0.25) == pytest.approx(trim_mean(values, 0.25))


def test_failures_are_in_one_row_and_not_in_the_other() -> None:
    learned, everything = by_over(quality(runs([0.8, 0.6, 0.0], [True, True, False])))
    assert (learned["runs"], learned["value"]) == (2, pytest.approx(0.7))
    assert (everything["runs"], everything["value"]) == (3, pytest.approx(1.4 / 3))
    assert everything["values"] == [0.8, 0.6, 0.0]
    assert everything["run_ids"] == ["r000", "r001", "r002"]
    assert math.isnan(everything["low"])


def test_without_axes_all_runs_are_one_cell() -> None:
    learned, everything = by_over(quality(runs([0.5, 0.1], [True, False]), []))
    assert (learned["run_ids"], everything["run_ids"]) == (["r000"], ["r000", "r001"])


def test_a_run_without_the_figure_is_missing_and_not_zero() -> None:
    _, everything = by_over(quality(runs([0.8, np.nan], [True, False])))
    assert (everything["runs"], everything["missing"], everything["value"]) == (1, 1, 0.8)


@pytest.mark.parametrize("statistic", list(TRIMMED))
def test_the_interval_is_the_bca_bootstrap_of_scipy(statistic: str) -> None:
    values = np.random.default_rng(0).beta(8, 2, size=25)
    row, _ = by_over(quality(runs(values.tolist()), statistic=statistic))  # pyright: ignore[reportArgumentType]
    functions = {
        "mean": np.mean,
        "median": np.median,
        "interquartile_mean": lambda x, axis: trim_mean(x, 0.25, axis=axis),
    }
    rng = np.random.default_rng(0)
    expected = bootstrap(
        (values,), functions[statistic], n_resamples=DRAWS, method="BCa", rng=rng, vectorized=True
    ).confidence_interval
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=1e-9)


@settings(max_examples=10)
@given(st.lists(st.floats(0, 1), min_size=10, max_size=20), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(values: list[float], seed: int) -> None:
    frame = runs(values)
    found = quality(frame)
    pd.testing.assert_frame_equal(quality(frame.sample(frac=1, random_state=seed)), found)
    row, _ = by_over(found)
    assert math.isnan(row["low"]) or row["low"] <= row["high"]


def test_repeating_every_run_of_a_seed_promises_no_more() -> None:
    values = np.random.default_rng(1).random(12).tolist()
    once, _ = by_over(quality(runs(values)))
    thrice, _ = by_over(quality(runs(values * 3, init_seeds=[*range(12)] * 3)))
    assert (thrice["low"], thrice["high"]) == pytest.approx((once["low"], once["high"]))
    assert (thrice["runs"], thrice["seeds"]) == (36, 12)


@pytest.mark.parametrize("values", [[0.5] * 12, [0.5] * 11 + [0.7], [0.1] * 9])
def test_figures_that_do_not_vary_or_few_seeds_warn_of_nothing(values: list[float]) -> None:
    row, _ = by_over(quality(runs(values), statistic="median"))
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_no_runs_are_no_rows_and_none_that_learned_has_no_figure() -> None:
    assert quality(runs([]), ["width"]).empty
    learned, everything = by_over(quality(runs([0.0, 0.1], [False, False])))
    assert math.isnan(learned["value"])
    assert (learned["runs"], everything["runs"]) == (0, 2)


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="dice"):
        quality(runs([0.5]), column="dice")
    with pytest.raises(ConfigError, match="mode"):
        quality(runs([0.5]), statistic="mode")  # pyright: ignore[reportArgumentType]
