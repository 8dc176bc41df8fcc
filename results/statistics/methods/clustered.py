"""The interval of a rate over runs of which several share a seed: the seed is the unit."""

import warnings
from typing import Literal, get_args

import numpy as np
from scipy.stats import bootstrap

from results.errors import ConfigError
from results.statistics.methods.design_effect import design_effect_wilson
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    proportion_interval,
    require_confidence,
)
from results.statistics.methods.seed_shares import ClusteredInterval, ClusterMethod, Shares

CLUSTER_METHODS: tuple[ClusterMethod, ...] = get_args(ClusterMethod)
BootstrapKind = Literal["percentile", "bca"]
RESAMPLES = 2000


def clustered_interval(
    shares: Shares, method: ClusterMethod = "effective_wilson", confidence: float = CONFIDENCE
) -> ClusteredInterval:
    """Compute the interval by one of the methods.

    Raises:
        ConfigError: no such method, or a confidence that is none.
    """
    if method not in CLUSTER_METHODS:
        raise ConfigError(f"method '{method}': there are {', '.join(CLUSTER_METHODS)}")
    if method == "effective_wilson":
        return effective_wilson(shares, confidence)
    if method == "design_effect":
        return design_effect_wilson(shares, confidence)
    return bootstrap_interval(shares, method, confidence)


def effective_wilson(shares: Shares, confidence: float = CONFIDENCE) -> ClusteredInterval:
    """Compute Wilson's interval with at most one observation a seed.

    The mean of S independent shares in [0, 1] with expectation p has a variance of at most
    p (1 - p) / S, reached where every seed does the same in all its runs, so the interval is never
    too narrow however the runs of a seed depend on each other.
    """
    effective = shares.effective
    count = shares.count / shares.total * effective if shares.total else 0.0
    ends = proportion_interval(min(count, effective), effective, "wilson", confidence)
    return ClusteredInterval(*ends, "effective_wilson")


def bootstrap_interval(
    shares: Shares, kind: BootstrapKind = "bca", confidence: float = CONFIDENCE
) -> ClusteredInterval:
    """Bootstrap the rate by drawing seeds, each with all of its runs (Davison & Hinkley 1997,
    section 3.8), by scipy.

    Where all seeds have the same share every resample gives the same rate, and the width of nothing
    would claim certainty: then it is the effective Wilson interval, and `method` says so.

    Args:
        shares: runs counted by seed.
        kind: percentile, or bias-corrected and accelerated (Efron 1987).
        confidence: between 0 and 1.
    """
    require_confidence(confidence)
    if not shares.total:
        return ClusteredInterval(*UNKNOWN, kind)
    low, high = resampled_ends(
        np.array(shares.happened), np.array(shares.runs), kind, confidence, RESAMPLES, seed=0
    )
    if not float(high) > float(low):
        return effective_wilson(shares, confidence)
    return ClusteredInterval(float(low), float(high), kind)


def resampled_ends(
    happened: np.ndarray,
    runs: np.ndarray,
    kind: BootstrapKind,
    confidence: float,
    resamples: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the ends of the bootstrap's intervals; the high end is not above the low end, or NaN,
    where all seeds agree.

    Args:
        happened: (..., seeds) how often it happened to each seed.
        runs: (..., seeds) of so many runs.
    """
    if happened.shape[-1] < 2:
        nothing = np.full(happened.shape[:-1], np.nan)
        return nothing, nothing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # degenerate resamples: the caller looks at the ends
        found = bootstrap(
            (happened, np.broadcast_to(runs, happened.shape)),
            lambda counts, totals, axis: counts.sum(axis=axis) / totals.sum(axis=axis),
            paired=True,
            vectorized=True,
            axis=-1,
            n_resamples=resamples,
            confidence_level=confidence,
            method="BCa" if kind == "bca" else "percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return np.asarray(found.low), np.asarray(found.high)
