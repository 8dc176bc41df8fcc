"""Does anything change it: contrasts between cells, paired by seed, corrected for their number."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from results.statistics.cells import At, happened
from results.statistics.comparing.contrasts import contrast_mappings, not_run
from results.statistics.comparing.difference import Difference, difference_over
from results.statistics.comparing.strata import Stratum, strata
from results.statistics.methods.holm import correct_rows
from results.statistics.methods.intervals import CONFIDENCE, require_between, require_confidence
from results.text import cell_text, counted

ContrastVerdict = Literal["different", "inconclusive", "underpowered", "absent"]
UNIT_NAMES = {"init_seed": "seed", "data_seed": "data seed", "teacher_seed": "teacher"}
"""What people call kinds of units."""
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
LEFT_OUT = ("missing", "left_out", "incomplete")
SEEDS = ("cell_seeds", "against_seeds", "discordant")
LEARNED = ("only_cell_learned", "only_against_learned")
DETAILS = ("reason", "minimum_p", "minimum_p_holm", "units", *SEEDS, *LEARNED, "not_run")
"""Columns that say how a verdict came about."""
COLUMNS = (
    "question",
    "stratum",
    "cell",
    "against",
    "event",
    "at",
    "strata",
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
    "strata": 0,
    "design": "none",
    "seeds": 0,
    **dict.fromkeys(("difference", "low", "high", "p_value", "minimum_p"), float("nan")),
    "verdict": "absent",
    "reason": "",
    "units": "",
    **dict.fromkeys(LEFT_OUT, 0),
    "run_ids_cell": (),
    "run_ids_against": (),
}
"""A contrast whose cells are not among the runs."""
UNTESTED: Row = {"p_value": float("nan"), "minimum_p": float("nan"), "reason": "", "verdict": ""}
"""A stratum, which describes its contrast."""


def compare(
    frame: pd.DataFrame,
    contrasts: Sequence[Any],
    *,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
    by_stratum: bool = False,
) -> pd.DataFrame:
    """Compare the sides of each contrast, paired by seed where they share seeds: one test each.

    Paired: the exact unconditional test and the interval that inverts it. Disjoint seeds:
    the same of independent rates. A contrast that covers several strata (see `strata`) is one test
    over all of them: by whole seeds, each with its sum over the strata
    (`methods.seed_sums`). Where data seeds or teachers are crossed with init seeds the test is
    clustered by each of them (`methods.clustered_pairs`). p-values are corrected for all contrasts
    (Holm 1979), whatever their strata.

    Args:
        frame: a frame of `load_study`.
        contrasts: each with `question`, `cell` and `against` (axis values), and perhaps an `event`
            of its own; or as a study file has them.
        axes: columns that name a cell; by default the study's.
        event: what is counted, one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: the level of the intervals, which are not corrected for their number.
        alpha: two-sided level of all contrasts together.
        by_stratum: describe each stratum instead, in a row of its own: counts, difference and
            interval, without a test, as the contrast is tested once.

    Returns:
        Frame of `COLUMNS`, a row for each contrast, which covers `strata` strata; `stratum` names
        the one that a row is of, if it is of one. `difference` is the cell's rate less the other's,
        over all pairs; `incomplete` counts the seeds that lack a stratum (or a data seed, or a
        teacher) and count with what they have; `units` says what the test is clustered by.
        `verdict` is "different", "inconclusive", "underpowered" (the minimum attainable p of so few
        seeds is not below alpha after the correction; `reason` says what lacks, see
        `difference.ContrastReason`) or "absent" (the frame has no such cells; `not_run` holds the
        values that no run has).

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
        for row in _rows(frame, contrast, axes, event, at, confidence, alpha, by_stratum)
    ]
    correct_rows(rows)
    for row in rows:
        if row["minimum_p_holm"] >= alpha and not row["reason"]:
            row["reason"] = "correction"
        row.setdefault("verdict", _verdict(row, alpha))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(("strata", *COUNTS, *LEFT_OUT, *SEEDS, *LEARNED), "Int64"))


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
    by_stratum: bool,
) -> list[Row]:
    """Make the row of a contrast, or of each of its strata, without what depends on other rows."""
    what = contrast.get("event", event)
    happened(frame.head(0), what, at)
    found = strata(frame, contrast["cell"], contrast["against"], axes)
    named = {
        "question": contrast["question"],
        "cell": cell_text(contrast["cell"]),
        "against": cell_text(contrast["against"]),
        "event": what,
        "at": at,
        "not_run": (),
    }
    if not found:
        return [named | ABSENT | {"not_run": not_run(frame, contrast)}]

    def figures(some: Sequence[Stratum]) -> Row:
        sides = [(stratum.cell, stratum.against) for stratum in some]
        name = str(some[0]) if len(some) == 1 else ""
        over = difference_over(sides, what, at, confidence, alpha)
        return named | {"stratum": name, "strata": len(some)} | _figures(over)

    if by_stratum:
        return [figures([stratum]) | UNTESTED for stratum in found]
    return [figures(found)]


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
        "units": units_text(rates.units) if rates.clustered else "",
        "cell_seeds": len(cell.runs),
        "against_seeds": len(against.runs),
        "discordant": pairs and pairs.discordant,
        "only_cell_learned": found.only_cell_learned,
        "only_against_learned": found.only_against_learned,
        "missing": found.missing,
        "left_out": found.left_out,
        "incomplete": found.incomplete,
        "run_ids_cell": found.run_ids_cell,
        "run_ids_against": found.run_ids_against,
    }


def units_text(units: Mapping[str, int]) -> str:
    """`20 seeds x 5 data seeds`."""
    return " x ".join(counted(number, UNIT_NAMES[kind]) for kind, number in units.items())
