"""Minima of windowed means against a loop in exact arithmetic."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.windows import reported_test_loss, windowed_minimum

finite = st.floats(min_value=0.0, max_value=1e6)
losses = st.lists(finite | st.sampled_from([math.nan, math.inf]), max_size=30)
windows = st.integers(min_value=1, max_value=12)


def naive(values: list[float], window: int) -> float | None:
    means = []
    for start in range(len(values) - window + 1):
        part = values[start : start + window]
        if all(map(math.isfinite, part)):
            means.append(sum(map(Fraction, part)) / window)
    return float(min(means)) if means else None


@given(st.lists(finite, max_size=30) | losses, windows)
def test_the_windowed_minimum_is_that_of_a_plain_loop(values: list[float], window: int) -> None:
    expected = naive(values, window)
    found = windowed_minimum(values, window)
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-12))


@given(st.lists(finite, max_size=30))
def test_a_window_longer_than_the_series_has_no_figure(values: list[float]) -> None:
    assert windowed_minimum(values, len(values) + 1) is None


def test_a_window_as_long_as_the_series_gives_its_mean() -> None:
    assert windowed_minimum([1.0, 2.0, 6.0], 3) == 3.0


def test_one_nan_spoils_only_the_windows_it_is_in() -> None:
    assert windowed_minimum([1.0, math.nan, 4.0, 2.0], 2) == 3.0
    assert windowed_minimum([1.0, math.nan, 4.0], 2) is None


def test_the_untrained_evaluation_does_not_count() -> None:
    assert reported_test_loss([0, 100, 200], [0.1, 0.5, 0.3], 1) == 0.3
    assert reported_test_loss([0, 100, 200], [0.1, 0.5, 0.3], 2) == 0.4
    assert reported_test_loss([0, 100, 200], [0.1, 0.5, 0.3], 3) is None


def test_a_resumed_curve_that_lacks_iteration_zero_counts_from_its_first() -> None:
    assert reported_test_loss([100, 200], [0.5, 0.3], 2) == 0.4


def test_iterations_and_losses_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        reported_test_loss([0, 100], [0.5], 1)
