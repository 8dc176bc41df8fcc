"""Contrasts that may be looked at as often as one likes: seeds are added until it is clear."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from results.statistics.cells import HORIZONS, At, happened, teacher_seeds
from results.statistics.comparing.contrasts import contrast_mappings
from results.statistics.comparing.strata import Stratum, strata
from results.statistics.methods.e_values import (
    anytime_p,
    difference_sequence,
    e_value,
    signs_of,
)
from results.statistics.methods.holm import correct_rows
from results.statistics.methods.intervals import require_between
from results.text import cell_text

COLUMNS = (
    "question",
    "cell",
    "against",
    "event",
    "at",
    "strata",
    "seeds",
    "cell_more",
    "against_more",
    "e_value",
    "p_anytime",
    "p_holm",
    "difference",
    "low",
    "high",
    "margin",
    "verdict",
    "run_ids_cell",
    "run_ids_against",
)
AnytimeVerdict = Literal["different", "equivalent", "inconclusive", "absent"]
UNITS = ("init_seed", "data_seed", "teacher_seed")
"""What runs may share, and are not independent for."""
Row = dict[str, Any]
Pair = tuple[tuple[int | None, ...], int, int]
"""Seeds (`UNITS`), and whether the event happened in the cell and in the other."""


def compare_anytime(
    frame: pd.DataFrame,
    contrasts: Sequence[Any],
    equivalences: Sequence[Any] = (),
    *,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Compare the sides of each contrast by what stays valid however often it is looked at.

    A seed counts for the side with more events, summed over strata, data seeds and teachers
    (`methods.e_values`). Where runs share data seeds or teachers across seeds these are units as
    well, and the smallest e-value counts. Sides that share no seed have none.

    Args:
        frame: a frame of `load_study`.
        contrasts: as for `compare`.
        equivalences: each with `axis`, `margin` and perhaps an `event`, or as a study file has
            them: a contrast of two values of the axis, all else alike, is equivalent where its
            interval lies inside the margin.
        axes: columns that name a cell; by default the study's.
        event: what is counted, one of `results.outcomes.EVENTS`.
        at: half the horizon, or the horizon.
        alpha: error of all contrasts together, in either direction: of calling one different that
            is not, and of calling one equivalent that differs by the margin or more.

    Returns:
        Frame of `COLUMNS`, a row for each contrast. `cell_more` and `against_more` are seeds with
        more events on that side; `p_anytime` is 1 / `e_value`, `p_holm` corrected for all contrasts
        (Holm 1979). `difference` is the cell's rate less the other's, where there is one stratum
        and one run a seed, with `low` and `high` of a confidence sequence (`difference_sequence`)
        at 1 - alpha; of several strata there is none, as a seed's sign says nothing of how much.
        `margin` is that of the equivalence, NaN without one.

    Raises:
        ConfigError: as `compare`.

    Example:
        >>> from results.examples import example_study
        >>> sides = {"cell": {"batch_norm": "all"}, "against": {"batch_norm": "none"}}
        >>> table = compare_anytime(example_study(), [{"question": "Does it save seeds?", **sides}])
        >>> table[["against_more", "cell_more", "p_anytime", "verdict"]].round(3).values.tolist()
        [[6, 0, 0.069, 'inconclusive']]
    """
    require_between("alpha", alpha, 1)
    mappings = contrast_mappings(contrasts)
    tests = max(1, len(mappings))
    rows = [
        _row(frame, one, margin_of(one, equivalences, event), axes, event, at, alpha, tests)
        for one in mappings
    ]
    correct_rows(rows, {"p_anytime": "p_holm"})
    for row in rows:
        if row["verdict"] == "inconclusive" and row["p_holm"] < alpha:
            row["verdict"] = "different"
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(("strata", "seeds", "cell_more", "against_more"), "Int64"))


def margin_of(contrast: Mapping[str, Any], equivalences: Sequence[Any], event: str) -> float | None:
    """Return the margin of the equivalence that a contrast is a pair of; None without one."""
    cell, against = contrast["cell"], contrast["against"]
    differing = [name for name in {*cell, *against} if cell.get(name) != against.get(name)]
    for one in equivalences:
        named = one if isinstance(one, Mapping) else vars(one)
        same_event = named.get("event", event) == contrast.get("event", event)
        if same_event and differing == [named["axis"]] and set(cell) == set(against):
            return float(named["margin"])
    return None


def _row(
    frame: pd.DataFrame,
    contrast: Mapping[str, Any],
    margin: float | None,
    axes: Sequence[str] | None,
    event: str,
    at: At,
    alpha: float,
    tests: int,
) -> Row:
    """Make the row of a contrast, without what depends on the other rows."""
    counted = contrast.get("event", event)
    happened(frame.head(0), counted, at)
    found = strata(frame, contrast["cell"], contrast["against"], axes)
    row: Row = {
        "question": contrast["question"],
        "cell": cell_text(contrast["cell"]),
        "against": cell_text(contrast["against"]),
        "event": counted,
        "at": at,
        "strata": len(found),
        "margin": float("nan") if margin is None else margin,
        "verdict": "inconclusive" if found else "absent",
        **dict.fromkeys(("e_value", "p_anytime", "difference", "low", "high"), float("nan")),
        "run_ids_cell": (),
        "run_ids_against": (),
    }
    held = [_pairs(stratum, counted, at) for stratum in found]
    for side, name in enumerate(("run_ids_cell", "run_ids_against")):
        row[name] = tuple(dict.fromkeys(ids[side] for stratum in held for _, ids in stratum))
    pairs = [pair for stratum in held for pair, _ in stratum]
    row["seeds"] = len({seeds[0] for seeds, _, _ in pairs})
    if not pairs:
        return row
    signs = [signs_of(sums.values()) for sums in _sums(pairs)]
    row["cell_more"], row["against_more"] = signs[0]
    row["e_value"] = min(e_value(*each) for each in signs)
    row["p_anytime"] = anytime_p(row["e_value"])
    if len(found) == len(signs) == 1 and len(pairs) == row["seeds"]:
        figures = (*signs[0], len(pairs))
        row["difference"] = (signs[0][0] - signs[0][1]) / len(pairs)
        row["low"], row["high"] = difference_sequence(*figures, alpha)
    if margin is not None and _all_within(held, margin, alpha / tests):
        row["verdict"] = "equivalent"
    return row


def _all_within(held: Sequence[Sequence[Any]], margin: float, alpha: float) -> bool:
    """Whether the difference lies inside the margin in every stratum, which needs no correction for
    their number (Berger 1982)."""
    for stratum in held:
        pairs = [pair for pair, _ in stratum]
        sums = _sums(pairs) if pairs else [{}]
        if len(sums) > 1 or len(sums[0]) != len(pairs):
            return False
        low, high = difference_sequence(*signs_of(sums[0].values()), len(pairs), alpha)
        if not -margin < low <= high < margin:
            return False
    return True


def _pairs(stratum: Stratum, event: str, at: At) -> list[tuple[Pair, tuple[str, str]]]:
    """Return the pairs of a stratum whose runs both have an outcome, and their ids; a teacher's
    seed that one side lacks agrees with any, as in `difference_of`."""
    sides = [_side(rows, event, at) for rows in (stratum.cell, stratum.against)]
    taught = all(any(key[2] is not None for key in side) for side in sides)
    theirs: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for key in sides[1]:
        theirs.setdefault(key if taught else key[:2], []).append(key)
    found = []
    for key, (mine, run_id) in sides[0].items():
        for other in theirs.get(key if taught else key[:2], ()):
            happened_there, other_id = sides[1][other]
            teacher = key[2] if key[2] is not None else other[2]
            pair = ((*key[:2], teacher), int(mine), int(happened_there))
            found.append((pair, (run_id, other_id)))
    return found


def _side(rows: pd.DataFrame, event: str, at: At) -> dict[tuple[Any, ...], tuple[bool, str]]:
    seeds = zip(rows["init_seed"], rows["data_seed"], teacher_seeds(rows), strict=True)
    flags = zip(happened(rows, event, at).tolist(), rows["run_id"], strict=True)
    known = rows[HORIZONS[at]].notna()
    return {key: flag for key, flag, is_known in zip(seeds, flags, known, strict=True) if is_known}


def _sums(pairs: Sequence[Pair]) -> list[dict[Any, int]]:
    """Sum the differences by init seed, and by each further unit that several init seeds share."""
    found = []
    for place in range(len(UNITS)):
        sums: dict[Any, int] = {}
        inits: dict[Any, set[Any]] = {}
        for seeds, mine, theirs in pairs:
            sums[seeds[place]] = sums.get(seeds[place], 0) + mine - theirs
            inits.setdefault(seeds[place], set()).add(seeds[0])
        crossed = max(map(len, inits.values())) > 1 and len(sums) > 1
        if place == 0 or crossed:
            found.append(sums)
    return found
