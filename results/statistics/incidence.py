"""Cumulative incidence of escape, with divergence as a competing event.

Aalen and Johansen's estimator (1978): F(t) = sum over t_i <= t of S(t_i-) d_i / n_i, with S the
share that neither escaped nor diverged. An escape in (after, by] is drawn as a step at `by`, so
the true curve lies between this one and the same one moved an evaluation interval to the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from results.errors import ConfigError
from results.statistics.cells import axes_of, by_cell, require_columns
from results.statistics.escape import EVALUATIONS, OF_ESCAPES
from results.statistics.methods.intervals import CONFIDENCE, require_confidence
from results.statistics.rates import MINIMUM_SEEDS

DRAWS = 999
COLUMNS = ("iteration", "incidence", "low", "high", "at_risk", "seeds", "runs", "unknown")


@dataclass(frozen=True)
class Counts:
    """Runs per seed and evaluation, each of shape (seeds, evaluations)."""

    event: np.ndarray
    """Had the event at it."""
    other: np.ndarray
    """Had the competing event at it."""
    at_risk: np.ndarray
    """Had neither before it, and were followed up to it."""


def cumulative_incidence(
    escapes: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "escaped",
    confidence: float = CONFIDENCE,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """The share that has escaped by each evaluation, per cell, with pointwise intervals.

    Intervals are on the complementary log-log scale. Where no init_seed is repeated the variance
    is Dinse and Larson's (1986), which is p (1 - p) / n if nothing is censored. Where seeds are
    repeated it is that of a bootstrap of whole seeds, with Student's quantile. Where the estimate
    is 0 or 1, or the seeds do not differ, Clopper and Pearson's interval (1934) with one
    observation a seed. Below ten seeds NaN.

    Args:
        escapes: of `escape_times`; runs of which nothing is known are left out and counted.
        axes: columns that name a cell.
        event: "escaped" or "diverged"; the other one competes with it.
        confidence: of the intervals.
        seed: of the bootstrap.

    Returns:
        One row a cell and evaluation after iteration 0: the axes, `iteration`, `incidence`,
        `low`, `high`, `at_risk` (runs), `seeds` (distinct), `runs`, `unknown` (runs left out).

    Raises:
        ConfigError: no such event.
    """
    if event not in ("escaped", "diverged"):
        raise ConfigError(f"event '{event}': there are escaped and diverged")
    require_confidence(confidence)
    require_columns(escapes, OF_ESCAPES, "escape_times")
    names = axes_of(escapes, axes)
    frames = []
    for cell, rows in by_cell(escapes, names).items():
        runs = rows.loc[rows["event"].notna()]
        if runs.empty:
            continue
        grid = evaluation_grid(runs, escapes.attrs.get(EVALUATIONS))
        counts = counts_by_seed(runs, grid, event)
        incidence, low, high = _with_interval(counts, confidence, seed)
        columns: dict[str, Any] = {
            name: pd.Series([value] * len(grid)) for name, value in zip(names, cell, strict=True)
        }
        columns |= {"iteration": grid, "incidence": incidence, "low": low, "high": high}
        columns |= {"at_risk": counts.at_risk.sum(axis=0), "seeds": len(counts.event)}
        columns |= {"runs": len(runs), "unknown": len(rows) - len(runs)}
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=[*names, *COLUMNS])
    return pd.concat(frames, ignore_index=True)


def evaluation_grid(runs: pd.DataFrame, evaluations: Sequence[int] | None) -> np.ndarray:
    """Iterations of the evaluations up to the last one of these runs, in order."""
    times = event_times(runs)
    grid = np.union1d(np.asarray(evaluations or [], dtype=np.int64), times)
    return grid[grid <= np.fmax(times.max(), runs["at_risk_to"].max())]


def event_times(runs: pd.DataFrame) -> np.ndarray:
    """Iteration of the escape, of the divergence, or up to which there was neither."""
    return runs["by"].fillna(runs["at_risk_to"]).to_numpy(dtype=np.int64)


def counts_by_seed(runs: pd.DataFrame, grid: np.ndarray, event: str = "escaped") -> Counts:
    """Counts in the order of the seeds; runs that leave after the grid's end stay at risk."""
    seeds, row = np.unique(runs["init_seed"].to_numpy(), return_inverse=True)
    shape = (len(seeds), len(grid) + 1)
    column = np.searchsorted(grid, event_times(runs))
    kinds = runs["event"].to_numpy(dtype=object)
    mine, left = np.zeros(shape), np.zeros(shape)
    other = np.zeros(shape)
    np.add.at(left, (row, column), 1.0)
    np.add.at(mine, (row, column), (kinds == event).astype(float))
    np.add.at(other, (row, column), ((kinds != event) & (kinds != "none")).astype(float))
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    return Counts(mine[:, :-1], other[:, :-1], at_risk[:, :-1])


def aalen_johansen(event: np.ndarray, other: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Cumulative incidence along the last axis, from counts at each evaluation."""
    return np.cumsum(_share_before(event + other, at_risk) * _ratio(event, at_risk), axis=-1)


def _share_before(ended: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """S(t-), the share with neither event before each evaluation."""
    survivors = np.cumprod(1.0 - _ratio(ended, at_risk), axis=-1)
    return np.concatenate([np.ones_like(survivors[..., :1]), survivors[..., :-1]], axis=-1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def incidence_variance(event: np.ndarray, other: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Variance of `aalen_johansen` for independent runs (Dinse and Larson 1986).

    sum of (F(t) - F_i)^2 d_i / (n_i (n_i - d_i)) + S_i^2 (n_i - e_i) e_i / n_i^3
    - 2 (F(t) - F_i) S_i e_i / n_i^2, with e_i events of this kind and d_i of both.
    """
    incidence = aalen_johansen(event, other, at_risk)
    before = _share_before(event + other, at_risk)
    ended = event + other
    greenwood = _ratio(ended, at_risk * (at_risk - ended))
    own = before**2 * _ratio((at_risk - event) * event, at_risk**3)
    cross = before * _ratio(event, at_risk**2)
    square = (
        incidence**2 * np.cumsum(greenwood)
        - 2 * incidence * np.cumsum(incidence * greenwood)
        + np.cumsum(incidence**2 * greenwood)
    )
    mixed = 2 * incidence * np.cumsum(cross) - 2 * np.cumsum(incidence * cross)
    return np.maximum(square + np.cumsum(own) - mixed, 0.0)


def _with_interval(
    counts: Counts, confidence: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Incidence, low and high, each of shape (evaluations,)."""
    event, other, at_risk = (x.sum(axis=0) for x in (counts.event, counts.other, counts.at_risk))
    incidence = aalen_johansen(event, other, at_risk)
    incidence = np.where(np.isclose(incidence, 1.0, rtol=0, atol=1e-12), 1.0, incidence)
    seeds = len(counts.event)
    if seeds < MINIMUM_SEEDS:
        nothing = np.full(len(incidence), np.nan)
        return incidence, nothing, nothing
    if (counts.at_risk[:, 0] > 1).any():
        deviation = bootstrap_deviation(counts, seed)
        quantile = float(t.ppf(0.5 + confidence / 2, seeds - 1))
    else:
        deviation = np.sqrt(incidence_variance(event, other, at_risk))
        quantile = float(norm.ppf(0.5 + confidence / 2))
    known = seeds_known(counts)
    exact = np.asarray(
        proportion_confint(incidence * known, known, alpha=1 - confidence, method="beta")
    )
    inside = (incidence > 0) & (incidence < 1) & (deviation > 1e-9)
    share = np.where(inside, incidence, 0.5)
    log_rest = np.log1p(-share)
    factor = np.exp(quantile * deviation / ((1 - share) * -log_rest))
    low = np.where(inside, -np.expm1(log_rest / factor), exact[0])
    high = np.where(inside, -np.expm1(log_rest * factor), exact[1])
    return incidence, low, high


def seeds_known(counts: Counts) -> np.ndarray:
    """Of how many seeds no run was lost sight of before each evaluation (at least 1)."""
    left = (counts.at_risk - counts.event - counts.other)[:, :-1] - counts.at_risk[:, 1:]
    lost = (np.cumsum(left, axis=1) > 0).sum(axis=0)
    return np.maximum(len(counts.event) - np.concatenate([[0], lost]), 1)


def bootstrap_deviation(counts: Counts, seed: int) -> np.ndarray:
    """Standard deviation of the incidence under resampling of whole seeds."""
    seeds = len(counts.event)
    drawn = np.random.default_rng(seed).multinomial(seeds, [1 / seeds] * seeds, size=DRAWS)
    replicates = aalen_johansen(drawn @ counts.event, drawn @ counts.other, drawn @ counts.at_risk)
    return replicates.std(axis=0, ddof=1) * np.sqrt(seeds / (seeds - 1))
