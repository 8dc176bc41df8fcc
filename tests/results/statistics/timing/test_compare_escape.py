"""The permutation test of two cumulative incidences."""

import math
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from results.errors import ConfigError
from results.statistics.timing.compare_escape import compare_escape

ONE, TWO = {"width": 1}, {"width": 2}
CODES = {"none": 0, "escaped": 1, "diverged": 2}
Run = tuple[int, str]

some_runs = st.tuples(st.sampled_from([100, 200, 300]), st.sampled_from(list(CODES))).map(
    lambda run: (300, "none") if run[1] == "none" else run
)


def frame_of(first: list[Run], second: list[Run], shared: bool = True) -> pd.DataFrame:
    """A run a seed in either cell."""
    seeds = [*range(len(first)), *(k + (0 if shared else 100) for k in range(len(second)))]
    runs = [*first, *second]
    frame = pd.DataFrame(
        {
            "width": [1] * len(first) + [2] * len(second),
            "init_seed": seeds,
            "event": pd.Series([kind for _, kind in runs], dtype=object),
            "by": [float(time) if kind == "escaped" else np.nan for time, kind in runs],
            "at_risk_to": [float(time) if kind == "diverged" else 300.0 for time, kind in runs],
        }
    )
    frame.attrs |= {"axes": ["width"], "evaluations": [100, 200, 300]}
    return frame


def naive_area(first: list[Run], second: list[Run]) -> float:
    """Mean of |F - F'| over the evaluations 100, 200, 300, with statsmodels' incidences."""
    values = []
    for runs in (first, second):
        times, kinds = zip(*runs, strict=True)
        status = np.array([CODES[kind] for kind in kinds])
        found = np.zeros(3)
        if status.max() > 0:
            with np.errstate(all="ignore"):
                fit = CumIncidenceRight(np.array(times), status)
            for place, iteration in enumerate((100, 200, 300)):
                before = fit.cinc[0][fit.times <= iteration]
                found[place] = before[-1] if len(before) else 0.0
        values.append(found)
    return float(np.abs(values[0] - values[1]).mean())


@settings(max_examples=15)
@given(st.lists(st.tuples(some_runs, some_runs), min_size=2, max_size=5))
def test_paired_it_is_every_swap_within_seeds(pairs: list[tuple[Run, Run]]) -> None:
    first, second = [list(runs) for runs in zip(*pairs, strict=True)]
    found = compare_escape(frame_of(first, second), ONE, TWO)
    observed = naive_area(first, second)
    areas = []
    for swaps in product([False, True], repeat=len(pairs)):
        swapped = [pair[::-1] if swap else pair for pair, swap in zip(pairs, swaps, strict=True)]
        left, right = [list(runs) for runs in zip(*swapped, strict=True)]
        areas.append(naive_area(left, right))
    assert found.area == pytest.approx(observed, abs=1e-9)
    assert found.p_value == np.mean(np.array(areas) >= observed - 1e-9)
    assert (found.paired, found.exact, found.draws) == (True, True, 2 ** len(pairs) - 1)


@settings(max_examples=15)
@given(st.lists(some_runs, min_size=1, max_size=4), st.lists(some_runs, min_size=1, max_size=4))
def test_unpaired_it_is_every_choice_of_seeds(first: list[Run], second: list[Run]) -> None:
    found = compare_escape(frame_of(first, second, shared=False), ONE, TWO)
    observed, runs = naive_area(first, second), [*first, *second]
    areas = []
    for chosen in combinations(range(len(runs)), len(first)):
        rest = [run for k, run in enumerate(runs) if k not in chosen]
        areas.append(naive_area([runs[k] for k in chosen], rest))
    assert found.p_value == np.mean(np.array(areas) >= observed - 1e-9)
    assert (found.paired, found.exact) == (False, True)


@settings(max_examples=10)
@given(
    st.lists(st.tuples(some_runs, some_runs), min_size=13, max_size=15),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_swapping_the_cells_or_rows_keeps_p(
    pairs: list[tuple[Run, Run]], shared: bool, seed: int
) -> None:
    frame = frame_of([pair[0] for pair in pairs], [pair[1] for pair in pairs], shared)
    found = compare_escape(frame, ONE, TWO)
    assert not found.exact
    other = compare_escape(frame.sample(frac=1, random_state=seed), TWO, ONE)
    assert other.p_value == found.p_value
    assert other.difference == -found.difference
    assert 1e-4 <= found.p_value <= 1


def test_a_plain_difference_is_seen_and_has_a_sign() -> None:
    frame = frame_of([(100, "escaped")] * 20, [(300, "none")] * 20)
    found = compare_escape(frame, ONE, TWO)
    assert (found.area, found.difference, found.p_value) == (1.0, 1.0, 1 / 10000)


def test_the_sampled_p_is_near_the_exact_one() -> None:
    """12 pairs exactly, by hand 2 * 2^-12; 13 pairs, of which one is alike, by sampling."""
    differing = [(100, "escaped")] * 12, [(300, "none")] * 12
    assert compare_escape(frame_of(*differing), ONE, TWO).p_value == 2 / 2**12
    alike = [[*runs, (300, "none")] for runs in differing]
    sampled = compare_escape(frame_of(alike[0], alike[1]), ONE, TWO)
    standard_error = math.sqrt(2**-11 / 10000)
    assert abs(sampled.p_value - 2**-11) < 4 * standard_error + 1e-4


def test_all_runs_of_an_init_seed_are_swapped_at_once() -> None:
    once = frame_of([(100, "escaped")] * 3, [(300, "none")] * 3)
    thrice = pd.concat([once] * 3, ignore_index=True)
    assert compare_escape(thrice, ONE, TWO).p_value == compare_escape(once, ONE, TWO).p_value


def test_seeds_of_one_cell_alone_are_left_out_of_pairs() -> None:
    frame = frame_of([(100, "escaped")] * 5, [(300, "none")] * 3)
    found = compare_escape(frame, ONE, TWO)
    assert (found.seeds, found.seeds_left_out) == ((3, 3), 2)
    assert compare_escape(frame, ONE, TWO, paired=False).seeds == (5, 3)


def test_a_cell_whose_runs_all_diverged_is_known_for_ever() -> None:
    frame = frame_of([(100, "diverged")] * 4, [(300, "escaped")] * 4)
    found = compare_escape(frame, ONE, TWO)
    assert (found.horizon, found.difference) == (300, pytest.approx(-1 / 3))


def test_where_there_is_nothing_to_compare_a_reason_says_what_lacks() -> None:
    frame = frame_of([(100, "escaped")] * 3, [(300, "none")] * 3)
    found = compare_escape(frame, ONE, {"width": 7})
    assert math.isnan(found.p_value)
    assert found.reason
    frame.loc[frame["width"] == 2, "event"] = None
    assert compare_escape(frame, ONE, TWO).unknown == 3
    with pytest.raises(ConfigError, match="in common"):
        compare_escape(frame, ONE, ONE)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_simulated_errors_of_the_first_kind_are_at_most_five_percent(shared: bool) -> None:
    """Twelve pairs, a quarter of which escape alike, or twice six seeds: all exact."""
    rng, simulations, level = np.random.default_rng(2), 200, 0.05
    rejected = 0
    for _ in range(simulations):
        number = 12 if shared else 6
        times = rng.choice([100, 200, 300, 400], size=(2, number), p=[0.3, 0.2, 0.1, 0.4])
        alike = rng.random(number) < 0.25
        if shared:
            times[1] = np.where(alike, times[0], times[1])
        runs = [[(t, "escaped") if t < 400 else (300, "none") for t in row] for row in times]
        rejected += compare_escape(frame_of(runs[0], runs[1], shared), ONE, TWO).p_value <= level
    assert rejected / simulations <= level + 3 * math.sqrt(level * (1 - level) / simulations)
