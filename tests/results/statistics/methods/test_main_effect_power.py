"""The simulated power of a main effect, and the seeds for it."""

import pytest

from results.errors import ConfigError
from results.statistics.methods.main_effect_power import (
    MOST_EXACT,
    lowest_power,
    main_effect_power,
    seeds_for_main_effect,
    shown_exactly,
    shown_in_the_limit,
)


def test_twenty_seeds_show_what_the_factorial_is_for() -> None:
    assert main_effect_power(0.35, 0.1, 20, 16, tests=5) >= 0.95
    assert main_effect_power(0.35, 0.1, 20, 16, tests=7) >= 0.9


def test_it_grows_with_seeds_and_with_the_effect_and_falls_with_tests() -> None:
    usual = main_effect_power(0.3, 0.15, 14, 16, tests=3)
    assert main_effect_power(0.3, 0.15, 28, 16, tests=3) > usual
    assert main_effect_power(0.3, 0.05, 14, 16, tests=3) > usual
    assert main_effect_power(0.3, 0.15, 14, 16, tests=12) < usual
    assert main_effect_power(0.3, 0.15, 14, 16, tests=3) == usual


def test_without_an_effect_it_is_the_size_of_the_test() -> None:
    assert main_effect_power(0.3, 0.3, 20, 16) <= 0.05 + 0.02


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be above 0 and below 1"):
        main_effect_power(0.0, 0.1, 20, 16)


@pytest.mark.parametrize(("tests", "cells", "power"), [(1, 16, 0.8), (7, 16, 0.8), (1, 4, 0.5)])
def test_the_seeds_are_the_first_that_reach_the_power(tests: int, cells: int, power: float) -> None:
    found = seeds_for_main_effect(0.35, 0.1, cells, 100, tests=tests, power=power)
    assert found
    assert main_effect_power(0.35, 0.1, found, cells, tests=tests) >= power
    assert main_effect_power(0.35, 0.1, found - 4, cells, tests=tests) < power


def test_more_seeds_than_the_most_are_none() -> None:
    assert seeds_for_main_effect(0.3, 0.29, 4, 30) is None


def test_the_limit_is_near_the_exact_test_where_it_takes_over() -> None:
    for reference, level in ((0.3, 0.25), (0.1, 0.08)):
        exact, limit = (
            lowest_power(reference, level, MOST_EXACT, 4, 0.05, 100, shown)
            for shown in (shown_exactly, shown_in_the_limit)
        )
        assert abs(exact - limit) <= 0.01


def test_equal_rates_take_no_number_of_seeds() -> None:
    with pytest.raises(ConfigError, match="equal rates"):
        seeds_for_main_effect(0.3, 0.3, 16, 100)
