"""Which settings change how often: logistic regression over a factorial, clustered by seed."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import f as f_distribution
from statsmodels.discrete.discrete_model import Logit

from results.statistics.cells import HORIZONS, At, axes_of_runs, finished, happened
from results.statistics.design import Design, factorial_design, require_interactions
from results.statistics.methods.firth import (
    Binomial,
    FirthFit,
    fit_firth,
    likelihood_ratio,
    profile_interval,
    separated,
)
from results.statistics.methods.intervals import CONFIDENCE, require_confidence

MINIMUM_SEEDS_FOR_REGRESSION = 40
"""Sandwich variances with fewer clusters are too small (Cameron, Gelbach and Miller 2008)."""
LEAST_ERROR = 1e-6
"""A smaller standard error is that of no seed that differs, up to rounding: the sandwich then
knows nothing of how many might have."""
Reason = Literal["", "too few seeds", "one level", "always", "never"]
"""Why there is no regression: fewer than `MINIMUM_SEEDS_FOR_REGRESSION` seeds, no axis with two
values, or every run or none has the event."""
COLUMNS = ("term", "odds_ratio", "low", "high", "p_value", "method", "seeds", "runs")


def factor_effects(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    *,
    interactions: Sequence[tuple[str, str]] = (),
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """Odds ratios of an event for each axis value against the axis's first one.

    "logit": maximum likelihood, with the sandwich variance over init_seeds and Student's t
    (Liang and Zeger 1986, with statsmodels' small-sample factors). "firth": where a setting always
    or never has the event, Firth's penalised likelihood with profile intervals, their threshold
    widened by how much the runs of a seed resemble each other: the ratio of sandwich to model
    variance, at least 1. Of a term without a finite maximum-likelihood estimate the data do not
    say that ratio; the worst is assumed, that all runs a seed has at this term do the same.

    Where every seed does the same with a setting as without it, a sandwich variance is 0 whatever
    the number of seeds: `low`, `high` and `p_value` are NaN then (`compare` has an interval).

    Args:
        frame: of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell.
        event: one of `results.outcomes.EVENTS`.
        at: "H/2" or "H".
        interactions: pairs of axes; the odds ratio of such a term is a ratio of odds ratios.
        confidence: of the intervals.

    Returns:
        One row a term: `term`, `odds_ratio`, `low`, `high`, `p_value`, `method`, and the `seeds`
        and `runs` at this term. `attrs`: `reason` (why it is empty, a `Reason`), `seeds`,
        `reference` (axis to value), `aliased` (terms left out, as they follow from others).

    Raises:
        ConfigError: no such column, event, horizon, or axis of an interaction.
    """
    require_confidence(confidence)
    names = axes_of_runs(frame, axes)
    require_interactions(names, interactions)
    done = finished(frame)
    outcomes = happened(done, event, at).to_numpy(dtype=bool)
    known = done[HORIZONS[at]].notna().to_numpy(dtype=bool)
    done, outcomes = done.loc[known], outcomes[known]
    seeds, groups = np.unique(done["init_seed"].to_numpy(), return_inverse=True)
    if len(seeds) < MINIMUM_SEEDS_FOR_REGRESSION:
        return _nothing("too few seeds", len(seeds))
    design = factorial_design(done, names, interactions)
    if len(design.terms) == 1:
        return _nothing("one level", len(seeds))
    if outcomes.all() or not outcomes.any():
        return _nothing("always" if outcomes.all() else "never", len(seeds))
    data = aggregated(design.columns, outcomes)
    infinite = separated(data)
    if infinite.any():
        found = _penalised(data, design, outcomes, groups, infinite, confidence)
    else:
        found = _clustered(design, outcomes, groups, confidence)
    method = "firth" if infinite.any() else "logit"
    rows = []
    for index, term in enumerate(design.terms[1:], start=1):
        there = design.columns[:, index] > 0
        rows.append(
            {
                "term": term,
                **dict(zip(("odds_ratio", "low", "high", "p_value"), found[index], strict=True)),
                "method": method,
                "seeds": len(np.unique(groups[there])),
                "runs": int(there.sum()),
            }
        )
    effects = pd.DataFrame(rows, columns=list(COLUMNS))
    effects.attrs = {
        "reason": "",
        "seeds": len(seeds),
        "reference": design.reference,
        "aliased": list(design.aliased),
    }
    return effects


def _nothing(reason: Reason, seeds: int) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(COLUMNS))
    empty.attrs = {"reason": reason, "seeds": seeds, "reference": {}, "aliased": []}
    return empty


def aggregated(columns: np.ndarray, outcomes: np.ndarray) -> Binomial:
    """Runs of equal design as one row of counts."""
    design, row = np.unique(columns, axis=0, return_inverse=True)
    return Binomial(
        design, np.bincount(row, weights=outcomes.astype(float)), np.bincount(row).astype(float)
    )


def _clustered(
    design: Design, outcomes: np.ndarray, groups: np.ndarray, confidence: float
) -> np.ndarray:
    """Odds ratio, low, high and p of each column, (columns, 4)."""
    fit = Logit(outcomes.astype(float), design.columns).fit(
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": groups, "use_correction": True, "df_correction": True},
        use_t=True,
    )
    bounds = np.asarray(fit.conf_int(alpha=1 - confidence))
    found = np.column_stack([np.exp(fit.params), np.exp(bounds), fit.pvalues])
    found[~(np.asarray(fit.bse) > LEAST_ERROR), 1:] = np.nan
    return found


def _penalised(
    data: Binomial,
    design: Design,
    outcomes: np.ndarray,
    groups: np.ndarray,
    infinite: np.ndarray,
    confidence: float,
) -> np.ndarray:
    """Odds ratio, low, high and p of each column, (columns, 4)."""
    fit = fit_firth(data)
    alike = resemblance(data, fit, design.columns, outcomes, groups)
    last = int(groups.max())
    found: list[tuple[Any, ...]] = []
    for index in range(len(design.terms)):
        widening = alike[index]
        if infinite[index]:
            there = groups[design.columns[:, index] > 0]
            widening = max(widening, runs_per_seed(there))
        threshold = widening * float(f_distribution.ppf(confidence, 1, last))
        low, high = profile_interval(data, fit, index, threshold)
        ratio = likelihood_ratio(data, fit, index) / widening
        p_value = float(f_distribution.sf(ratio, 1, last))
        found.append((np.exp(fit.coefficients[index]), np.exp(low), np.exp(high), p_value))
    return np.array(found, dtype=float)


def runs_per_seed(groups: np.ndarray) -> float:
    """Runs that count as one if all runs of a seed do the same: sum r^2 / sum r (Kish 1965)."""
    runs = np.bincount(groups)
    return float((runs**2).sum() / runs.sum())


def resemblance(
    data: Binomial,
    fit: FirthFit,
    columns: np.ndarray,
    outcomes: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """Sandwich over model variance of each coefficient, at least 1, (columns,)."""
    inverse = np.linalg.inv(fit.information)
    p = expit(columns @ fit.coefficients)
    weighted = columns * np.sqrt(p * (1 - p))[:, None]
    leverage = np.einsum("ij,jk,ik->i", weighted, inverse, weighted)
    scores = columns * (outcomes - p + leverage * (0.5 - p))[:, None]
    number = int(groups.max()) + 1
    sums = np.column_stack([np.bincount(groups, weights=s, minlength=number) for s in scores.T])
    runs, terms = columns.shape
    factor = number / (number - 1) * (runs - 1) / (runs - terms)
    sandwich = factor * np.diag(inverse @ (sums.T @ sums) @ inverse)
    return np.maximum(sandwich / np.diag(inverse), 1.0)
