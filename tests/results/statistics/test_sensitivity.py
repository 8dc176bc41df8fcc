"""Outcomes if learning began at another share of the deviance."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import results
from results.outcomes import EVEN_ODDS, classify
from results.reports.how_often import how_often
from results.statistics.sensitivity import THRESHOLDS, outcomes_at, sensitivity

NO_CURVES = pd.DataFrame()
DEVIANCES = st.floats(-2.0, 1.0)


def frame_of(*runs: dict[str, Any]) -> pd.DataFrame:
    usual = {"width": 2, "logit_std": 1.0, "deviance_explained_calibrated": 0.5}
    frame = pd.DataFrame([usual | {"run_id": f"r{k}"} | run for k, run in enumerate(runs)])
    frame = frame.assign(init_seed=range(len(runs)), data_seed=range(len(runs)))
    frame["outcome_half"] = frame["outcome"]
    frame.attrs["axes"] = ["width"]
    return frame


@given(
    st.lists(st.tuples(st.booleans(), DEVIANCES, st.floats(0.0, 2.0), st.floats(0, 40)), min_size=1)
)
def test_the_usual_threshold_gives_the_recorded_outcomes(
    runs: list[tuple[bool, float, float, float]],
) -> None:
    frame = frame_of(
        *(
            {
                "outcome": classify(
                    finite=True,
                    constant=constant,
                    logit_std=std,
                    deviance_calibrated=deviance,
                    recent_test_losses=[loss],
                    worst_constant=EVEN_ODDS,
                ),
                "deviance_explained_calibrated": deviance,
                "logit_std": std,
            }
            for constant, deviance, std, loss in runs
        )
    )
    assert outcomes_at(frame, 0.05).tolist() == frame["outcome"].tolist()


@given(st.lists(st.tuples(DEVIANCES, st.floats(0.0, 2.0)), min_size=1))
def test_a_higher_threshold_never_has_more_learn_nor_fewer_collapse(
    runs: list[tuple[float, float]],
) -> None:
    frame = frame_of(
        *(
            {"outcome": "learned", "deviance_explained_calibrated": deviance, "logit_std": std}
            for deviance, std in runs
        )
    )
    table = sensitivity(frame)
    assert table["threshold"].tolist() == list(THRESHOLDS)
    assert table["learned"].is_monotonic_decreasing
    assert table["fell"].is_monotonic_increasing


def test_what_was_not_measured_or_answers_a_constant_stays() -> None:
    nothing = {"deviance_explained_calibrated": np.nan, "logit_std": np.nan}
    frame = frame_of(
        {"outcome": "diverged", **nothing},
        {"outcome": "constant", "deviance_explained_calibrated": 0.0, "logit_std": 0.0},
        {"outcome": "flat", **nothing},
        {"outcome": "diverged", "deviance_explained_calibrated": 0.03},
    )
    assert outcomes_at(frame, 0.05).tolist() == frame["outcome"].tolist()
    assert outcomes_at(frame, 0.02).tolist() == ["diverged", "constant", "flat", "learned"]


def test_the_headline_says_whether_the_threshold_matters() -> None:
    runs = [{"outcome": "learned", "deviance_explained_calibrated": d} for d in (0.06, 0.15, 0.7)]
    told = how_often(frame_of(*runs, {"outcome": "constant"}), NO_CURVES).sentence
    assert (
        "If learning began at 2%, 5%, 10% and 20% of the deviance: collapsed 1, "
        "learned 3, 3, 2 and 1." in told
    )
    told = how_often(frame_of(runs[2], {"outcome": "constant"}), NO_CURVES).sentence
    assert (
        "These counts are the same wherever learning begins from 2% to 20% of the deviance." in told
    )


def test_runs_of_other_tools_need_no_such_column() -> None:
    frame = frame_of({"outcome": "learned"}).drop(columns=["logit_std"])
    assert "deviance" not in how_often(frame, NO_CURVES).sentence
    with pytest.raises(results.ConfigError, match="no column logit_std"):
        sensitivity(frame)


@pytest.mark.parametrize("threshold", [0, 1.0, -0.1])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(results.ConfigError, match=f"threshold {threshold}"):
        sensitivity(frame_of({"outcome": "learned"}), thresholds=[threshold])
