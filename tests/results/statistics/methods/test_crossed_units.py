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
from results.statistics.methods.clustered import effective_wilson
from results.statistics.methods.crossed_units import crossed_interval, variance_parts
from results.statistics.methods.effective_number import wilson_ends
from results.statistics.methods.seed_shares import shares_of
from results.statistics.methods.variance_components import weighted_components
from scripts.coverage.draws import crossed_outcomes


def units(rows: int, columns: int) -> tuple[list[int], list[int]]:
    pairs = list(product(range(rows), range(columns)))
    return [row for row, _ in pairs], [column for _, column in pairs]


def interval_of(runs: list[tuple[bool, int, Hashable]]) -> tuple[float, float]:
    flags, seeds, others = zip(*runs, strict=True)
    return crossed_interval(flags, seeds, [others])


@given(st.integers(2, 9), st.integers(2, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_variance_is_that_of_the_components(rows: int, columns: int, seed: int) -> None:
    """Var of the mean = s_a / I + s_b / J + s_e / (I J), s_b not below 0 (an independent way)."""
    table = np.random.default_rng(seed).random((rows, columns)) < 0.4
    a, b, e = weighted_components(table.astype(float), np.ones((1, rows)), np.ones((1, columns)))[0]
    expected = a / rows + max(b, 0.0) / columns + e / (rows * columns)
    parts = variance_parts(table.ravel().tolist(), units(rows, columns))
    variance = sum(part for part, _ in parts)
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
    low, high = crossed_interval(flags, seeds, [teachers])
    by_seed = effective_wilson(shares_of(flags, seeds))
    assert low < by_seed.low
    assert by_seed.high < high
    assert high - low < 1.15 * (by_seed.high - by_seed.low)  # Student's quantile for the normal one


def test_teachers_that_decide_everything_leave_nothing_known() -> None:
    seeds, teachers = units(20, 2)
    low, high = crossed_interval([teacher == 0 for teacher in teachers], seeds, [teachers])
    assert low < 0.01
    assert high > 0.99


def test_runs_without_a_teacher_are_no_teacher_of_their_own() -> None:
    """Cells with hard labels beside crossed ones: the difference is the cell's, not a teacher's."""
    seeds, teachers = units(20, 4)
    flags = [seed < 10 for seed in seeds]
    alone = crossed_interval(flags, seeds, [teachers])
    mixed = crossed_interval(
        [*flags, *[False] * 20], [*seeds, *range(20)], [[*teachers, *[None] * 20]]
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
    frame["residual"] = frame["y"] - frame["y"].mean()
    clustered = {
        name: sum(frame.loc[frame[name] == unit, "residual"].sum() ** 2 for unit in range(6))
        / (len(frame) ** 2 - sum(sum(frame[name] == unit) ** 2 for unit in range(6)))
        for name in ("s", "o")
    }
    expected = [clustered["s"], max(clustered["o"] - fit.mse_resid / len(frame), 0.0)]
    parts = variance_parts(flags[:-1], [seeds[:-1], others[:-1]])
    assert [part for part, _ in parts] == pytest.approx(expected)


def test_holes_in_the_table_are_allowed() -> None:
    seeds, teachers = units(12, 3)
    flags = [seed % 2 == 0 for seed in seeds]
    low, high = crossed_interval(flags[:-2], seeds[:-2], [teachers[:-2]])
    assert 0 < low < 0.5 < high < 1


@pytest.mark.parametrize(("teachers", "share"), [(5, 0.2), (10, 0.4)])
def test_the_truth_is_covered_where_seeds_and_teachers_matter(teachers: int, share: float) -> None:
    rng = np.random.default_rng(0)
    seeds, others = units(20, teachers)
    covered = 0
    for _ in range(400):
        fell = crossed_outcomes(20, teachers, 0.3, (0.5, share), rng)
        low, high = crossed_interval(fell.ravel().tolist(), seeds, [others])
        covered += low <= 0.3 <= high
    assert covered / 400 >= 0.95 - 2 * (0.95 * 0.05 / 400) ** 0.5


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="confidence 2"):
        crossed_interval([True, False], [0, 0], [[0, 1]], 2)


def three_ways(sizes: tuple[int, int, int], shares: tuple[float, ...], rate: float, seed: int):
    """Runs of init seeds x data seeds x teachers, each with its share of a latent variance."""
    rng = np.random.default_rng(seed)
    shapes = ((sizes[0], 1, 1), (1, sizes[1], 1), (1, 1, sizes[2]), sizes)
    parts = (*shares, 1 - sum(shares))
    drawn = (p**0.5 * rng.normal(size=shape) for p, shape in zip(parts, shapes, strict=True))
    fell = sum(drawn) < norm.ppf(rate)
    return fell.ravel().tolist(), [axis.ravel().tolist() for axis in np.indices(sizes)]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_parts_of_three_kinds_bound_the_variance_of_the_components(seed: int) -> None:
    """With a component for each kind and for single runs, no part is below what it adds."""
    flags, (seeds, data, teachers) = three_ways((6, 4, 3), (0.3, 0.2, 0.2), 0.4, seed)
    parts = variance_parts(flags, [seeds, data, teachers])
    assert [freedom for _, freedom in parts] == pytest.approx([5, 3, 2])
    frame = pd.DataFrame({"y": np.array(flags, float), "s": seeds, "d": data, "t": teachers})
    rest = ols("y ~ C(s) + C(d) + C(t)", frame).fit().mse_resid
    for (part, _), name, number in zip(parts, "sdt", (6, 4, 3), strict=True):
        means = [frame.loc[frame[name] == unit, "y"].mean() for unit in range(number)]
        between = np.var(means, ddof=1) / number
        expected = between if name == "s" else max(between - rest / 72, 0.0)
        assert part == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sizes", [(10, 5, 5), (20, 5, 10)])
def test_the_truth_is_covered_where_seeds_data_order_and_teachers_matter(
    sizes: tuple[int, int, int],
) -> None:
    covered = 0
    for seed in range(300):
        flags, (seeds, *others) = three_ways(sizes, (0.3, 0.2, 0.2), 0.3, seed)
        low, high = crossed_interval(flags, seeds, others)
        covered += low <= 0.3 <= high
    assert covered / 300 >= 0.95 - 2 * (0.95 * 0.05 / 300) ** 0.5


@pytest.mark.parametrize(("seeds", "data_seeds"), [(20, 3), (10, 3), (10, 5)])
def test_data_seeds_are_random_too(seeds: int, data_seeds: int) -> None:
    """Clustered by init seed alone it would cover 80 to 85%."""
    init, data = units(seeds, data_seeds)
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        fell = crossed_outcomes(seeds, data_seeds, 0.4, (0.4, 0.4), rng).ravel().tolist()
        low, high = crossed_interval(fell, init, [data])
        covered += low <= 0.4 <= high
    assert covered / 400 >= 0.93


def test_a_unit_of_few_runs_adds_what_they_are_worth() -> None:
    """Three data seeds that most runs share, and ten that have one run each: the degrees of freedom
    are those of so many equal ones, and the three decide."""
    seeds, data = units(20, 3)
    more = [*seeds, *range(20, 30)], [*data, *range(3, 13)]
    flags = [[one == 0 for one in kind] for kind in (data, more[1])]
    alone, beside = (
        variance_parts(f, u)[1] for f, u in zip(flags, ((seeds, data), more), strict=True)
    )
    assert beside[0] == pytest.approx(alone[0], rel=0.35)
    assert beside[1] == pytest.approx(70**2 / (3 * 20**2 + 10) - 1)
