"""The test by whole seeds: exact where sizes are equal, near the sign-flip test elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from results.statistics.methods.exact_paired import exact_paired_p
from results.statistics.methods.paired import sign_flip_p
from results.statistics.methods.seed_sums import MOST_SEEDS, seed_sums_p, stretched, tail

sums_of_seeds = st.lists(st.integers(-4, 4), min_size=1, max_size=14)


@settings(max_examples=40)
@given(sums_of_seeds)
def test_neither_the_order_nor_the_side_nor_the_unit_matters(sums: list[int]) -> None:
    p_value = seed_sums_p(sums)
    assert 2.0 ** (1 - len(sums)) - 1e-12 <= p_value <= 1
    assert seed_sums_p(sorted(sums)) == pytest.approx(p_value)
    assert seed_sums_p([-one for one in sums]) == pytest.approx(p_value)
    assert seed_sums_p([3 * one for one in sums]) == pytest.approx(p_value)


@settings(max_examples=40)
@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(1, 3))
def test_with_equal_sizes_it_is_the_exact_paired_test(b: int, c: int, rest: int, size: int) -> None:
    if b + c:
        found = seed_sums_p([size] * b + [-size] * c + [0] * rest)
        assert found == exact_paired_p(b, c, b + c + rest)


def test_nearly_equal_sizes_are_nearly_that() -> None:
    equal, other = [40] * 7 + [-40] + [0] * 12, [40] * 6 + [41, -40] + [0] * 12
    assert seed_sums_p(other) == pytest.approx(seed_sums_p(equal), rel=0.25)
    assert seed_sums_p(other) < sign_flip_p(other)


def test_where_all_seeds_differ_it_is_at_least_the_sign_flip_test() -> None:
    for sums in ([1, 2, 3, 4, 5, 6, -1], [2, 2, 2, 1, 1, 1, 1]):
        assert seed_sums_p(sums) >= sign_flip_p(sums) - 1e-12
    assert tail(np.array([1, 2, 4]), 7 / 21**0.5) == 2 / 2**3


def test_sizes_are_stretched_as_they_are_distributed() -> None:
    sizes = np.array([1, 1, 2, 3])
    assert stretched(sizes, 4).tolist() == [1, 1, 2, 3]
    assert stretched(sizes, 8).tolist() == [1, 1, 1, 1, 2, 2, 3, 3]
    assert stretched(sizes, 1).tolist() == [2]


def test_of_many_seeds_it_is_the_sign_flip_test() -> None:
    sums = [1, 2, -1] * 40
    assert len(sums) > MOST_SEEDS
    assert seed_sums_p(sums) == sign_flip_p(sums)
    assert seed_sums_p([]) == seed_sums_p([0, 0]) == 1.0


@pytest.mark.parametrize("shared", [0.0, 0.7, 0.95])
def test_it_keeps_its_level(shared: float) -> None:
    """Three strata of 20 seeds, which decide none, much or nearly all of what happens."""
    rng, times = np.random.default_rng(5), 400
    seeds = rng.normal(size=(times, 20, 1, 1)) * shared**0.5
    drawn = seeds + rng.normal(size=(times, 20, 3, 2)) * (1 - shared) ** 0.5
    fell = (drawn < norm.ppf(0.3)).astype(int)
    sums = (fell[..., 0] - fell[..., 1]).sum(axis=2)
    rejected = np.mean([seed_sums_p(one.tolist()) < 0.05 for one in sums])
    assert rejected <= 0.05 + 2 * (0.05 * 0.95 / times) ** 0.5
