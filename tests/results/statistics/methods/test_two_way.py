"""The interval of a rate whose runs share seeds and teachers."""

from collections.abc import Hashable
from itertools import product
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.formula.api import ols
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.methods.clustered import effective_wilson, shares_of
from results.statistics.methods.two_way import two_way_interval, variance_of_rate, wilson_ends
from results.statistics.methods.variance_components import weighted_components
from scripts.coverage import crossed_outcomes


def units(rows: int, columns: int) -> tuple[list[int], list[int]]:
    pairs = list(product(range(rows), range(columns)))
    return [row for row, _ in pairs], [column for _, column in pairs]


def interval_of(runs: list[tuple[bool, int, Hashable]]) -> tuple[float, float]:
    flags, seeds, others = zip(*runs, strict=True)
    return two_way_interval(flags, seeds, others)


@given(st.integers(2, 9), st.integers(2, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_variance_is_that_of_the_components(rows: int, columns: int, seed: int) -> None:
    """Var of the mean = s_a / I + s_b / J + s_e / (I J), s_b not below 0 (an independent way)."""
    table = np.random.default_rng(seed).random((rows, columns)) < 0.4
    a, b, e = weighted_components(table.astype(float), np.ones((1, rows)), np.ones((1, columns)))[0]
    expected = a / rows + max(b, 0.0) / columns + e / (rows * columns)
    variance, _ = variance_of_rate(table.ravel().tolist(), *units(rows, columns))
    assert variance == pytest.approx(expected, abs=1e-12)


@given(st.integers(2, 8), st.integers(2, 5), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_neither_order_nor_names_of_runs_matter(rows: int, columns: int, random: Random) -> None:
    seeds, others = units(rows, columns)
    runs: list[tuple[bool, int, Hashable]] = [
        (random.random() < 0.5, s, o) for s, o in zip(seeds, others, strict=True)
    ]
    first = interval_of(runs)
    random.shuffle(runs)
    again: list[tuple[bool, int, Hashable]] = [
        (flag, 100 - seed, f"teacher {other}") for flag, seed, other in runs
    ]
    assert interval_of(again) == pytest.approx(first)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_ends_are_wilsons(rate: float) -> None:
    expected = proportion_confint(rate * 20, 20, alpha=0.05, method="wilson")
    assert wilson_ends(rate, 20.0, float(norm.ppf(0.975))) == pytest.approx(expected, abs=1e-12)


def test_teachers_that_change_nothing_add_no_seeds() -> None:
    flags = [seed % 3 == 0 for seed in range(12) for _ in range(3)]
    seeds, teachers = units(12, 3)
    low, high = two_way_interval(flags, seeds, teachers)
    by_seed = effective_wilson(shares_of(flags, seeds))
    assert low < by_seed.low
    assert by_seed.high < high
    assert high - low < 1.15 * (by_seed.high - by_seed.low)  # Student's quantile for the normal one


def test_teachers_that_decide_everything_leave_nothing_known() -> None:
    seeds, teachers = units(20, 2)
    low, high = two_way_interval([teacher == 0 for teacher in teachers], seeds, teachers)
    assert low < 0.01
    assert high > 0.99


def test_runs_without_a_teacher_are_no_teacher_of_their_own() -> None:
    """Cells with hard labels beside crossed ones: the difference is the cell's, not a teacher's."""
    seeds, teachers = units(20, 4)
    flags = [seed < 10 for seed in seeds]
    alone = two_way_interval(flags, seeds, teachers)
    mixed = two_way_interval(
        [*flags, *[False] * 20], [*seeds, *range(20)], [*teachers, *[None] * 20]
    )
    assert mixed[1] - mixed[0] < 1.1 * (alone[1] - alone[0])


def test_a_table_with_a_hole_has_its_residual_from_least_squares() -> None:
    """Against statsmodels' additive model."""
    table = np.random.default_rng(5).random((6, 4)) < 0.5
    seeds, others = units(6, 4)
    flags = table.ravel().tolist()
    frame = pd.DataFrame(
        {"y": np.array(flags[:-1], dtype=float), "s": seeds[:-1], "o": others[:-1]}
    )
    fit = ols("y ~ C(s) + C(o)", frame).fit()
    squares = {
        name: (
            frame.groupby(name)["y"]
            .agg(["mean", "size"])
            .pipe(lambda g: (g["size"] * (g["mean"] - frame["y"].mean()) ** 2).sum() / (len(g) - 1))
        )
        for name in ("s", "o")
    }
    expected = (squares["s"] + max(squares["o"] - fit.mse_resid, 0.0)) / len(frame)
    assert variance_of_rate(flags[:-1], seeds[:-1], others[:-1])[0] == pytest.approx(expected)


def test_holes_in_the_table_are_allowed() -> None:
    seeds, teachers = units(12, 3)
    flags = [seed % 2 == 0 for seed in seeds]
    low, high = two_way_interval(flags[:-2], seeds[:-2], teachers[:-2])
    assert 0 < low < 0.5 < high < 1


@pytest.mark.parametrize(("teachers", "share"), [(5, 0.2), (10, 0.4)])
def test_the_truth_is_covered_where_seeds_and_teachers_matter(teachers: int, share: float) -> None:
    rng = np.random.default_rng(0)
    seeds, others = units(20, teachers)
    covered = 0
    for _ in range(400):
        fell = crossed_outcomes(20, teachers, 0.3, (0.5, share), rng)
        low, high = two_way_interval(fell.ravel().tolist(), seeds, others)
        covered += low <= 0.3 <= high
    assert covered / 400 >= 0.95 - 2 * (0.95 * 0.05 / 400) ** 0.5


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="confidence 2"):
        two_way_interval([True, False], [0, 0], [0, 1], 2)
