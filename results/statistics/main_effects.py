"""Which factors of a two-level factorial change how often: main effects, seed by seed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.statistics.cells import At, axes_of_runs, happened
from results.statistics.factors import require_interactions
from results.statistics.methods.defining_relation import DefiningRelation, Term
from results.statistics.methods.holm import correct_rows
from results.statistics.methods.intervals import (
    CONFIDENCE,
    UNKNOWN,
    require_between,
    require_confidence,
)
from results.statistics.methods.paired import paired_minimum_p, sign_flip_p
from results.statistics.methods.sign_flip import sign_flip_interval
from results.statistics.two_level_cells import (
    Factorial,
    balanced_seeds,
    factorial_of,
    factors_of,
)
from results.text import cell_text

NoMainEffects = Literal["", "no factors", "no design", "no seeds"]
"""Why there are none: no axis has two values, the cells are no two-level factorial or regular
fraction of one, or no seed has an outcome in every cell."""
MainEffectVerdict = Literal["different", "inconclusive", "underpowered", "aliased"]
COLUMNS = (
    "effect",
    "level",
    "reference",
    "rate_level",
    "rate_reference",
    "difference",
    "low",
    "high",
    "p_value",
    "p_holm",
    "verdict",
    "seeds",
    "aliased",
)


def main_effects(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
    *,
    interactions: Sequence[tuple[str, str]] = (),
    confidence: float = CONFIDENCE,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Compute the main effect of each factor of a two-level factorial, or of a fraction of one.

    A seed's effect of a factor is the share of its runs at the high level that had the event less
    that at the low level, over all cells (Box, Hunter and Hunter 2005, chapters 5 and 6). The
    sign-flip test takes each seed's effect to be as likely as its negative; the interval of the
    mean effect inverts it (`methods.sign_flip`). An interaction is half the difference of one
    factor's effect between the levels of the other. p-values are corrected for all rows (Holm
    1979). Where several data seeds are crossed with the init seeds, both are the unit in turn and
    the larger p-value counts.

    Args:
        frame: a frame of `load_study`. Seeds without an outcome in some cell are left out whole,
            as their effects would not be balanced.
        axes: columns that name a cell; by default the study's. An axis of two values is a factor,
            with the levels of `frame.attrs["levels"]`, or else with its first value as the low one;
            over others is averaged.
        event: one of `results.outcomes.EVENTS`.
        at: "H/2" or "H".
        interactions: pairs of factors. One that is aliased with a main effect, or with one before
            it, is not tested.
        confidence: the level of the intervals, which are not corrected for their number.
        alpha: two-sided level of all rows together.

    Returns:
        Frame of `COLUMNS`, a row an effect, main effects first. `difference` is the rate at `level`
        (high) less that at `reference` (low). `verdict` is "different", "inconclusive",
        "underpowered" (so few seeds that no outcome could have shown an effect) or "aliased".
        `aliased` names the effects of one or two factors that no run tells from it. `attrs`:
        `reason` (why it is empty, a `NoMainEffects`), `relation` (a `DefiningRelation`), `seeds`,
        `left_out` (seeds) and `runs_left_out`.

    Raises:
        ConfigError: no such column, event, horizon, or axis of an interaction.

    Example:
        >>> from results.examples import example_study
        >>> table = main_effects(example_study())
        >>> table[["effect", "level", "reference", "difference", "p_value"]].values.tolist()
        [['batch_norm', 'all', 'none', -0.5, 0.03125]]
    """
    require_confidence(confidence)
    require_between("alpha", alpha, 1)
    names = axes_of_runs(frame, axes)
    require_interactions(names, interactions)
    happened(frame.head(0), event, at)
    found = factorial_of(frame, names)
    if found is None:
        return _nothing("no factors" if not factors_of(frame, names) else "no design")
    events, inits, datas, left_out = balanced_seeds(found.runs, event, at)
    attributes: dict[str, Any] = {"relation": found.relation, **left_out}
    if not len(events):
        return _nothing("no seeds", attributes)
    terms = [frozenset([name]) for name in found.levels]
    terms += [frozenset(pair) for pair in interactions if set(pair) <= set(found.levels)]
    tested = tested_terms(terms, found.relation)
    rows = []
    for term in terms:
        signs = found.signs(term)
        row = described(term, found, events) | {"seeds": len(set(inits))}
        if term in tested:
            each = (events * signs).sum(axis=1)
            row |= _tested(each, inits, datas, len(signs) // 2, confidence)
        rows.append(row)
    correct_rows(rows)
    for row, term in zip(rows, terms, strict=True):
        row["verdict"] = _verdict(row, alpha) if term in tested else "aliased"
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs = {"reason": "", "seeds": len(set(inits)), **attributes}
    return table


def tested_terms(terms: Sequence[Term], relation: DefiningRelation) -> set[Term]:
    """Return the effects that are aliased with none of those before them."""
    tested: set[Term] = set()
    for term in terms:
        if not tested & {other for other, _ in relation.aliases(term)}:
            tested.add(term)
    return tested


def described(term: Term, found: Factorial, events: np.ndarray) -> dict[str, Any]:
    """Return what an effect is and what it is aliased with, without a test."""
    signs = found.signs(term)
    high, low = (float(events[:, signs == side].mean()) for side in (1, -1))
    aliases = [found.relation.named(other) for other, _ in found.relation.aliases(term)]
    row: dict[str, Any] = {
        "effect": found.relation.named(term),
        "level": "",
        "reference": "",
        "rate_level": np.nan,
        "rate_reference": np.nan,
        "difference": high - low,
        **dict.fromkeys(("low", "high", "p_value", "minimum_p"), np.nan),
        "aliased": ", ".join(aliases),
    }
    if len(term) == 1:
        (name,) = term
        reference, level = (cell_text({name: x}).partition("=")[2] for x in found.levels[name])
        row |= {"level": level, "reference": reference}
        row |= {"rate_level": high, "rate_reference": low}
    return row


def _tested(
    each: np.ndarray, inits: np.ndarray, datas: np.ndarray, half: int, confidence: float
) -> dict[str, float]:
    """Return p-value and interval, by the init seeds; with crossed data seeds by the worse."""
    crossed = len(set(inits.tolist())) < len(inits) and len(set(datas.tolist())) < len(datas)
    found = []
    for groups in (inits, datas) if crossed and len(set(datas.tolist())) > 1 else (inits,):
        seeds, place = np.unique(groups, return_inverse=True)
        sums = np.bincount(place, weights=each).astype(int).tolist()
        largest = half * (len(each) // len(seeds))
        p_value = sign_flip_p(sums)
        ends = sign_flip_interval(sums, largest, p_value, confidence) if len(sums) else UNKNOWN
        found.append((p_value, paired_minimum_p(len(seeds)), *ends))
    p_values, minima, lows, highs = zip(*found, strict=True)
    return {
        "p_value": max(p_values),
        "minimum_p": max(minima),
        "low": min(lows),
        "high": max(highs),
    }


def _verdict(row: Mapping[str, Any], alpha: float) -> MainEffectVerdict:
    if row["minimum_p_holm"] >= alpha:
        return "underpowered"
    return "different" if row["p_holm"] < alpha else "inconclusive"


def _nothing(reason: NoMainEffects, attributes: Mapping[str, Any] | None = None) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(COLUMNS))
    empty.attrs = {"reason": reason, "relation": None, "seeds": 0, "left_out": 0}
    empty.attrs |= {"runs_left_out": 0} | dict(attributes or {})
    return empty
