"""The simulated power of a main effect."""

import pytest

from results.errors import ConfigError
from results.statistics.methods.main_effect_power import main_effect_power


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
