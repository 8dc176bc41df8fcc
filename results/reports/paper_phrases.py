"""Sentences on what the paper claims or has counted, beside what the runs show."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from results.statistics.comparing.paper_counts import EXTREME, PredictiveCheck
from results.statistics.methods.intervals import Interval
from results.statistics.methods.posterior_predictive import posterior_predictive_p
from results.statistics.rates import MINIMUM_SEEDS
from results.statistics.timing.speed import SpeedComparison
from results.text import counted, span


def check_phrase(found: PredictiveCheck) -> str:
    """Say how improbable the paper's count is under our rate."""
    saw = f"The paper saw {found.paper_count} of {found.paper_total} stay at its barrier; "
    if math.isnan(found.p_value):
        return saw + f"with {found.count} of {found.total} here there is nothing to compare."
    return saw + (
        f"under our rate ({found.count} of {found.total} here) so extreme a count has a "
        f"probability of {percent(found.p_value)}. Optimiser, initialisation and horizon are ours: "
        "the paper does not state them in full."
    )


def percent(probability: float) -> str:
    """`3%`, `0.4%`, or `below 0.1%`."""
    if probability < 0.001:
        return "below 0.1%"
    return f"{100 * probability:.{0 if probability >= 0.01 else 1}f}%"


def speed_phrase(found: SpeedComparison) -> str:
    """Say what the paper claims of the speed of two cells, and what the runs show."""
    claim = found.claim
    level = "its lowest test loss" if claim.level is None else f"a test loss of {claim.level:g}"
    text = (
        f"{claim.reference}: {named(claim.faster)} reaches {level} about {claim.ratio:g}x sooner "
        f"than {named(claim.slower)}. "
    )
    if found.iterations_ratio is None:
        text += "Here: inconclusive, no pair of runs with one seed that both reached it"
    else:
        text += f"Here: {times(found.iterations_ratio, found.iterations_interval)} in iterations"
        if found.seconds_ratio is not None:
            text += f" and {times(found.seconds_ratio, found.seconds_interval)} in seconds"
        none = "" if found.iterations_interval else ", too few for an interval"
        text += (
            f" (median of {counted(found.seeds, 'seed')}{none}; both reached it in {found.both} of "
            f"{counted(found.pairs, 'pair')})"
        )
    return text + (
        f"; never reached: {found.faster_never} of {found.faster_runs} against "
        f"{found.slower_never} of {found.slower_runs}"
        + (f"; {found.unknown} without a whole curve left out." if found.unknown else ".")
        + (f" {horizon_phrase(found)}" if found.too_short else "")
    )


def times(ratio: float, interval: Interval | None) -> str:
    """`3.5x (95%: 2.0x to 6.1x)`."""
    ends = " (95%: {:.1f}x to {:.1f}x)".format(*interval) if interval else ""
    return f"{ratio:.1f}x{ends}"


def horizon_phrase(found: SpeedComparison) -> str:
    """Say that runs so short cannot show the claim, whatever they do."""
    claim = found.claim
    return (
        "Runs so short cannot show the paper's figure: its own took about "
        f"{claim.faster_at:,.0f} and {claim.slower_at:,} iterations, these end at "
        f"{found.faster_horizon:,} and {found.slower_horizon:,}."
    )


def named(cell: Mapping[str, Any]) -> str:
    """`objective=soft width=2`."""
    return " ".join(f"{field}={value}" for field, value in cell.items())


def hardly(checks: Sequence[PredictiveCheck]) -> str:
    """Say that so few runs can hardly disagree with the paper; empty where there are more, or one
    count does disagree.

    Of a cell it is known: its runs could have ended in any number of collapses, and of each the
    paper's count has a probability.
    """
    few = [found for found in checks if 0 < found.total < MINIMUM_SEEDS]
    if any(found.extreme for found in checks) or not few:
        return ""
    never = sum(not could_disagree(found) for found in few)
    sizes = [found.total for found in few]
    where = f"in {never} of {counted(len(few), 'such cell')}" if len(few) > 1 else "here"
    why = f": {where} no outcome of theirs would have been surprising" if never else ""
    runs = span(min(sizes), max(sizes))
    return f"; so few runs ({runs} a cell) can hardly disagree{why}"


def could_disagree(found: PredictiveCheck) -> bool:
    """Whether some number of collapses among our runs would have made the paper's count
    surprising."""
    chances = (
        posterior_predictive_p(count, found.total, found.paper_count, found.paper_total)
        for count in range(found.total + 1)
    )
    return min(chances) < EXTREME
