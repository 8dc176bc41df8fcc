"""E-values of paired comparisons against integrals, and their errors under continuous looking."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln
from scipy.stats import beta, binom

from results.errors import ConfigError
from results.statistics.methods.decision_seeds import decision_seeds
from results.statistics.methods.e_values import (
    PRIOR,
    anytime_p,
    difference_sequence,
    e_value,
    signs_of,
)

few = st.integers(0, 40)
counts = st.tuples(few, few, few)


def bet(theta: float, x: int, difference: float) -> float:
    """What a bet of that theta is multiplied by: 1 + lambda (x - difference), with lambda over all
    that never loses more than everything."""
    least, most = -1 / (1 - difference), 1 / (1 + difference)
    return 1 + (least + theta * (most - least)) * (x - difference)


def integrated(only_cell: int, only_against: int, alike: int, difference: float) -> float:
    """The mean over an arcsine distribution of theta = sin(angle)^2, by quadrature."""

    def product(angle: float) -> float:
        theta = math.sin(angle) ** 2
        wealth = bet(theta, 1, difference) ** only_cell
        wealth *= bet(theta, -1, difference) ** only_against
        return wealth * bet(theta, 0, difference) ** alike * 2 / math.pi

    return quad(product, 0, math.pi / 2, epsabs=0, epsrel=1e-10, limit=500)[0]


@given(few, few)
def test_it_is_the_likelihood_ratio_averaged_over_the_prior(more: int, fewer: int) -> None:
    assert e_value(more, fewer) == pytest.approx(integrated(more, fewer, 0, 0.0), rel=1e-7)
    assert e_value(more, fewer) == pytest.approx(e_value(fewer, more))


@pytest.mark.parametrize("seeds", [0, 1, 2, 10, 61])
def test_without_a_difference_it_is_1_on_average(seeds: int) -> None:
    chances = binom.pmf(range(seeds + 1), seeds, 0.5)
    mean = sum(p * e_value(k, seeds - k) for k, p in enumerate(chances))
    assert mean == pytest.approx(1.0)


@given(few, few)
def test_it_is_close_to_the_best_bet_in_hindsight(more: int, fewer: int) -> None:
    number = more + fewer
    best = (2 * more / max(number, 1)) ** more * (2 * fewer / max(number, 1)) ** fewer
    assert best / (2 * math.sqrt(max(number, 1))) <= e_value(more, fewer) * (1 + 1e-9)
    assert e_value(more, fewer) <= best * (1 + 1e-9)


def test_seven_seeds_that_differ_in_one_direction_show_it() -> None:
    assert anytime_p(e_value(6, 0)) > 0.05 > anytime_p(e_value(0, 7))
    assert anytime_p(e_value(3, 3)) == 1.0
    assert e_value(0, 0) == 1.0
    assert anytime_p(e_value(100_000, 0)) < 1e-300


def test_a_seed_counts_by_the_sign_of_its_sum() -> None:
    assert signs_of([3, -1, 0, 2, 0, -7, -1]) == (2, 3)


def walks(
    rate: float, other: float, seeds: int, studies: int = 4000
) -> tuple[np.ndarray, np.ndarray]:
    """Seeds that differ in the one and in the other direction, after each seed of each study."""
    rng = np.random.default_rng(3)
    mine, theirs = (rng.random((studies, seeds)) < p for p in (rate, other))
    return (mine & ~theirs).cumsum(axis=1), (theirs & ~mine).cumsum(axis=1)


def logs(more: np.ndarray, fewer: np.ndarray) -> np.ndarray:
    found = betaln(PRIOR + more, PRIOR + fewer) - betaln(PRIOR, PRIOR)
    return found + (more + fewer) * math.log(2)


@pytest.mark.parametrize("rate", [0.05, 0.35, 0.5])
def test_looking_after_every_seed_a_difference_is_rarely_found_where_there_is_none(
    rate: float,
) -> None:
    found = (logs(*walks(rate, rate, 500)) >= math.log(20)).any(axis=1).mean()
    assert found <= 0.05
    assert found > 0.005


def test_a_large_difference_is_found_within_a_hundred_seeds() -> None:
    """Where the fixed exact test has a power of 0.81 with 46 seeds."""
    reached = logs(*walks(0.5, 0.2, 100)) >= math.log(20)
    seeds = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 100)
    assert reached.any(axis=1).mean() > 0.92
    assert seeds.mean() < 47


def test_the_exact_error_and_power_are_as_the_method_page_says() -> None:
    for rate in (0.05, 0.35, 0.5):
        assert 0.02 < decision_seeds(rate, rate, 0.05, 500)[1] < 0.035
    seeds, power = decision_seeds(0.5, 0.2, 0.05, 100)
    assert (round(seeds), round(power, 2)) == (45, 0.94)
    seeds, power = decision_seeds(0.3, 0.1, 0.05, 100, first=5, step=5)
    assert (round(seeds), round(power, 2)) == (65, 0.75)


@given(counts, st.sampled_from([0.01, 0.05, 0.3]))
def test_the_interval_and_the_p_value_never_contradict_each_other(
    case: tuple[int, int, int], alpha: float
) -> None:
    more, fewer, alike = case
    low, high = difference_sequence(more, fewer, more + fewer + alike, alpha)
    seen = (more - fewer) / max(1, sum(case))
    assert -1 <= low <= seen <= high <= 1
    assert (low <= 0 <= high) == (e_value(more, fewer) < 1 / alpha)
    mirrored = difference_sequence(fewer, more, sum(case), alpha)
    assert mirrored == pytest.approx((-high, -low), abs=1e-9)


@pytest.mark.parametrize("case", [(0, 0, 30), (9, 0, 2), (12, 3, 25), (1, 5, 0), (0, 1, 1)])
def test_it_holds_the_differences_whose_e_value_is_small(case: tuple[int, int, int]) -> None:
    low, high = difference_sequence(case[0], case[1], sum(case), 0.05)
    for end, outwards in ((low, -1), (high, 1)):
        if abs(end) < 1:
            assert integrated(*case, end) == pytest.approx(20, rel=1e-6)
            assert integrated(*case, end + outwards * 1e-3) > 20
    for inside in np.linspace(low, high, 9)[1:-1]:
        assert integrated(*case, float(inside)) < 20


@pytest.mark.parametrize(("rate", "other"), [(0.3, 0.3), (0.5, 0.2), (0.95, 0.05), (0.05, 0.02)])
def test_looking_after_every_seed_the_interval_nearly_always_holds_the_difference(
    rate: float, other: float
) -> None:
    """The interval excludes the difference where the mean of the bets against it is 20; the bets
    themselves, with 500 of them in the place of the arcsine distribution."""
    difference = rate - other
    more, fewer = walks(rate, other, 300, studies=1000)
    alike = np.arange(1, 301) - more - fewer
    thetas = beta.ppf((np.arange(500) + 0.5) / 500, PRIOR, PRIOR)
    wealth = np.zeros(more.shape)
    for theta in thetas:
        logs = sum(
            number * math.log(bet(theta, x, difference))
            for x, number in ((1, more), (-1, fewer), (0, alike))
        )
        wealth += np.exp(logs) / len(thetas)
    wrong = (wealth >= 20).any(axis=1).mean()
    assert wrong <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1000)


def test_twenty_one_seeds_that_agree_lie_within_a_fifth() -> None:
    assert difference_sequence(0, 0, 20)[1] > 0.2 > difference_sequence(0, 0, 21)[1]
    assert difference_sequence(0, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: e_value(-1, 2), "at least 0"),
        (lambda: difference_sequence(2, 2, 3), "no more than all"),
        (lambda: difference_sequence(-1, 2, 3), "at least 0"),
        (lambda: difference_sequence(1, 1, 3, 1.0), "alpha"),
    ],
)
def test_what_is_no_number_of_seeds_is_an_error(call: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        call()  # pyright: ignore[reportCallIssue]
