"""When runs escaped, diverged or did neither, from curves of outcomes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.outcomes import first_escape, has_relapsed
from results.statistics.timing.escape import escape_times, relapses

OUTCOMES = ("constant", "flat", "uninformative", "learned", "diverged")


def runs(*outcomes: str | None, **columns: Any) -> pd.DataFrame:
    """One finished run of 300 iterations for each outcome, ids a, b, c, .."""
    frame = pd.DataFrame({"run_id": [chr(97 + k) for k in range(len(outcomes))]})
    frame = frame.assign(
        width=2,
        init_seed=range(len(outcomes)),
        data_seed=range(len(outcomes)),
        outcome=list(outcomes),
        iterations=300,
        iterations_done=300,
        eval_every=100,
        stopped_dead=False,
        **columns,
    )
    frame.attrs["axes"] = ["width"]
    return frame


def curves(**outcomes: list[str]) -> pd.DataFrame:
    """Evaluations every 100 iterations, the first of them at iteration 0."""
    rows = [
        (run_id, 100 * k, outcome)
        for run_id, found in outcomes.items()
        for k, outcome in enumerate(found)
    ]
    return pd.DataFrame(rows, columns=["run_id", "iteration", "outcome"])


def only(times: pd.DataFrame) -> dict[str, Any]:
    assert len(times) == 1
    return dict(times.iloc[0])


def test_an_escape_lies_between_two_evaluations() -> None:
    found = only(
        escape_times(runs("learned"), curves(a=["flat", "flat", "uninformative", "learned"]))
    )
    assert (found["event"], found["after"], found["by"]) == ("escaped", 200, 300)
    assert (found["at_risk_to"], found["learned_at_end"], found["relapsed"]) == (300, True, False)


def test_an_untrained_network_has_not_escaped() -> None:
    found = only(escape_times(runs("flat"), curves(a=["learned", "flat", "flat", "flat"])))
    assert (found["event"], found["at_risk_to"]) == ("none", 300)
    assert np.isnan(found["by"])
    found = only(escape_times(runs("learned"), curves(a=["learned", "learned"])))
    assert (found["after"], found["by"]) == (0, 100)


def test_a_dead_run_stays_at_risk_to_its_horizon() -> None:
    frame = runs("constant").assign(stopped_dead=True, iterations_done=200)
    found = only(escape_times(frame, curves(a=["flat", "constant", "constant"])))
    assert (found["event"], found["at_risk_to"]) == ("none", 300)


def test_divergence_competes_from_the_start_of_its_last_stretch() -> None:
    curve = curves(a=["flat", "diverged", "flat", "diverged", "diverged"])
    found = only(escape_times(runs("diverged"), curve))
    assert (found["event"], found["at_risk_to"]) == ("diverged", 300)


def test_a_divergence_between_evaluations_is_dated_by_the_last_iteration() -> None:
    frame = runs("diverged").assign(iterations_done=230)
    found = only(escape_times(frame, curves(a=["flat", "flat", "flat"])))
    assert (found["event"], found["at_risk_to"]) == ("diverged", 230)


def test_a_divergence_that_a_run_came_back_from_precludes_nothing() -> None:
    curve = curves(a=["flat", "diverged", "learned"], b=["flat", "diverged", "flat"])
    assert escape_times(runs("learned", "flat"), curve)["event"].tolist() == ["escaped", "none"]


def test_an_escape_comes_before_a_later_divergence() -> None:
    found = only(escape_times(runs("diverged"), curves(a=["flat", "learned", "diverged"])))
    assert (found["event"], found["by"]) == ("escaped", 100)


def test_without_a_curve_a_run_is_as_its_row_says_or_unknown() -> None:
    frame = runs(
        "learned", "flat", "flat", first_escape=[250, None, None], relapsed=[True, False, None]
    )
    times = escape_times(frame, curves())
    assert times["event"].isna().tolist() == [False, False, True]
    assert times["event"].tolist()[:2] == ["escaped", "none"]
    assert (times["after"][0], times["by"][0], times["relapsed"][0]) == (200, 250, True)
    assert times.attrs["unknown"] == 1
    counts = relapses(times).iloc[0]
    assert (counts["runs"], counts["unknown"], counts["escaped"]) == (3, 1, 1)


def test_unfinished_runs_have_no_row_and_no_runs_no_rows() -> None:
    assert escape_times(runs(None), curves(a=["flat"])).empty
    assert escape_times(runs(), curves()).empty
    assert relapses(escape_times(runs(), curves())).empty


def test_relapses_are_counted_ever_and_at_the_end() -> None:
    curve = curves(
        a=["flat", "learned", "flat", "learned"],
        b=["flat", "learned", "learned", "constant"],
        c=["flat", "learned", "learned", "learned"],
        d=["flat", "flat", "flat", "flat"],
    )
    counts = relapses(escape_times(runs("learned", "constant", "flat", "flat"), curve)).iloc[0]
    assert (counts["escaped"], counts["fell_again"], counts["fallen_at_end"]) == (3, 3, 2)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_it_is_what_the_single_curve_says_in_any_order_of_rows(
    outcomes: list[list[str]], random: Any
) -> None:
    curve = curves(**{chr(97 + k): ["flat", *found] for k, found in enumerate(outcomes)})
    order = list(range(len(curve)))
    random.shuffle(order)
    times = escape_times(runs(*(found[-1] for found in outcomes)), curve.iloc[order])
    for row, found in zip(times.to_dict("records"), outcomes, strict=True):
        evaluated = [(100 * k, outcome) for k, outcome in enumerate(found, start=1)]
        escape = first_escape(evaluated)
        assert row["by"] == escape if escape is not None else np.isnan(row["by"])
        assert row["relapsed"] == has_relapsed(evaluated)
        if escape is not None:
            assert row["after"] == escape - 100
        assert row["event"] == (
            "escaped" if escape is not None else "diverged" if found[-1] == "diverged" else "none"
        )


@pytest.mark.parametrize("column", ["stopped_dead", "eval_every", "iterations"])
def test_a_frame_may_lack_what_only_matters_sometimes(column: str) -> None:
    times = escape_times(runs("learned").drop(columns=column), curves(a=["flat", "learned"]))
    assert times["by"].tolist() == [100]
