"""The interval of a mean of seeds' effects inverts the sign-flip test, and has a guard."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.statistics.methods.intervals import proportion_interval
from results.statistics.methods.paired import sign_flip_p
from results.statistics.methods.sign_flip import GUARDED_BELOW, STEPS, sign_flip_interval

effects = st.lists(st.integers(-8, 8), min_size=1, max_size=14)


def interval(sums: list[int], largest: int = 8) -> tuple[float, float]:
    return sign_flip_interval(sums, largest, sign_flip_p(sums))


def p_of_shift(sums: list[int], largest: int, shift: float) -> float:
    """By enumeration of all signs."""
    shifted = [each / largest - shift for each in sums]
    totals = [
        abs(sum(s * x for s, x in zip(signs, shifted, strict=True)))
        for signs in product((-1, 1), repeat=len(shifted))
    ]
    return sum(total >= abs(sum(shifted)) - 1e-9 for total in totals) / len(totals)


@given(effects)
@settings(deadline=None)
def test_it_holds_the_estimate_and_holds_zero_exactly_where_p_says_so(sums: list[int]) -> None:
    low, high = interval(sums)
    assert -1 <= low <= sum(sums) / (8 * len(sums)) <= high <= 1
    assert (low <= 0 <= high) == (sign_flip_p(sums) >= 0.05)


@given(effects)
@settings(deadline=None)
def test_levels_have_no_order(sums: list[int]) -> None:
    low, high = interval(sums)
    assert interval([-each for each in sums]) == pytest.approx((-high, -low))


@given(st.lists(st.integers(-8, 8), min_size=7, max_size=10, unique=True))
@settings(deadline=None, max_examples=25)
def test_its_ends_are_where_the_enumerated_test_begins_to_reject(sums: list[int]) -> None:
    low, high = interval(sums)  # no two seeds are alike, so that there is no guard
    outside = ((low, -1), (high, 1))
    for end, side in outside:
        if abs(end) < 1:
            assert p_of_shift(sums, 8, end + side / STEPS) < 0.05 + 1e-9
            assert p_of_shift(sums, 8, end - 2 * side / STEPS) >= 0.05 - 1e-9


@pytest.mark.parametrize("seeds", [10, 20, 40, 100])
def test_seeds_that_agree_leave_about_the_width_of_a_binomial_interval(seeds: int) -> None:
    low, high = interval([0] * seeds)
    exact = proportion_interval(0, seeds, method="clopper_pearson")[1]
    assert low == -high
    assert 0.7 * exact < high < 1.2 * exact
    low, high = interval([8] * seeds)
    assert high == 1
    assert 1 - low == pytest.approx(2 * exact, rel=0.35)  # the other seeds might do the opposite
    few = [0] * (seeds - GUARDED_BELOW + 1) + [1] * (GUARDED_BELOW - 1)
    assert interval(few)[1] > exact / 2


def test_below_six_seeds_it_holds_everything() -> None:
    assert interval([3, 4, 5, 6, 7]) == (-1, 1)


def test_the_normal_limit_of_many_seeds_is_near_the_exact_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sums = [0, 1, 2, 3, -1, -2, 4, 1, 1, 0] * 12
    exact = interval(sums)
    monkeypatch.setattr("results.statistics.methods.sign_flip.MOST_EXACT", 50)
    assert interval(sums) == pytest.approx(exact, abs=2 / STEPS)
