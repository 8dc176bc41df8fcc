"""Exact power against scipy's own tests table by table, simulation, and published sample sizes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint, proportion_effectsize

from results.errors import ConfigError
from results.statistics.methods.exact_paired import exact_paired_p
from results.statistics.methods.exact_unpaired import exact_unpaired_p
from results.statistics.methods.power import (
    discordant,
    greatest_correlation,
    paired_power,
    seeds_for_width,
    seeds_to_tell_apart,
    unpaired_power,
)
from results.statistics.methods.rejection_regions import (
    barnard_reaches,
    barnard_rejects,
    fisher_rejects,
    paired_least,
)


def tables(seeds: int) -> list[tuple[int, int, list[list[int]]]]:
    return [
        (a, b, [[a, b], [seeds - a, seeds - b]]) for a in range(seeds + 1) for b in range(seeds + 1)
    ]


def fisher_p(table: list[list[int]]) -> float:
    return fisher_exact(table).pvalue  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("seeds", [1, 2, 5, 12])
def test_fisher_rejects_what_scipy_rejects(seeds: int, alpha: float) -> None:
    rejected = fisher_rejects(seeds, alpha)
    for a, b, table in tables(seeds):
        assert rejected[a, b] == (fisher_p(table) <= alpha), (a, b)


@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("seeds", [1, 3, 6, 9])
def test_what_is_rejected_has_a_small_p(seeds: int, alpha: float) -> None:
    rejected = barnard_rejects(seeds, alpha)
    for a, b, _ in tables(seeds):
        assert rejected[a, b] == (exact_unpaired_p(a, seeds, b, seeds) < alpha), (a, b)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 6])
@pytest.mark.parametrize("pair", [(0.5, 0.1), (0.9, 0.3), (0.4, 0.39), (0.0, 1.0), (0.0, 0.0)])
def test_whether_a_power_is_reached_is_told_as_by_the_power(
    pair: tuple[float, float], alpha: float
) -> None:
    for seeds in (1, 2, 3, 5, 8, 13, 21, 34, 55, 90):
        exact = unpaired_power(*pair, seeds, alpha=alpha)
        for power in (1e-9, 0.3, 0.8, 0.99, exact - 1e-9, exact + 1e-9):
            if 0.0 < power < 1.0:
                reached = barnard_reaches(*pair, seeds, alpha, power)
                assert reached == (exact >= power), (seeds, power)


@pytest.mark.parametrize("seeds", [2, 7, 13, 14, 22, 40, 66, 92, 117])
def test_the_unpaired_test_has_its_size_and_treats_both_outcomes_alike(seeds: int) -> None:
    """Rounding makes no table more extreme than its mirror."""
    rejected = barnard_rejects(seeds, 0.05)
    assert np.array_equal(rejected, rejected.T)
    assert np.array_equal(rejected, rejected[::-1, ::-1])
    rates = np.linspace(0, 1, 1001)
    chances = binom.pmf(np.arange(seeds + 1), seeds, rates[:, None])
    assert np.sum((chances @ rejected) * chances, axis=1).max() <= 0.05
    assert unpaired_power(0.9, 0.5, seeds) == pytest.approx(unpaired_power(0.1, 0.5, seeds))


@pytest.mark.parametrize("seeds", [4, 10, 25, 60])
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.77])
def test_equal_rates_are_told_apart_in_at_most_alpha(rate: float, seeds: int) -> None:
    fisher = unpaired_power(rate, rate, seeds, test="fisher")
    exact = unpaired_power(rate, rate, seeds)
    assert fisher <= 0.05
    assert exact <= 0.05 + 1e-6
    assert paired_power(rate, rate, seeds, correlation=0.3) <= 0.05


def paired_outcomes(
    first: float, second: float, seeds: int, correlation: float, studies: int
) -> tuple[np.ndarray, np.ndarray]:
    """How many seeds of each study fell in one of the cells only."""
    only_first, only_second = discordant(first, second, correlation)
    counts = np.random.default_rng(1).multinomial(
        seeds, [only_first, only_second, 1 - only_first - only_second], size=studies
    )
    return counts[:, 0], counts[:, 1]


@pytest.mark.parametrize(
    ("first", "second", "seeds", "correlation"),
    [(0.5, 0.1, 20, 0.0), (0.3, 0.1, 40, 0.4), (0.6, 0.5, 30, -0.5), (0.2, 0.9, 8, 0.0)],
)
def test_paired_power_is_that_of_simulated_studies(
    first: float, second: float, seeds: int, correlation: float
) -> None:
    studies = 1000
    ones, others = paired_outcomes(first, second, seeds, correlation, studies)
    found = [
        exact_paired_p(b, c, seeds) < 0.05
        for b, c in zip(ones.tolist(), others.tolist(), strict=True)
    ]
    exact = paired_power(first, second, seeds, correlation=correlation)
    standard_error = math.sqrt(exact * (1 - exact) / studies)
    assert abs(np.mean(found) - exact) < 4 * standard_error


def test_unpaired_power_is_that_of_simulated_studies() -> None:
    rng, studies = np.random.default_rng(1), 500
    first, second = rng.binomial(30, 0.4, studies), rng.binomial(30, 0.1, studies)
    found = [
        fisher_p([[a, b], [30 - a, 30 - b]]) <= 0.05 for a, b in zip(first, second, strict=True)
    ]
    exact = unpaired_power(0.4, 0.1, 30, test="fisher")
    assert abs(np.mean(found) - exact) < 4 * math.sqrt(exact * (1 - exact) / studies)


@pytest.mark.parametrize("pair", [(0.5, 0.4), (0.2, 0.1)])
def test_many_seeds_are_those_of_the_normal_approximation(pair: tuple[float, float]) -> None:
    normal = NormalIndPower().solve_power(proportion_effectsize(*pair), alpha=0.05, power=0.8)
    found = seeds_to_tell_apart(*pair, paired=False)
    assert found is not None
    assert found == pytest.approx(normal, rel=0.06)


@pytest.mark.parametrize(
    ("pair", "published"), [((0.3, 0.1), 72), ((0.5, 0.1), 25), ((0.5, 0.3), 103)]
)
def test_fisher_is_near_the_corrected_approximation_of_fleiss(
    pair: tuple[float, float], published: int
) -> None:
    """The formula of Fleiss, Tytun and Ury 1980, alpha 0.05 two-sided, power 0.8; it errs on the
    safe side."""
    found = seeds_to_tell_apart(*pair, paired=False, test="fisher")
    assert found is not None
    assert published - 4 <= found <= published


def test_the_paired_test_takes_no_more_seeds_than_the_approximation_of_connor_1987() -> None:
    """(z_a sqrt(D) + z_b sqrt(D - d^2))^2 / d^2 with D = 0.25 differing, d = 0.15: n = 85.
    McNemar's conditional test takes up to 1 / d more (Connor's corrected form)."""
    z_level, z_power, different, difference = 1.959964, 0.841621, 0.25, 0.15
    root = z_level * math.sqrt(different) + z_power * math.sqrt(different - difference**2)
    connor = root**2 / difference**2
    assert math.ceil(connor) == 85
    first, second = 0.5, 0.35
    both = 0.3
    spread = math.sqrt(first * (1 - first) * second * (1 - second))
    found = seeds_to_tell_apart(
        first, second, paired=True, correlation=(both - first * second) / spread
    )
    assert found is not None
    assert connor - 6 <= found <= connor + 1


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 6, 0.3])
@pytest.mark.parametrize("seeds", [1, 4, 7, 20])
def test_the_paired_region_is_that_of_the_p_value(seeds: int, alpha: float) -> None:
    for differ, least in enumerate(paired_least(seeds, alpha).tolist()):
        for more in range((differ + 1) // 2, differ + 1):
            rejected = exact_paired_p(more, differ - more, seeds) < alpha
            assert rejected == (more >= least), (more, differ)


def test_the_paired_test_has_its_size_whatever_share_of_seeds_differs() -> None:
    shares = np.linspace(0, 1, 2001)[:, None]
    for seeds in range(2, 61):
        totals, least = np.arange(seeds + 1), paired_least(seeds, 0.05)
        rejected = binom.sf(least - 1, totals, 0.5) * 2
        assert (binom.pmf(totals, seeds, shares) @ rejected).max() < 0.05


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("pair", [(0.5, 0.1), (0.9, 0.2), (0.4, 0.05)])
def test_no_fewer_seeds_do(pair: tuple[float, float], paired: bool) -> None:
    found = seeds_to_tell_apart(*pair, paired=paired)
    assert found is not None
    power = paired_power if paired else unpaired_power
    assert power(*pair, found) >= 0.8
    assert all(power(*pair, seeds) < 0.8 for seeds in range(1, found))


def test_seeds_that_fall_together_tell_cells_apart_with_fewer() -> None:
    most = greatest_correlation(0.3, 0.1)
    assert discordant(0.3, 0.1, most) == pytest.approx((0.2, 0.0))
    independent = seeds_to_tell_apart(0.3, 0.1, paired=True)
    together = seeds_to_tell_apart(0.3, 0.1, paired=True, correlation=most)
    assert independent is not None
    assert together is not None
    assert together < independent


@settings(max_examples=30)
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_the_greatest_correlation_is_the_greatest(first: float, second: float) -> None:
    most = greatest_correlation(first, second)
    assert min(discordant(first, second, most)) == pytest.approx(0.0, abs=1e-9)
    if most < 0.99:
        with pytest.raises(ConfigError, match="it is from"):
            discordant(first, second, most + 0.01)


def test_rates_that_hardly_differ_are_out_of_reach() -> None:
    assert seeds_to_tell_apart(0.5, 0.49, paired=True) is None


@pytest.mark.parametrize("width", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_the_width_is_wilson_s_and_no_fewer_seeds_do(width: float, rate: float) -> None:
    seeds = seeds_for_width(width, rate=rate)
    totals = np.arange(1, seeds + 1)
    low, high = proportion_confint(rate * totals, totals, method="wilson")
    wide = np.asarray(high) - np.asarray(low) > width
    assert all(wide[:-1])
    assert not wide[-1]


def test_the_worst_case_of_wilson_has_a_closed_form() -> None:
    """Width z / sqrt(n + z^2) at 0.5 (Wilson 1927)."""
    z = 1.959963984540054
    assert seeds_for_width(0.2) == math.ceil((z / 0.2) ** 2 - z**2)
    assert seeds_for_width(0.2) >= seeds_for_width(0.2, rate=0.3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: seeds_to_tell_apart(0.3, 0.3, paired=True),
        lambda: seeds_to_tell_apart(1.3, 0.3, paired=False),
        lambda: seeds_to_tell_apart(0.3, 0.1, paired=True, power=1.0),
        lambda: seeds_for_width(0.0),
        lambda: seeds_for_width(0.2, rate=-0.1),
    ],
)
def test_what_is_no_question_is_an_error(call: object) -> None:
    assert callable(call)
    with pytest.raises(ConfigError):
        call()
