"""Does anything change it: contrasts between cells, paired by seed, corrected for their number."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from results.statistics.cells import At, happened
from results.statistics.comparing.contrasts import contrast_mappings, not_run
from results.statistics.comparing.difference import Difference, difference_of
from results.statistics.comparing.strata import strata
from results.statistics.methods.holm import holm
from results.statistics.methods.intervals import CONFIDENCE, require_between, require_confidence
from results.text import cell_text

ContrastVerdict = Literal["different", "inconclusive", "underpowered", "absent"]
COUNTS = (
    "seeds",
    "pairs",
    "both",
    "only_cell",
    "only_against",
    "neither",
    "cell_count",
    "cell_total",
    "against_count",
    "against_total",
)
LEFT_OUT = ("missing", "left_out")
SEEDS = ("cell_seeds", "against_seeds", "discordant")
LEARNED = ("only_cell_learned", "only_against_learned")
DETAILS = ("reason", "minimum_p", "minimum_p_holm", *SEEDS, *LEARNED, "not_run")
"""Columns that say how a verdict came about."""
COLUMNS = (
    "question",
    "stratum",
    "cell",
    "against",
    "event",
    "at",
    "design",
    *COUNTS,
    "difference",
    "low",
    "high",
    "p_value",
    "p_holm",
    "verdict",
    *DETAILS,
    *LEFT_OUT,
    "run_ids_cell",
    "run_ids_against",
)

Row = dict[str, Any]
ABSENT: Row = {
    "stratum": "",
    "design": "none",
    "seeds": 0,
    **dict.fromkeys(("difference", "low", "high", "p_value", "minimum_p"), float("nan")),
    "verdict": "absent",
    "reason": "",
    "missing": 0,
    "left_out": 0,
    "run_ids_cell": (),
    "run_ids_against": (),
}
"""A contrast whose cells are not among the runs."""


def compare(
    frame: pd.DataFrame,
    contrasts: Sequence[Any],
    *,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Compare the sides of each contrast, paired by seed where they share seeds.

    Paired: the exact unconditional test and the interval that inverts it. Disjoint seeds:
    Boschloo's exact test and Newcombe's interval. Where runs of a side share an init seed, the seed
    is the unit. Where a contrast covers several strata (see `strata`), each is a row: a test over
    all their runs would count a seed several times. p-values are corrected for all rows (Holm
    1979).

    Args:
        frame: a frame of `load_study`.
        contrasts: each with `question`, `cell` and `against` (axis values), and perhaps an `event`
            of its own; or as a study file has them.
        axes: columns that name a cell; by default the study's.
        event: what is counted, one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: the level of the intervals, which are not corrected for their number.
        alpha: two-sided level of all contrasts together.

    Returns:
        Frame of `COLUMNS`, a row for each contrast and stratum. `difference` is the cell's rate
        less the other's. `verdict` is "different", "inconclusive", "underpowered" (the minimum
        attainable p of so few seeds is not below alpha after the correction; `reason`
        says what lacks, see `difference.ContrastReason`) or "absent" (the frame has no such cells;
        `not_run` holds the values that no run has).

    Raises:
        ConfigError: no list of contrasts, a contrast lacks a side or names no column, no such event
            or horizon, or a cell holds a pair of seeds twice.

    Example:
        >>> from results.examples import example_study
        >>> sides = {"cell": {"batch_norm": "all"}, "against": {"batch_norm": "none"}}
        >>> table = compare(example_study(), [{"question": "Does it save seeds?", **sides}])
        >>> told = table[["only_against", "only_cell", "p_value", "verdict"]].round(3)
        >>> told.to_dict("records")
        [{'only_against': 6, 'only_cell': 0, 'p_value': 0.013, 'verdict': 'different'}]
    """
    mappings = contrast_mappings(contrasts)
    require_confidence(confidence)
    require_between("alpha", alpha, 1)
    rows = [
        row
        for contrast in mappings
        for row in _rows(frame, contrast, axes, event, at, confidence, alpha)
    ]
    for name, into in (("p_value", "p_holm"), ("minimum_p", "minimum_p_holm")):
        for row, corrected in zip(rows, holm([row[name] for row in rows]), strict=True):
            row[into] = corrected
    for row in rows:
        if row["minimum_p_holm"] >= alpha and not row["reason"]:
            row["reason"] = "correction"
        row.setdefault("verdict", _verdict(row, alpha))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys((*COUNTS, *LEFT_OUT, *SEEDS, *LEARNED), "Int64"))


def _verdict(row: Row, alpha: float) -> ContrastVerdict:
    if row["reason"]:
        return "underpowered"
    return "different" if row["p_holm"] < alpha else "inconclusive"


def _rows(
    frame: pd.DataFrame,
    contrast: Mapping[str, Any],
    axes: Sequence[str] | None,
    event: str,
    at: At,
    confidence: float,
    alpha: float,
) -> list[Row]:
    """Make a row for each stratum of a contrast, without what depends on the other rows."""
    counted = contrast.get("event", event)
    happened(frame.head(0), counted, at)
    found = strata(frame, contrast["cell"], contrast["against"], axes)
    named = {
        "question": contrast["question"],
        "cell": cell_text(contrast["cell"]),
        "against": cell_text(contrast["against"]),
        "event": counted,
        "at": at,
        "not_run": (),
    }
    if not found:
        return [named | ABSENT | {"not_run": not_run(frame, contrast)}]
    return [
        named
        | {"stratum": str(stratum)}
        | _figures(difference_of(stratum.cell, stratum.against, counted, at, confidence, alpha))
        for stratum in found
    ]


def _figures(found: Difference) -> Row:
    """Make the columns of a row that one comparison decides."""
    rates, pairs = found.rates, found.rates.pairs
    cell, against = rates.cell, rates.against
    return {
        "design": found.design,
        "seeds": len(cell.runs) + (0 if pairs else len(against.runs)),
        "pairs": cell.total if pairs else None,
        "both": pairs and pairs.both,
        "only_cell": pairs and pairs.only_cell,
        "only_against": pairs and pairs.only_against,
        "neither": pairs and pairs.neither,
        "cell_count": cell.count,
        "cell_total": cell.total,
        "against_count": against.count,
        "against_total": against.total,
        "difference": rates.estimate,
        "low": rates.interval[0],
        "high": rates.interval[1],
        "p_value": rates.p_value,
        "reason": found.reason,
        "minimum_p": rates.minimum_p,
        "cell_seeds": len(cell.runs),
        "against_seeds": len(against.runs),
        "discordant": pairs and pairs.discordant,
        "only_cell_learned": found.only_cell_learned,
        "only_against_learned": found.only_against_learned,
        "missing": found.missing,
        "left_out": found.left_out,
        "run_ids_cell": found.run_ids_cell,
        "run_ids_against": found.run_ids_against,
    }
