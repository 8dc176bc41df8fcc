"""Does anything change it: contrasts between cells, paired by seed, corrected for their number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import pandas as pd

from results.errors import ConfigError
from results.statistics.cells import At, happened
from results.statistics.comparison_words import comparison_words
from results.statistics.difference import Difference, difference_of
from results.statistics.equivalence import Equivalence as Equivalence
from results.statistics.equivalence import equivalence as equivalence
from results.statistics.equivalence import equivalence_verdict as equivalence_verdict
from results.statistics.methods.holm import holm
from results.statistics.methods.intervals import CONFIDENCE, require_confidence, require_level
from results.statistics.strata import strata
from results.text import cell_text

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
NUMBERS = ("difference", "low", "high", "p_value", "smallest_p")
"""Unknown where nothing was compared."""
LEFT_OUT = ("missing", "left_out")
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
    "words",
    *LEFT_OUT,
    "run_ids_cell",
    "run_ids_against",
)

Row = dict[str, Any]


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
    """Hold each contrast against the runs.

    Where a contrast covers several strata (`results.statistics.strata`), each is a row: a test
    over all their runs would count a seed several times. p-values are corrected for all rows (Holm
    1979).

    Args:
        frame: of `load_study`.
        contrasts: each with `question`, `cell` and `against` (axis values), and perhaps an `event`
            of its own; or as a study file has them.
        axes: columns that name a cell; by default the study's.
        event: what is counted, one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        confidence: of the intervals, which are not corrected for their number.
        alpha: of all contrasts together.

    Returns:
        Frame of `COLUMNS`; `difference` is the cell's rate less the other's. Verdicts: "different",
        "undecided", "undecidable" (so few seeds differ that no p-value could be below alpha after
        the correction) or "absent" (the frame has no such cells).

    Raises:
        ConfigError: no list of contrasts, a contrast lacks a side or names no column, no such event
            or horizon, or a cell holds a pair of seeds twice.
    """
    if isinstance(contrasts, Mapping | str) or is_dataclass(contrasts):
        raise ConfigError("contrasts: is one contrast; pass a list of them")
    require_confidence(confidence)
    require_level(alpha)
    rows = [
        row
        for contrast in map(as_mapping, contrasts)
        for row in _rows(frame, contrast, axes, event, at, confidence, alpha)
    ]
    smallest = [row.pop("smallest_p") for row in rows]
    tests = sum(map(math.isfinite, smallest))
    corrected = holm([row["p_value"] for row in rows])
    for row, p, least in zip(rows, corrected, holm(smallest), strict=True):
        row["p_holm"] = p
        if not row["verdict"] and least >= alpha:
            row["verdict"] = "undecidable"
            row["words"] = row["words"].removesuffix(".") + (
                f"; too few to decide: even the smallest p-value that they allow is {least:.2g} "
                f"after Holm's correction for {tests}."
            )
        if not row["verdict"]:
            row["verdict"] = "different" if p < alpha else "undecided"
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys((*COUNTS, *LEFT_OUT), "Int64"))


def _rows(
    frame: pd.DataFrame,
    contrast: Mapping[str, Any],
    axes: Sequence[str] | None,
    event: str,
    at: At,
    confidence: float,
    alpha: float,
) -> list[Row]:
    require_contrast(contrast)
    counted = contrast.get("event", event)
    happened(frame.head(0), counted, at)
    found = strata(frame, contrast["cell"], contrast["against"], axes)
    sides = cell_text(contrast["cell"]), cell_text(contrast["against"])
    named = {
        "question": contrast["question"],
        "cell": sides[0],
        "against": sides[1],
        "event": counted,
        "at": at,
    }
    if not found:
        words = f"{sides[0]} against {sides[1]}: these cells are not among the runs"
        words += "".join(map("; {}".format, unknown_values(frame, contrast))) + "."
        nothing = dict.fromkeys(NUMBERS, float("nan"))
        zero = {"seeds": 0, "missing": 0, "left_out": 0}
        ids = {"run_ids_cell": (), "run_ids_against": ()}
        absent = {"stratum": "", "design": "none", "verdict": "absent", "words": words}
        return [named | nothing | zero | ids | absent]
    rows = []
    for stratum in found:
        result = difference_of(stratum.cell, stratum.against, counted, at, confidence, alpha)
        rows.append(
            named
            | {
                "stratum": str(stratum),
                "verdict": "undecidable" if result.undecidable else "",
                "words": comparison_words(result, counted, *sides, str(stratum)),
            }
            | figures(result)
        )
    return rows


def as_mapping(contrast: Any) -> Any:
    """A contrast as a study file names it (`study.definition.Contrast`) as the mapping it is."""
    if is_dataclass(contrast) and not isinstance(contrast, type):
        return asdict(contrast)
    return contrast


def require_contrast(contrast: Any) -> None:
    """Raises ConfigError unless it has a question and two sides that differ."""
    if not isinstance(contrast, Mapping):
        raise ConfigError(f"contrast {contrast!r}: must be a dict of question, cell and against")
    lacking = [name for name in ("question", "cell", "against") if name not in contrast]
    if lacking:
        raise ConfigError(f"contrast {dict(contrast)}: lacks {', '.join(lacking)}")
    for side in ("cell", "against"):
        if not isinstance(contrast[side], Mapping):
            raise ConfigError(
                f"contrast '{contrast['question']}': {side}={contrast[side]!r}: must be axis "
                "values, as {'temperature': 5.0}"
            )
    if contrast["cell"] == contrast["against"]:
        raise ConfigError(
            f"contrast '{contrast['question']}': compares {dict(contrast['cell'])} with itself"
        )


def unknown_values(frame: pd.DataFrame, contrast: Mapping[str, Any]) -> list[str]:
    """What of a contrast no run has, beside what runs have."""
    told = []
    for side in ("cell", "against"):
        for name, value in contrast[side].items():
            there = frame[name].dropna().unique().tolist() if name in frame else []
            if value is not None and value not in there:
                told.append(f"no run has {name}={value!r}, some have {', '.join(map(repr, there))}")
    return list(dict.fromkeys(told))


def figures(result: Difference) -> Row:
    """The numbers of a row."""
    paired = result.both is not None
    seeds = len(result.cell.runs) + (0 if paired else len(result.against.runs))
    return {
        "design": result.design,
        "seeds": seeds,
        "pairs": result.cell.total if paired else None,
        "both": result.both,
        "only_cell": result.only_cell,
        "only_against": result.only_against,
        "neither": result.neither,
        "cell_count": result.cell.count,
        "cell_total": result.cell.total,
        "against_count": result.against.count,
        "against_total": result.against.total,
        "difference": result.estimate,
        "low": result.interval[0],
        "high": result.interval[1],
        "p_value": result.p_value,
        "smallest_p": result.smallest_p,
        "missing": result.missing,
        "left_out": result.left_out,
        "run_ids_cell": result.run_ids_cell,
        "run_ids_against": result.run_ids_against,
    }
