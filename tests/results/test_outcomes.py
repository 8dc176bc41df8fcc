"""The five outcomes and their boundaries."""

import math
from typing import Any

import pytest

from results.outcomes import FELL, OUTCOMES, classify, has_diverged

ABOVE, BELOW = math.nextafter(0.05, 1.0), math.nextafter(0.05, 0.0)
INFORMATIVE: dict[str, Any] = {
    "finite": True,
    "constant": False,
    "logit_std": 2.0,
    "deviance_calibrated": 0.7,
    "recent_test_losses": [0.4, 0.3, 0.2],
    "worst_constant": 0.4,
}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "learned"),
        ({"deviance_calibrated": 0.05}, "learned"),
        ({"deviance_calibrated": BELOW}, "uninformative"),
        ({"deviance_calibrated": -0.8}, "uninformative"),
        ({"deviance_calibrated": BELOW, "logit_std": 0.05}, "uninformative"),
        ({"deviance_calibrated": BELOW, "logit_std": BELOW}, "flat"),
        ({"deviance_calibrated": 0.0, "logit_std": 0.0}, "flat"),
        ({"deviance_calibrated": ABOVE, "logit_std": 0.001}, "learned"),
        ({"constant": True, "logit_std": 0.0, "deviance_calibrated": 0.0}, "constant"),
        ({"constant": True, "logit_std": None, "deviance_calibrated": None}, "constant"),
        ({"finite": False}, "diverged"),
        ({"finite": False, "logit_std": None, "deviance_calibrated": None}, "diverged"),
        ({"finite": False, "constant": True}, "diverged"),
        ({"recent_test_losses": [5.0] * 5, "deviance_calibrated": BELOW}, "diverged"),
        ({"recent_test_losses": [5.0] * 5, "deviance_calibrated": 0.05}, "learned"),
        ({"recent_test_losses": [math.nan] * 5, "finite": False}, "diverged"),
        ({"recent_test_losses": [5.0] * 5, "constant": True}, "constant"),
        (
            {"recent_test_losses": [5.0] * 5, "deviance_calibrated": BELOW, "logit_std": BELOW},
            "flat",
        ),
        (
            {"recent_test_losses": [5.0] * 5, "deviance_calibrated": BELOW, "worst_constant": 19.0},
            "uninformative",
        ),
    ],
)
def test_the_outcome_of_an_evaluation(changes: dict[str, Any], outcome: str) -> None:
    assert classify(**INFORMATIVE | changes) == outcome


def test_what_counts_as_fallen_is_constant_and_flat() -> None:
    assert set(FELL) == {"constant", "flat"}
    assert set(OUTCOMES) == {"diverged", "constant", "flat", "uninformative", "learned"}


@pytest.mark.parametrize(
    ("losses", "diverged"),
    [
        ([], False),
        ([4.0] * 5, False),
        ([math.nextafter(4.0, 5.0)] * 5, True),
        ([9.0, 9.0, 0.3, 0.3, 0.3], False),
        ([9.0, 9.0, 9.0, 0.3, 0.3], True),
        ([0.3] * 20 + [9.0, 9.0, 9.0], True),
        ([9.0] * 20 + [0.3, 0.3, 0.3], False),
        ([9.0], True),
        ([math.inf] * 3 + [0.3] * 2, True),
        ([math.nan] * 5, True),
        ([0.3, None, None, None, None, None], False),
    ],
)
def test_the_median_of_the_last_five_losses_against_ten_barriers(
    losses: list[Any], diverged: bool
) -> None:
    assert has_diverged(losses, 0.4) == diverged
