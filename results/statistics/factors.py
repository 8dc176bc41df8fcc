"""Which settings change how often: logistic regression over a factorial, clustered by seed."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import HORIZONS, At, axes_of_runs, finished, happened, is_missing
from results.statistics.methods.clustered_logit import (
    binomial_of,
    clustered_firth,
    clustered_logit,
)
from results.statistics.methods.design_matrix import Factor, design_matrix
from results.statistics.methods.firth import separated
from results.statistics.methods.intervals import CONFIDENCE, require_confidence

MINIMUM_SEEDS_FOR_REGRESSION = 40
"""Sandwich variances with fewer clusters are too small (Cameron, Gelbach and Miller 2008)."""
NONE_APPLIES = "none applies"
"""The level of runs in which an axis cannot matter."""
RegressionReason = Literal["", "too few seeds", "one level", "always", "never"]
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
    """Estimate the odds ratio of an event for each axis value against the axis's first one.

    "logit": maximum likelihood, with the sandwich variance over init_seeds (Liang and Zeger 1986)
    and Student's t with as many degrees of freedom as seeds decide the term, less one. "firth":
    where a setting always or never has the event, Firth's penalised likelihood with profile
    intervals, their threshold widened by the design effect: the ratio of sandwich to model
    variance, at least 1. Of a term without a finite maximum-likelihood estimate the data do not say
    that ratio; the largest is assumed, that all runs a seed has at this term do the same.

    Where every seed does the same with a setting as without it, a sandwich variance is 0 whatever
    the number of seeds: `low`, `high` and `p_value` are NaN then (`compare` has an interval), and
    where fewer than four seeds decide the term.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell; by default the study's.
        event: one of `results.outcomes.EVENTS`.
        at: "H/2" or "H".
        interactions: pairs of axes; the odds ratio of such a term is a ratio of odds ratios.
        confidence: the level of the intervals, between 0 and 1.

    Returns:
        One row a term: `term`, `odds_ratio`, `low`, `high`, `p_value`, `method`, and the `seeds`
        and `runs` at this term. `attrs`: `reason` (why it is empty, a `RegressionReason`), `seeds`,
        `reference` (axis to value), `aliased` (terms left out, as they follow from others).

    Raises:
        ConfigError: no such column, event, horizon, or axis of an interaction.

    Example:
        >>> from results.examples import example_study
        >>> table = factor_effects(example_study(seeds=48)).round(2)
        >>> table[["term", "odds_ratio", "low", "high", "method"]].values.tolist()
        [['batch_norm=all', 0.1, 0.04, 0.23, 'logit']]
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
    factors = [factor_of(done, name) for name in names]
    if all(len(factor.levels) == 1 for factor in factors):
        return _nothing("one level", len(seeds))
    if outcomes.all() or not outcomes.any():
        return _nothing("always" if outcomes.all() else "never", len(seeds))
    design = design_matrix(factors, interactions)
    infinite = separated(binomial_of(design.columns, outcomes))
    if infinite.any():
        found = clustered_firth(design.columns, outcomes, groups, infinite, confidence)
    else:
        found = clustered_logit(design.columns, outcomes, groups, confidence)
    rows: list[dict[str, Any]] = []
    for index, term in enumerate(design.terms[1:], start=1):
        there = design.columns[:, index] > 0
        rows.append(
            {
                "term": term,
                **dict(zip(("odds_ratio", "low", "high", "p_value"), found[index], strict=True)),
                "method": "firth" if infinite.any() else "logit",
                "seeds": len(np.unique(groups[there])),
                "runs": int(there.sum()),
            }
        )
    effects = pd.DataFrame(rows, columns=list(COLUMNS))
    effects.attrs = {
        "reason": "",
        "seeds": len(seeds),
        "reference": {factor.name: factor.levels[0] for factor in factors},
        "aliased": list(design.aliased),
    }
    return effects


def _nothing(reason: RegressionReason, seeds: int) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(COLUMNS))
    empty.attrs = {"reason": reason, "seeds": seeds, "reference": {}, "aliased": []}
    return empty


def factor_of(frame: pd.DataFrame, axis: str) -> Factor:
    """Make a factor of an axis, its values as text. The reference is the first value in the frame
    that is not missing; missing ones are a level of their own, the last."""
    texts = list(map(_text, frame[axis].tolist()))
    levels = [level for level in dict.fromkeys(texts) if level != NONE_APPLIES]
    levels += [NONE_APPLIES] * (NONE_APPLIES in texts)
    return Factor(axis, tuple(levels), np.array([levels.index(text) for text in texts]))


def _text(value: Any) -> str:
    if is_missing(value):
        return NONE_APPLIES
    return f"{value:g}" if isinstance(value, float) else str(value)


def require_interactions(axes: Sequence[str], interactions: Sequence[tuple[str, str]]) -> None:
    """Raise ConfigError unless they are pairs of two different axes."""
    for pair in interactions:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise ConfigError(
                f"interactions: {pair!r}: must be pairs of axes, as [('lr', 'width')]"
            )
        wrong = [name for name in pair if name not in axes]
        if wrong:
            raise ConfigError(f"interactions {wrong}: no axis; there are {', '.join(axes)}")
