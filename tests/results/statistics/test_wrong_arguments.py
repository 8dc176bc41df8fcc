"""What cannot be meant is refused by name, not counted as something."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import results

FRAME = pd.DataFrame(
    {
        "run_id": [f"{norm} {seed}" for norm in ("none", "all") for seed in range(12)],
        "norm": ["none"] * 12 + ["all"] * 12,
        "init_seed": [*range(12)] * 2,
        "data_seed": [*range(12)] * 2,
        "outcome": ["flat"] * 12 + ["learned"] * 12,
        "outcome_half": ["flat"] * 24,
        "iou": [0.5] * 24,
    }
)
CONTRAST: Any = {"question": "?", "cell": {"norm": "all"}, "against": {"norm": "none"}}

SIDES = ({"norm": "all"}, {"norm": "none"})
TWICE = pd.concat([FRAME, FRAME.query("run_id == 'none 3'")])
LOST = pd.DataFrame({"run_id": ["none 3"]})
WINDOW: Any = 5
FLAT: Any = ("norm", "width")
UNKNOWN: Any = [None, True]
HALVES: Any = [0.5] * 20


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: results.pooled_rate(UNKNOWN, [1, 2]), "holds None"),
        (lambda: results.pooled_rate(HALVES, range(20)), "holds 0.5"),
        (lambda: results.pooled_rate([True], [1, 2]), "2 for 1 runs"),
        (lambda: results.compare(FRAME, CONTRAST, axes=["norm"]), "pass a list"),
        (lambda: results.compare(FRAME, [CONTRAST], axes=["norm"], alpha=5), "alpha 5"),
        (lambda: results.compare(FRAME, [CONTRAST], axes=["norm"], confidence=95), "confidence 95"),
        (lambda: results.quality(FRAME, ["norm"], confidence=95), "confidence 95"),
        (lambda: results.factor_effects(FRAME, ["norm"], confidence=-1), "confidence -1"),
        (lambda: results.variance_shares(FRAME, ["norm"], confidence=9), "confidence 9"),
        (lambda: results.rates(FRAME, ["norm"], confidence=1), "confidence 1"),
        (lambda: results.rates(FRAME.drop(columns="init_seed"), ["norm"]), "no column init_seed"),
        (lambda: results.rates(FRAME.drop(columns="run_id"), ["norm"]), "no column run_id"),
        (lambda: results.rates(FRAME.drop(columns="outcome_half"), ["norm"]), "outcome_half"),
        (lambda: results.rates(FRAME, "norm"), "pass a list of them"),
        (lambda: results.rates(FRAME.assign(outcome="dunno"), ["norm"]), "'dunno'.*there are"),
        (lambda: results.rates(TWICE, ["norm"]), "run none 3 is there more than once"),
        (lambda: results.quality(FRAME.assign(iou="high"), ["norm"]), "'high', which is no number"),
        (lambda: results.quality(TWICE, ["norm"]), "run none 3 is there more than once"),
        (lambda: results.cumulative_incidence(FRAME, ["norm"]), "pass one of escape_times"),
        (lambda: results.relapses(FRAME, ["norm"]), "pass one of escape_times"),
        (lambda: results.compare_escape(FRAME, *SIDES), "pass one of escape_times"),
        (lambda: results.escape_times(FRAME, LOST, ["norm"]), "load_curves"),
        (lambda: results.rates(FRAME, ["norm", "norm"]), "one is named twice"),
        (
            lambda: results.rates(FRAME, ["norm"], sequential_cells=HALVES[0]),
            "sequential_cells 0.5",
        ),
        (lambda: results.factor_effects(FRAME, ["norm"], interactions=FLAT), "pairs of axes"),
        (lambda: results.factor_effects(FRAME, ["norm"], interactions=[("norm", "x")]), "no axis"),
        (lambda: results.Windows(0, 1), "alpha_t 0"),
        (lambda: results.smoothed(FRAME, 0), "beta_t 0"),
        (lambda: results.load_runs(Path("nowhere")), "out nowhere: no such directory"),
        (lambda: results.load_runs("nowhere", WINDOW), "must be results.Windows"),
        (lambda: results.load_curves("nowhere", "a1"), "run_ids 'a1': is one id"),
        (lambda: results.load_runs("nowhere"), "out nowhere: no such directory"),
        (lambda: results.load_curves("nowhere"), "out nowhere: no such directory"),
        (lambda: results.load_study("nowhere", "width"), "out nowhere: no such directory"),
    ],
)
def test_it_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(results.ConfigError, match=said):
        call()


def test_runs_of_two_settings_are_not_counted_together() -> None:
    longer = FRAME.assign(outcome="learned", run_id=FRAME["run_id"] + " longer")
    both = pd.concat([FRAME.assign(overrides=""), longer.assign(overrides="iterations=60")])
    table = results.rates(both.assign(profile="laptop"), ["norm"]).query("at == 'H'")
    found = table[["norm", "overrides", "runs", "fell"]].to_numpy().tolist()
    assert found == [
        ["none", "", 12, 12],
        ["all", "", 12, 0],
        ["none", "iterations=60", 12, 0],
        ["all", "iterations=60", 12, 0],
    ]
    assert set(results.quality(both, ["norm"])["overrides"]) == {"", "iterations=60"}


def test_what_there_is_can_be_found() -> None:
    assert {"rates", "compare", "load_study", "ConfigError"} <= set(dir(results))
