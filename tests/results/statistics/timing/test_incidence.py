"""Cumulative incidence against statsmodels, counting, and simulation."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.methods.cumulative_incidence import incidence_variance
from results.statistics.timing.incidence import cumulative_incidence

KINDS = ("escaped", "diverged", "none")


def escapes(
    times: list[int], kinds: list[str], init_seeds: list[int] | None = None
) -> pd.DataFrame:
    """Of one cell; `times` of the event, or until when there was none."""
    escaped = np.array(kinds) == "escaped"
    frame = pd.DataFrame(
        {
            "width": 2,
            "init_seed": list(range(len(times))) if init_seeds is None else init_seeds,
            "event": pd.Series(kinds, dtype=object),
            "by": np.where(escaped, times, np.nan),
            "at_risk_to": np.array(times, dtype=float),
        }
    )
    frame.attrs["axes"] = ["width"]
    return frame


def at(found: pd.DataFrame, iteration: int) -> dict[str, Any]:
    """The row of the last evaluation up to an iteration."""
    return next(row for row in found.to_dict("records")[::-1] if row["iteration"] <= iteration)


def column(found: pd.DataFrame, name: str) -> np.ndarray:
    return found[name].to_numpy(dtype=float)


some_runs = st.lists(
    st.tuples(st.integers(1, 8).map(lambda k: 100 * k), st.sampled_from(KINDS)),
    min_size=10,
    max_size=40,
)


@settings(max_examples=40)
@given(some_runs)
def test_incidence_and_variance_are_those_of_statsmodels(runs: list[tuple[int, str]]) -> None:
    times, kinds = [time for time, _ in runs], [kind for _, kind in runs]
    found = cumulative_incidence(escapes(times, kinds))
    status = np.array([{"escaped": 1, "diverged": 2, "none": 0}[kind] for kind in kinds])
    if status.max() == 0:
        assert (column(found, "incidence") == 0).all()
        return
    with np.errstate(all="ignore"):
        expected = CumIncidenceRight(np.array(times), status)
    assert expected.cinc_se is not None
    assert found["iteration"].tolist() == expected.times.tolist()
    np.testing.assert_allclose(found["incidence"], expected.cinc[0], atol=1e-12)
    at_risk = found["at_risk"].to_numpy()
    table = pd.crosstab(np.array(times), np.array(kinds)).reindex(columns=KINDS, fill_value=0)
    mine, other = table["escaped"].to_numpy(float), table["diverged"].to_numpy(float)
    deviation = np.sqrt(incidence_variance(mine, other, at_risk))
    defined = np.isfinite(expected.cinc_se[0])
    np.testing.assert_allclose(deviation[defined], expected.cinc_se[0][defined], atol=1e-6)


@settings(max_examples=30)
@given(some_runs, st.integers(0, 2**32 - 1))
def test_order_does_not_matter_and_without_censoring_it_is_the_share(
    runs: list[tuple[int, str]], seed: int
) -> None:
    frame = escapes([800 if k == "none" else t for t, k in runs], [kind for _, kind in runs])
    found = cumulative_incidence(frame)
    share = np.mean(frame["event"] == "escaped")
    assert found["incidence"].iloc[-1] == pytest.approx(share, abs=1e-12)
    assert (column(found, "low") <= column(found, "incidence") + 1e-12).all()
    assert (column(found, "incidence") <= column(found, "high") + 1e-12).all()
    assert found["incidence"].is_monotonic_increasing
    shuffled = frame.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(cumulative_incidence(shuffled), found)


def test_the_events_that_compete_and_never_happened_add_up_to_one() -> None:
    kinds = ["escaped"] * 5 + ["diverged"] * 3 + ["none"] * 4
    frame = escapes([100, 200, 200, 300, 400, 100, 200, 300, *[400] * 4], kinds)
    both = [cumulative_incidence(frame, event=event) for event in ("escaped", "diverged")]
    assert both[0]["incidence"].iloc[-1] + both[1]["incidence"].iloc[-1] == pytest.approx(8 / 12)


def test_intervals_by_hand() -> None:
    """4 of 12, nothing censored: 1 - (1 - F)^exp(-+ z s / ((1 - F) log(1 - F)))."""
    found = cumulative_incidence(escapes([100] * 4 + [300] * 8, ["escaped"] * 4 + ["none"] * 8))
    share, z = 4 / 12, 1.959963984540054
    slope = z * math.sqrt(share * (1 - share) / 12) / ((1 - share) * math.log(1 - share))
    expected = sorted(1 - (1 - share) ** math.exp(sign * slope) for sign in (-1, 1))
    row = at(found, 100)
    assert [row["low"], row["high"]] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("kind", "count"), [("none", 0), ("escaped", 12)])
def test_of_none_or_all_the_interval_is_clopper_pearson(kind: str, count: int) -> None:
    row = at(cumulative_incidence(escapes([100] * 12, [kind] * 12)), 100)
    expected = proportion_confint(count, 12, method="beta")
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_a_run_lost_early_says_less_about_later() -> None:
    found = cumulative_incidence(escapes([100] * 2 + [300] * 10, ["none"] * 12))
    assert at(found, 100)["high"] == pytest.approx(proportion_confint(0, 12, method="beta")[1])
    assert at(found, 300)["high"] == pytest.approx(proportion_confint(0, 10, method="beta")[1])


def test_below_ten_seeds_there_is_no_interval() -> None:
    found = cumulative_incidence(escapes([100] * 9, ["escaped"] * 9))
    assert found["incidence"].tolist() == [1.0]
    assert np.isnan([column(found, "low"), column(found, "high")]).all()
    repeated = escapes([100] * 18, ["escaped"] * 18, [*range(9)] * 2)
    assert np.isnan(column(cumulative_incidence(repeated), "low")).all()


def test_repeating_every_run_of_a_seed_promises_no_more() -> None:
    times, kinds = [100] * 5 + [300] * 15, ["escaped"] * 5 + ["none"] * 15
    once = at(cumulative_incidence(escapes(times, kinds)), 100)
    twice = at(cumulative_incidence(escapes(times * 5, kinds * 5, [*range(20)] * 5)), 100)
    assert twice["incidence"] == once["incidence"]
    assert (twice["seeds"], twice["runs"]) == (20, 100)
    assert twice["high"] - twice["low"] > 0.95 * (once["high"] - once["low"])


def test_seeds_that_do_not_differ_count_once_each() -> None:
    times, kinds = [100] * 10 + [300] * 10, ["escaped"] * 10 + ["none"] * 10
    row = at(cumulative_incidence(escapes(times, kinds, [*range(10)] * 2)), 100)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(5, 10, method="beta"))


def test_unknown_runs_are_left_out_and_counted_and_no_runs_are_no_rows() -> None:
    frame = escapes([100] * 12, ["escaped"] * 12)
    frame.loc[:1, "event"] = None
    row = at(cumulative_incidence(frame), 100)
    assert (row["runs"], row["unknown"]) == (10, 2)
    assert cumulative_incidence(frame.iloc[:2]).empty
    assert cumulative_incidence(frame.iloc[:0]).empty


def test_evaluations_without_an_event_are_on_the_grid() -> None:
    frame = escapes([200, 400], ["escaped", "none"])
    frame.attrs["evaluations"] = [100, 200, 300, 400, 500]
    assert cumulative_incidence(frame)["iteration"].tolist() == [100, 200, 300, 400]


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="event 'learned'"):
        cumulative_incidence(escapes([100], ["none"]), event="learned")


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "runs_of_a_seed"), [(20, 1), (20, 3)])
def test_simulated_coverage_at_the_horizon(seeds: int, runs_of_a_seed: int) -> None:
    """Nominally 95%. Runs of a seed escape alike with probability 1/2; divergence competes."""
    rng, simulations, truth = np.random.default_rng(1), 150, 0.4
    covered = 0
    for _ in range(simulations):
        own = rng.random((seeds, runs_of_a_seed))
        alike = rng.random((seeds, 1)) < 0.5
        chance = np.where(alike, own[:, :1], own).ravel()
        kinds = np.select([chance < truth, chance < 0.6], ["escaped", "diverged"], "none")
        times = np.where(kinds == "none", 300, rng.choice([100, 200, 300], len(kinds)))
        owners = np.repeat(np.arange(seeds), runs_of_a_seed).tolist()
        found = cumulative_incidence(escapes(times.tolist(), kinds.tolist(), owners))
        row = at(found, 300)
        covered += bool(row["low"] <= truth <= row["high"])
    standard_error = math.sqrt(0.95 * 0.05 / simulations)
    assert covered / simulations > 0.95 - 3 * standard_error
