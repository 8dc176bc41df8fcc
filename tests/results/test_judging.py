"""Runs that earlier rules called diverged are judged anew when they are read."""

from pathlib import Path
from typing import Any

import pytest

from results import load_curves, load_runs
from results.judging import fraction_of
from results.ledger.ledger import Ledger
from results.outcomes import EVEN_ODDS, OUTCOME_RULES, constant_loss
from tests.results.examples import curve_rows, run_row

RARE = constant_loss(0.005)
"""Ten of it are less than the loss of p = 0.5 everywhere."""


def put(ledger: Ledger, run_id: str, losses: list[float], **measured: Any) -> None:
    """Commit a run of rules 1 that was called diverged throughout."""
    point = {"barrier": RARE, "logit_std": 2.0, "deviance_explained_calibrated": 0.0}
    row = run_row(
        run_id,
        outcome="diverged",
        outcome_half="diverged",
        learned=False,
        segments=False,
        test_loss_final=losses[-1] if measured.get("finite", True) else None,
        target_mean=0.005,
        foreground_weight=1.0,
        **point | {k: v for k, v in measured.items() if k in point},
    )
    curve = curve_rows(losses, [[] for _ in losses])
    ledger.put_run(row, [each | point | {"outcome": "diverged"} | measured for each in curve], b"")


@pytest.fixture
def out(tmp_path: Path) -> str:
    ledger = Ledger(str(tmp_path))
    at_half = [EVEN_ODDS] * 4
    put(ledger, "untrained", at_half)
    put(ledger, "constant", at_half, constant=True, logit_std=0.0)
    put(ledger, "flat", at_half, logit_std=0.01)
    put(ledger, "exploded", [500.0] * 4)
    put(ledger, "broken", at_half, finite=False, logit_std=None)
    return str(tmp_path)


def test_rows_are_judged_by_todays_rules(out: str) -> None:
    runs = load_runs(out).set_index("run_id")
    assert runs["outcome"].to_dict() == {
        "untrained": "uninformative",
        "constant": "constant",
        "flat": "flat",
        "exploded": "diverged",
        "broken": "diverged",
    }
    assert runs.loc[["constant", "flat"], "fell"].tolist() == [True, True]
    assert runs["outcome_half"].tolist() == runs["outcome"].tolist()
    assert set(runs["outcome_rules"]) == {OUTCOME_RULES}
    born_dead = runs["born_dead"].to_dict()
    assert [run_id for run_id, born in born_dead.items() if born] == ["constant"]


def test_so_are_curves(out: str) -> None:
    curves = load_curves(out)
    found = curves.groupby("run_id")["outcome"].agg(lambda outcomes: set(outcomes)).to_dict()
    assert found["constant"] == {"constant"}
    assert found["untrained"] == {"uninformative"}
    assert found["exploded"] == found["broken"] == {"diverged"}


def test_what_today_judged_is_left(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    row = run_row("a", outcome="diverged", outcome_rules=OUTCOME_RULES, born_dead=False)
    ledger.put_run(row, curve_rows([1.0, 1.0], [[], []]), b"")
    assert load_runs(str(tmp_path))["outcome"].tolist() == ["diverged"]


@pytest.mark.parametrize("fraction", [0.0001, 0.005, 0.06, 0.3, 0.5])
def test_the_barrier_tells_the_fraction(fraction: float) -> None:
    assert fraction_of(constant_loss(fraction)) == pytest.approx(fraction, rel=1e-6)
