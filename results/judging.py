"""Runs that earlier rules judged are judged anew, from what they recorded; nothing is trained.

Up to rules 1 a loss above ten times the best constant's was called diverged before anything else
was looked at. Where foreground is rare that is the loss of p = 0.5 everywhere, where most runs
begin: constant and flat networks were called diverged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES
from results.outcomes import (
    EVEN_ODDS,
    FELL,
    OUTCOME_RULES,
    SEGMENTS_IOU,
    ConstantTerm,
    Outcome,
    classify,
    constant_loss,
    has_relapsed,
    outcome_at,
    worst_constant,
)

Row = Mapping[str, Any]
MEASURED = (
    "run_id",
    "iteration",
    "test_loss",
    "barrier",
    "logit_std",
    "deviance_explained_calibrated",
    "constant",
    "finite",
)
"""The columns of curves that outcomes are decided from."""


def judged_anew(runs: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return the frame of runs with today's outcomes, and `born_dead` where curves alone know it.

    Args:
        runs: a row a run, with the columns of `results.ledger.schema.RUNS`.
        ledger: where their curves are.
    """
    suspect = runs["outcome_rules"].isna() & (
        (runs["outcome"] == "diverged") | (runs["outcome_half"] == "diverged")
    )
    silent = runs["born_dead"].isna()
    if not (suspect | silent).to_numpy().any():
        return runs
    wanted = runs.loc[suspect | silent, "run_id"]
    unused = set(CURVES.names) - set(MEASURED)
    table = ledger.curves(wanted, without=unused).to_pandas(use_threads=False)
    curves = {
        str(run_id): curve.to_dict("records")
        for run_id, curve in table.sort_values("iteration").groupby("run_id")
    }
    begun = {run_id: points[0] for run_id, points in curves.items() if points[0]["iteration"] == 0}
    born_dead = {run_id: point["constant"] for run_id, point in begun.items()}
    runs = runs.set_index("run_id", drop=False)
    runs["born_dead"] = [
        born_dead.get(str(run_id)) if is_silent else known
        for run_id, known, is_silent in zip(runs.index, runs["born_dead"], silent, strict=True)
    ]
    runs["born_dead"] = runs["born_dead"].astype("boolean")
    for row in runs.loc[suspect.to_numpy()].to_dict("records"):
        if row["run_id"] in curves:  # else it stays as it was judged
            for name, value in judged_row(row, curves[row["run_id"]]).items():
                runs.loc[row["run_id"], name] = value
    return runs.reset_index(drop=True)


def curves_judged_anew(curves: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return the frame of evaluations with today's outcomes."""
    diverged = curves.loc[(curves["outcome"] == "diverged") & curves["finite"].eq(True), "run_id"]
    if diverged.empty:
        return curves
    rows = ledger.runs(diverged.unique().tolist()).to_pylist()
    for row in rows:
        if row["outcome_rules"] is None:
            points = curves.loc[curves["run_id"] == row["run_id"]]
            curves.loc[points.index, "outcome"] = judged_curve(points.to_dict("records"), row)
    return curves


def judged_curve(curve: Sequence[Row], row: Row) -> list[Outcome]:
    """Return the outcome of each evaluation of a run by today's rules.

    Args:
        curve: rows of the ledger's curves, in order of iteration.
        row: the run's.
    """
    losses: list[float] = []
    found: list[Outcome] = []
    for point in curve:
        if not pd.isna(point["test_loss"]):
            losses.append(point["test_loss"])
        found.append(judged(point, losses, point["barrier"], row))
    return found


def judged_row(row: Row, curve: Sequence[Row]) -> dict[str, Any]:
    """Return the columns of a run's row that today's rules decide.

    Whether the network answered a constant at its end is known from the last evaluation of the
    curve, on its slices.
    """
    outcomes = judged_curve(curve, row)
    losses = [point["test_loss"] for point in curve if not pd.isna(point["test_loss"])]
    end = {**row, "test_loss": row["test_loss_final"], "constant": curve[-1]["constant"]}
    outcome = judged(
        end | {"finite": not pd.isna(row["test_loss_final"])}, losses, row["barrier"], row
    )
    history = [(point["iteration"], found) for point, found in zip(curve, outcomes, strict=True)]
    iou = row["iou_validation_threshold"]
    return {
        "outcome": outcome,
        "outcome_half": outcome_at(history, row["iterations"] / 2),
        "outcome_rules": OUTCOME_RULES,
        "fell": outcome in FELL,
        "learned": outcome == "learned",
        "segments": outcome == "learned" and not pd.isna(iou) and iou >= SEGMENTS_IOU,
        "relapsed": has_relapsed(history[1:]),
    }


def judged(measured: Row, losses: Iterable[float], barrier: float, row: Row) -> Outcome:
    """Classify one evaluation by what was recorded of it."""
    return classify(
        finite=bool(measured["finite"]),
        constant=bool(measured["constant"]),
        logit_std=measured["logit_std"],
        deviance_calibrated=measured["deviance_explained_calibrated"],
        recent_test_losses=list(losses),
        worst_constant=worst_constant(fraction_of(barrier), constant_terms(row)),
    )


def fraction_of(barrier: float) -> float:
    """Return the foreground fraction, at most a half, whose best constant has this loss."""
    from scipy.optimize import brentq  # takes longer to import than most readers need it

    if barrier >= EVEN_ODDS:
        return 0.5
    return float(brentq(lambda q: constant_loss(q) - barrier, 0.0, 0.5))  # pyright: ignore[reportArgumentType]


def constant_terms(row: Row) -> list[ConstantTerm]:
    """Return the terms of the run's objective, whose own best constants its network may answer."""
    weight, temperature = row["foreground_weight"], row["temperature"]
    means = {"hard": row["target_mean"], "soft": row["soft_target_mean"]}
    if row["objective"] == "soft":
        means["hard"] = None
    scales = {"hard": 1.0, "soft": temperature}
    return [
        ConstantTerm(mean, scales[kind], 1.0 if pd.isna(weight) else weight)
        for kind, mean in means.items()
        if not pd.isna(mean)
    ]
