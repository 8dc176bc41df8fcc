"""Independence of an axis: it is shown only if every difference lies within a margin."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import At, axes_of_runs, happened
from results.statistics.comparing.difference import difference_of
from results.statistics.comparing.strata import strata
from results.statistics.methods.exact_paired import more_p
from results.statistics.methods.holm import correct_rows
from results.statistics.methods.intervals import UNKNOWN, Interval, require_between

COLUMNS = (
    "axis",
    "first",
    "second",
    "stratum",
    "event",
    "at",
    "design",
    "seeds",
    "only_first",
    "only_second",
    "difference",
    "low",
    "high",
    "inside",
    "p_value",
    "p_holm",
    "verdict",
    "run_ids_first",
    "run_ids_second",
)

Verdict = Literal["equivalent", "different", "inconclusive"]


@dataclass(frozen=True)
class EquivalenceVerdict:
    """The verdict over all pairs of an axis's values."""

    verdict: Verdict
    pairs: int
    inside: int
    """Pairs whose interval lies inside the margin."""
    different: int
    """Pairs that differ after Holm's correction and do not lie inside."""
    small: int
    """Pairs that differ after it, but by less than the margin."""
    widest: Interval
    """The widest interval; NaN where a pair has none."""
    seeds_needed: int
    """With fewer, not even seeds that all agree would show equivalence."""
    margin: float


def equivalence(
    frame: pd.DataFrame,
    axis: str,
    margin: float,
    *,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Make two one-sided tests for each pair of an axis's values, within strata of the other axes.

    A pair is equivalent if its 1 - 2 alpha interval lies inside ±margin (Schuirmann 1987): where
    seeds are shared, if an exact test of either margin rejects it (`methods.exact_paired`).
    Independence of the axis is claimed only if all pairs are, which is an intersection-union test:
    each pair is tested at alpha and their number needs no correction (Berger 1982). p-values
    against no difference are corrected (Holm 1979).

    Args:
        frame: a frame of `load_study`.
        axis: one of its axes; cells in which it cannot matter are left out.
        margin: the largest difference of two rates that would not matter, between 0 and 1.
        axes: columns that name a cell; by default the study's.
        event: what is counted.
        at: half the horizon, or the horizon.
        alpha: the level of each one-sided test.

    Returns:
        Frame of `COLUMNS`, a row per pair and stratum; `difference` is the rate of the second value
        less that of the first (what changes on the way from one to the other), NaN where a pair
        has no stratum or outcome in common.

    Raises:
        ConfigError: a margin or alpha out of range, no such axis, event or horizon.

    Example:
        >>> from results.examples import example_study
        >>> table = equivalence(example_study(), "batch_norm", margin=0.2)
        >>> table[["first", "second", "difference", "verdict"]].values.tolist()
        [['none', 'all', -0.5, 'different']]
    """
    require_margin(margin, alpha)
    happened(frame.head(0), event, at)
    known = axes_of_runs(frame, axes)
    if axis not in known:
        raise ConfigError(f"axis '{axis}': there are {', '.join(known)}")
    rows = []
    for first, second in combinations(frame[axis].dropna().unique().tolist(), 2):
        named = {"axis": axis, "first": first, "second": second, "event": event, "at": at}
        found = strata(frame, {axis: first}, {axis: second}, axes)
        rows += [
            named | _pair(stratum.cell, stratum.against, str(stratum), event, at, margin, alpha)
            for stratum in found
        ] or [named | NO_STRATUM]
    correct_rows(rows, {"p_value": "p_holm"})
    for row in rows:
        if row["inside"]:
            row["verdict"] = "equivalent"
        else:
            row["verdict"] = "different" if row["p_holm"] < alpha else "inconclusive"
    return pd.DataFrame(rows, columns=list(COLUMNS))


NO_STRATUM: dict[str, Any] = {
    "stratum": "",
    "design": "none",
    "seeds": 0,
    "difference": float("nan"),
    "low": float("nan"),
    "high": float("nan"),
    "inside": False,
    "p_value": float("nan"),
    "run_ids_first": (),
    "run_ids_second": (),
}


def _pair(
    first: pd.DataFrame,
    second: pd.DataFrame,
    stratum: str,
    event: str,
    at: At,
    margin: float,
    alpha: float,
) -> dict[str, Any]:
    result = difference_of(second, first, event, at, 1 - 2 * alpha, alpha)
    rates, pairs = result.rates, result.rates.pairs
    low, high = rates.interval
    return {
        "stratum": stratum,
        "design": result.design,
        "seeds": len(rates.cell.runs) + (0 if pairs else len(rates.against.runs)),
        "only_first": pairs and pairs.only_against,
        "only_second": pairs and pairs.only_cell,
        "difference": rates.estimate,
        "low": low,
        "high": high,
        "inside": low > -margin and high < margin,
        "p_value": rates.p_value,
        "run_ids_first": result.run_ids_against,
        "run_ids_second": result.run_ids_cell,
    }


def equivalence_verdict(
    pairs: pd.DataFrame, margin: float, alpha: float = 0.05
) -> EquivalenceVerdict:
    """Draw the verdict over the pairs of `equivalence`, with the same margin and alpha.

    "equivalent" where every pair is, "different" where one differs after correction, else
    "inconclusive"; so is an axis with fewer than two values.
    """
    require_margin(margin, alpha)
    inside = sum(map(bool, pairs["inside"]))
    differ = [
        (bool(within), p < alpha)
        for within, p in zip(pairs["inside"], pairs["p_holm"], strict=True)
    ]
    different, small = differ.count((False, True)), differ.count((True, True))
    verdict: Verdict = "inconclusive"
    if len(pairs) and inside == len(pairs):
        verdict = "equivalent"
    elif different:
        verdict = "different"
    widest = UNKNOWN
    intervals = list(zip(pairs["low"], pairs["high"], strict=True))
    if intervals and not any(math.isnan(low) for low, _ in intervals):
        widest = max(intervals, key=lambda ends: ends[1] - ends[0])
    return EquivalenceVerdict(
        verdict=verdict,
        pairs=len(pairs),
        inside=inside,
        different=different,
        small=small,
        widest=widest,
        seeds_needed=seeds_for_margin(margin, alpha),
        margin=margin,
    )


def seeds_for_margin(margin: float, alpha: float = 0.05) -> int:
    """Count the paired seeds with which equivalence is shown if no pair is discordant: where the
    rates differ by the margin, all of n seeds agree with a probability of at most (1 - margin)^n,
    which must be below alpha."""
    require_margin(margin, alpha)
    seeds = max(1, math.floor(math.log(alpha) / math.log1p(-margin)))
    while more_p(0, 0, seeds, -margin) >= alpha:
        seeds += 1
    return seeds


def require_margin(margin: float, alpha: float) -> None:
    """Raise ConfigError unless both lie in their ranges."""
    require_between("margin", margin, 1)
    require_between("alpha", alpha, 0.5)
