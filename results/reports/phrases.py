"""Sentences on what a statistic found, each a function of a row or dataclass of it."""

import math
from collections.abc import Mapping
from typing import Any

from results.statistics.cells import is_missing
from results.statistics.comparing.equivalence import EquivalenceVerdict
from results.statistics.factors import MINIMUM_SEEDS_FOR_REGRESSION
from results.statistics.methods.exact_paired import exact_paired_p
from results.statistics.rates import PLANNED, SEQUENCE, THREE_WAY, TWO_WAY
from results.text import counted

INTERVAL_NAMES = {
    "wilson": "Wilson",
    "clopper_pearson": "Clopper-Pearson",
    "jeffreys": "Jeffreys",
    "effective_wilson": "Wilson, clustered by seed",
    TWO_WAY: "Wilson, clustered by two kinds of units",
    THREE_WAY: "Wilson, clustered by three kinds of units",
    SEQUENCE: "confidence sequence",
    PLANNED: "calibrated for the looks that were planned (learned: confidence sequence)",
}
"""What people call the methods of `results.rates`."""


def contrast_phrase(row: Mapping[Any, Any], tests: int, alpha: float = 0.05) -> str:
    """Say what became of the seeds of a contrast, and why nothing follows from it, if so.

    Args:
        row: of `results.compare`.
        tests: rows that Holm's correction is for.
        alpha: of `results.compare`.
    """
    if row["verdict"] == "absent":
        text = f"{row['cell']} against {row['against']}: runs of these cells were not requested"
        for axis, value, present in row["not_run"]:
            text += f"; no run has {axis}={value!r}, some have {', '.join(map(repr, present))}"
        return text + "."
    text = _unpaired(row) if is_missing(row["pairs"]) else _paired(row)
    clauses = [f"at {row['stratum']} {text}" if row["stratum"] else text]
    if row["incomplete"]:
        has, count = ("has", "counts") if row["incomplete"] == 1 else ("have", "count")
        seeds = counted(row["incomplete"], "seed")
        clauses.append(f"{seeds} {has} fewer pairs than others and {count} with these")
    if row["missing"]:
        clauses.append(f"{row['missing']} left out for want of an outcome")
    if row["left_out"]:
        has = "has, too" if is_missing(row["pairs"]) else "lacks"
        clauses.append(f"{row['left_out']} runs left out whose seeds the other side {has}")
    if row["reason"]:
        place = len(clauses) if row["reason"] == "correction" else 1
        clauses.insert(place, f"too few to decide: {underpowered_phrase(row, tests)}")
    elif few_differ(row, alpha):
        most = 100 * max(-row["low"], row["high"])
        clauses.insert(1, f"so few differ that the rates lie at most {most:.0f} points apart (95%)")
    return "; ".join(clauses) + "."


def _happened(event: str) -> str:
    return "collapsed" if event == "fell" else f"were {event}"


def _unpaired(row: Mapping[Any, Any]) -> str:
    return (
        f"{row['against_count']} of {row['against_total']} runs {_happened(row['event'])} with "
        f"{row['against']}, {row['cell_count']} of {row['cell_total']}, of other seeds, with "
        f"{row['cell']}"
    )


def _paired(row: Mapping[Any, Any]) -> str:
    unit = "seeds" if row["design"] == "paired" else "pairs of seeds"
    if row["strata"] > 1:
        unit = f"pairs of runs of {counted(row['seeds'], 'seed')}"
    count, total = row["against_count"], row["against_total"]
    kept, gained = row["only_against"], row["only_cell"]
    if not kept and not gained:
        each = {0: "none", total: "all"}.get(count, str(count))
        return (
            f"all {total} {unit} ended alike with {row['against']} and with {row['cell']}: {each} "
            f"{_happened(row['event'])}"
        )
    text = f"{count} of {total} {unit} {_happened(row['event'])} with {row['against']}; "
    if row["event"] != "fell":
        return (
            f"{text}{row['cell']} changed that for {kept} of these and for {gained} of the other "
            f"{total - count}"
        )
    lost = f"{gained} of the other {total - count} collapsed instead"
    lost += _learned(gained, row["only_cell_learned"], "had learned")
    if not count:
        return f"{text}{row['cell']}: {lost}"
    saved = f"{text}{row['cell']} saved {kept} of these"
    saved += _learned(kept, row["only_against_learned"], "learned")
    return f"{saved}, and {lost}" if count < total else saved


def _learned(seeds: int, learned: int, verb: str) -> str:
    """Nothing where all of them learned: not to collapse is less than to learn."""
    return "" if learned == seeds else f" ({learned} of them {verb})"


def few_differ(row: Mapping[Any, Any], alpha: float = 0.05) -> bool:
    """Tell whether so few of the seeds of a paired contrast differ that not even all of them in one
    direction would be a difference."""
    if is_missing(row["discordant"]) or is_missing(row["p_value"]):
        return False
    seeds = row["pairs"] if row["design"] == "paired" else row["seeds"]
    return exact_paired_p(row["discordant"], 0, seeds) >= alpha


def underpowered_phrase(row: Mapping[Any, Any], tests: int) -> str:
    """Say what a contrast lacks (`results.statistics.comparing.difference.ContrastReason`)."""
    if row["reason"] == "correction":
        return (
            f"even the smallest p-value that they allow is {row['minimum_p_holm']:.2g} after "
            f"Holm's correction for {tests}"
        )
    if row["reason"] == "seeds":
        seeds = row["units"] or counted(row["cell_seeds"], "seed")
        if is_missing(row["pairs"]):
            seeds = f"{row['cell_seeds']} and {row['against_seeds']} seeds"
        return f"{seeds}: the smallest possible p-value is {row['minimum_p']:.2g}"
    return {
        "pairing": "the sides share init seeds but no pair of init and data seed",
        "outcomes": "a side has no run with an outcome",
    }[row["reason"]]


def equivalence_phrase(found: EquivalenceVerdict) -> str:
    """Say how many pairs of an axis's values lie within the margin."""
    if not found.pairs:
        return "not asked: no two of the axis's values stand against each other here."
    text = f"{found.verdict}: {found.inside} of {found.pairs} pairs lie within ±{found.margin:g}"
    if found.different:
        text += f", {found.different} differ"
    if found.small:
        verb = "differs" if found.small == 1 else "differ"
        text += f"; {found.small} of them {verb}, but by less than the margin"
    low, high = found.widest
    if not math.isnan(low):
        text += f"; widest interval (90%) {100 * low:+.0f} to {100 * high:+.0f} points"
    if found.verdict == "inconclusive":
        text += f"; at least {found.seeds_needed} seeds are needed even if all agree"
    return f"{text}."


def regression_phrase(attributes: Mapping[Any, Any]) -> str:
    """Say why there is no regression.

    Args:
        attributes: `attrs` of a frame of `results.factor_effects`.
    """
    return {
        "too few seeds": f"{counted(attributes['seeds'], 'seed')}: a regression takes "
        f"{MINIMUM_SEEDS_FOR_REGRESSION} or more.",
        "one level": "No axis has two values.",
        "always": "Every run has this event.",
        "never": "No run has this event.",
    }[attributes["reason"]]
