"""How often: counts, Wilson's interval per cell, and a pooled rate clustered by seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bootstrap
from statsmodels.stats.proportion import proportion_confint

MINIMUM_SEEDS = 10
"""Below this a rate says next to nothing: 0 of 9 still allows 30%."""
CONFIDENCE = 0.95
RESAMPLES = 9999


@dataclass(frozen=True)
class Rate:
    """`count` of `total`; the interval is None where there are too few seeds for a rate."""

    count: int
    total: int
    interval: tuple[float, float] | None

    def __str__(self) -> str:
        text = f"{self.count} of {self.total}"
        if self.interval is None:
            return text
        low, high = self.interval
        return f"{text} ({100 * low:.0f}-{100 * high:.0f}%)"


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95% score interval (Wilson 1927), by statsmodels."""
    low, high = proportion_confint(count, total, alpha=1 - CONFIDENCE, method="wilson")
    return float(low), float(high)


def cell_rate(happened: pd.Series, init_seeds: pd.Series) -> Rate:
    """The rate of one cell. With an interval from ten distinct seeds on, if no seed is repeated:
    runs that share a seed are not independent."""
    count, total = int(happened.sum()), len(happened)
    seeds = init_seeds.nunique()
    enough = seeds >= MINIMUM_SEEDS and seeds == total
    return Rate(count, total, wilson(count, total) if enough else None)


def pooled_rate(happened: pd.Series, init_seeds: pd.Series) -> Rate:
    """The rate over all cells, clustered by seed.

    From ten seeds on: the percentile bootstrap over seeds, each seed with all its runs. Where
    every seed does the same in all its cells the seeds are the sample, and Wilson's interval over
    seeds is given: the bootstrap of seeds that all agree has no width.
    """
    count, total = int(happened.sum()), len(happened)
    by_seed = happened.astype(float).groupby(init_seeds.to_numpy()).agg(["sum", "count"])
    if len(by_seed) < MINIMUM_SEEDS:
        return Rate(count, total, None)
    shares = by_seed["sum"] / by_seed["count"]
    if shares.isin([0.0, 1.0]).all():
        return Rate(count, total, wilson(int(shares.sum()), len(shares)))
    result = bootstrap(
        (by_seed["sum"].to_numpy(), by_seed["count"].to_numpy()),
        lambda happened, runs, axis=-1: np.sum(happened, axis) / np.sum(runs, axis),
        paired=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
        vectorized=True,
    )
    interval = result.confidence_interval
    return Rate(count, total, (float(interval.low), float(interval.high)))


def rates(frame: pd.DataFrame, axes: list[str]) -> pd.DataFrame:
    """One row a cell and horizon: how many runs fell and learned.

    Args:
        frame: of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell.

    Returns:
        Frame with the axes, `at` ("H/2" or "H"), `seeds`, `fell` and `learned` (each a `Rate`).
    """
    done = frame[frame["outcome"].notna()]
    rows = []
    for cell, runs in done.groupby(axes, sort=True):
        for at, column in (("H/2", "outcome_half"), ("H", "outcome")):
            outcomes = runs[column]
            rows.append(
                {
                    **dict(zip(axes, cell, strict=True)),
                    "at": at,
                    "seeds": int(runs["init_seed"].nunique()),
                    "fell": cell_rate(outcomes.isin(["constant", "flat"]), runs["init_seed"]),
                    "learned": cell_rate(outcomes == "learned", runs["init_seed"]),
                }
            )
    return pd.DataFrame(rows)
