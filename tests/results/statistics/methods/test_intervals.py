"""Intervals of a proportion against statsmodels, scipy and published tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.methods.intervals import (
    INTERVAL_METHODS,
    IntervalMethod,
    proportion_interval,
)

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
methods = st.sampled_from(INTERVAL_METHODS)
confidences = st.floats(0.5, 0.999)


@pytest.mark.parametrize(
    ("method", "intervals"),
    [
        ("wilson", [(0.2553, 0.3662), (0.0624, 0.1605), (0.0000, 0.1611), (0.0061, 0.1718)]),
        (
            "clopper_pearson",
            [(0.2527, 0.3676), (0.0578, 0.1617), (0.0000, 0.1684), (0.0009, 0.1776)],
        ),
    ],
)
def test_values_of_newcombe_1998_table_1(
    method: IntervalMethod, intervals: list[tuple[float, float]]
) -> None:
    cases = [(81, 263), (15, 148), (0, 20), (1, 29)]
    found = [proportion_interval(*case, method) for case in cases]
    assert [(round(low, 4), round(high, 4)) for low, high in found] == intervals


@pytest.mark.parametrize(
    ("count", "interval"),
    [(2, (0.044, 0.503)), (3, (0.093, 0.606)), (4, (0.153, 0.696)), (5, (0.224, 0.776))],
)
def test_jeffreys_gives_the_values_of_brown_cai_dasgupta_2001_table_5(
    count: int, interval: tuple[float, float]
) -> None:
    low, high = proportion_interval(count, 10, "jeffreys")
    assert (round(low, 3), round(high, 3)) == interval


@given(counts, confidences)
def test_jeffreys_ends_are_quantiles_of_its_posterior(
    case: tuple[int, int], confidence: float
) -> None:
    count, total = case
    low, high = proportion_interval(count, total, "jeffreys", confidence)
    posterior, tail = beta(count + 0.5, total - count + 0.5), (1 - confidence) / 2
    assert low == pytest.approx(posterior.ppf(tail) if count else 0.0, abs=1e-6)
    assert high == pytest.approx(posterior.isf(tail) if count < total else 1.0, abs=1e-6)


@given(counts, confidences)
def test_the_exact_and_the_score_interval_are_those_of_scipy(
    case: tuple[int, int], confidence: float
) -> None:
    ours = proportion_interval(*case, "clopper_pearson", confidence)
    assert ours == pytest.approx(tuple(binomtest(*case).proportion_ci(confidence)), abs=1e-6)
    ours = proportion_interval(*case, "wilson", confidence)
    theirs = binomtest(*case).proportion_ci(confidence, method="wilson")
    assert ours == pytest.approx(tuple(theirs), abs=1e-6)


@given(counts, methods, confidences)
def test_the_interval_holds_its_rate(
    case: tuple[int, int], method: IntervalMethod, confidence: float
) -> None:
    count, total = case
    low, high = proportion_interval(count, total, method, confidence)
    assert 0.0 <= low <= count / total <= high <= 1.0
    assert count > 0 or low == 0.0
    assert count < total or high == 1.0


@given(counts, methods)
def test_not_happening_is_the_mirror_of_happening(
    case: tuple[int, int], method: IntervalMethod
) -> None:
    count, total = case
    low, high = proportion_interval(count, total, method)
    assert proportion_interval(total - count, total, method) == pytest.approx(
        (1 - high, 1 - low), abs=1e-9
    )


def test_wilson_takes_an_effective_number_of_seeds() -> None:
    found = proportion_interval(3.4, 12.75)
    assert found == pytest.approx(proportion_confint(3.4, 12.75, method="wilson"), abs=1e-12)
    with pytest.raises(ConfigError, match="whole numbers"):
        proportion_interval(3.4, 12.75, "clopper_pearson")


def test_nothing_counted_is_unknown() -> None:
    assert all(map(math.isnan, proportion_interval(0, 0)))


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((11, 10), "between 0 and the total"),
        ((-1, 10), "between 0 and the total"),
        ((1, 10, "wald"), "method 'wald'"),
        ((1, 10, "wilson", 95), "confidence 95"),
    ],
)
def test_what_cannot_be_is_named(arguments: tuple, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        proportion_interval(*arguments)
