"""A row of the table: how often an interval held the truth, or a verdict was wrong."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from results.statistics.methods.intervals import Interval

Row = dict[str, Any]
Part = Callable[[int, np.random.Generator], list[Row]]
"""Makes rows of so many simulations."""
Kind = Literal["coverage", "false alarms"]
CONFIDENCE = 0.95
ALPHA = 0.05


def coverage_row(
    what: str,
    case: str,
    seeds: int,
    ends: Sequence[Interval] | np.ndarray,
    truth: float | np.ndarray,
) -> Row:
    """Make the row of an interval; those that are not there (NaN) are left out.

    Args:
        what: the interval's name; `WRONG: ...` for one that nothing prints.
        case: what was drawn.
        seeds: how many a cell has.
        ends: (simulations, 2), low and high.
        truth: what they are for, one or (simulations,).
    """
    lows, highs = np.asarray(ends, dtype=float).T
    shown = ~np.isnan(lows)
    held = ((lows <= truth) & (truth <= highs))[shown]
    width = float((highs - lows)[shown].mean()) if shown.any() else float("nan")
    return _row("coverage", what, case, seeds, held, width)


def alarm_row(what: str, case: str, seeds: int, alarms: Sequence[bool] | np.ndarray) -> Row:
    """Make the row of a verdict where it is not so; `alarms` says how often it was given."""
    return _row("false alarms", what, case, seeds, np.asarray(alarms, dtype=bool), float("nan"))


def _row(kind: Kind, what: str, case: str, seeds: int, told: np.ndarray, width: float) -> Row:
    share = float(told.mean()) if len(told) else float("nan")
    return {
        "kind": kind,
        "what": what,
        "case": case,
        "seeds": seeds,
        "share": share,
        "width": width,
        "simulations": len(told),
    }


def standard_error(share: float, simulations: int) -> float:
    """Compute the standard error of a simulated share."""
    return (share * (1 - share) / simulations) ** 0.5
