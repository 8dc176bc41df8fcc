"""The simulated power of a contrast over several strata."""

import numpy as np
import pytest

from results.statistics.methods.power import greatest_correlation, paired_power
from results.statistics.methods.seed_sums import seed_sums_p
from results.statistics.methods.strata_power import MOST_SUMS, shown_by_sums, strata_power


@pytest.mark.parametrize("seeds", [10, 20])
def test_it_grows_with_strata_seeds_and_the_effect_and_falls_with_the_level(seeds: int) -> None:
    usual = strata_power(0.3, 0.1, seeds, 2, 0.05)
    assert strata_power(0.3, 0.1, seeds, 6, 0.05) > usual
    assert strata_power(0.3, 0.1, seeds + 10, 2, 0.05) > usual
    assert strata_power(0.5, 0.1, seeds, 2, 0.05) > usual
    assert strata_power(0.3, 0.1, seeds, 2, 0.01) < usual


def test_without_an_effect_it_is_at_most_the_size_of_the_test() -> None:
    assert strata_power(0.3, 0.3, 20, 3, 0.05) <= 0.05 + 0.03


def test_one_stratum_has_about_the_power_of_the_exact_paired_test() -> None:
    exact = [
        paired_power(0.35, 0.05, 20, correlation=share)
        for share in (0.0, greatest_correlation(0.35, 0.05))
    ]
    assert min(exact) - 0.08 < strata_power(0.35, 0.05, 20, 1, 0.05) < max(exact) + 0.08


def test_it_is_that_of_the_very_test() -> None:
    sums = np.random.default_rng(0).integers(-2, 4, (30, 12))
    shown = shown_by_sums(sums, 0.05)
    assert shown.tolist() == [seed_sums_p(each) < 0.05 for each in sums.tolist()]
    assert 0 < shown.sum() < 30


def test_more_seeds_than_its_sums_are_added_for_have_no_less_power() -> None:
    power = [strata_power(0.3, 0.15, seeds, 2, 0.05) for seeds in (MOST_SUMS - 5, MOST_SUMS + 10)]
    assert power[0] < power[1]
