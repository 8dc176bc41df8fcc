"""What a report says of the main effects of a two-level factorial."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.report import Answer, Table
from results.statistics.methods.defining_relation import resolution_phrase
from results.text import counted, points

QUESTION = "Which factors change how often runs collapse?"
WHY = {
    "no seeds": "no seed has an outcome in every cell yet",
    "no design": "its cells are not balanced: some are left out",
}


def main_effects_answer(effects: pd.DataFrame, record: StudyRecord) -> Answer:
    """Which factors are shown to matter, how much, and what was not shown."""
    if effects.empty:
        return Answer(QUESTION, "unknown", WHY[effects.attrs["reason"]])
    rows = effects.to_dict("records")
    tests = sum(row["verdict"] != "aliased" for row in rows)
    shown = [row for row in rows if row["verdict"] == "different"]
    others = [row for row in rows if row["verdict"] in ("inconclusive", "underpowered")]
    verdict = " and ".join(str(row["effect"]) for row in shown) or "none is shown to"
    if all(row["verdict"] == "underpowered" for row in others) and not shown:
        verdict = "underpowered"
    numbers = f"{counted(effects.attrs['seeds'], 'seed')}; {design_phrase(effects, record)}"
    details = [effect_sentence(row, tests) for row in shown]
    if others:
        told = ", ".join(
            f"{row['effect']} ({points(row['difference'])}; {ends(row)})" for row in others
        )
        start = "Not shown of" if shown else "Points, each with its 95% interval:"
        details.append(f"{start} {told}")
    if verdict == "underpowered":
        details.append("So few seeds could show no effect, even if all of them agreed")
    left = effects.attrs["left_out"]
    if left:
        details.append(
            f"Left out {'is' if left == 1 else 'are'} {counted(left, 'seed')} without an outcome "
            f"in every cell, with {counted(effects.attrs['runs_left_out'], 'finished run')}"
        )
    return Answer(QUESTION, verdict, numbers, tuple(details))


def design_phrase(effects: pd.DataFrame, record: StudyRecord) -> str:
    """The design and what it keeps apart."""
    relation = effects.attrs["relation"]
    form = record.design.partition(":")[0] or f"{relation.cells} cells"
    return f"{form}, {resolution_phrase(relation)}"


def effect_sentence(row: Mapping[Any, Any], tests: int) -> str:
    """One effect that is shown: of how many runs instead, by how much, and what else it may be."""
    p = f"p = {row['p_value']:.2g}"
    if tests > 1:
        p += f", {row['p_holm']:.2g} after Holm's correction for {tests}"
    also = f"; no run tells it from {row['aliased']}" if row["aliased"] else ""
    if not row["level"]:
        return (
            f"{row['effect']}: what one does depends on the other, by {points(row['difference'])} "
            f"points either way ({ends(row)}; {p}){also}"
        )
    return (
        f"{row['effect']}={row['level']} instead of {row['reference']}, over all settings of the "
        f"others: {row['rate_level']:.0%} of the runs collapsed, not {row['rate_reference']:.0%}, "
        f"{points(row['difference'])} points ({ends(row)}; {p}){also}"
    )


def ends(row: Mapping[Any, Any]) -> str:
    """An interval in points."""
    return f"95%: {points(row['low'])} to {points(row['high'])}"


def main_effects_table(effects: pd.DataFrame, record: StudyRecord) -> Table:
    """Every main effect, and each interaction that the study file declares."""
    table = effects.rename(columns={"low": "difference_low", "high": "difference_high"})
    note = (
        f"{design_phrase(effects, record)}. Difference: rate at the level less that at the "
        "reference, over all cells, seed by seed; of an interaction half the difference of a "
        "factor's effect between the levels of the other. p: sign-flip test over seeds, which the "
        "95% interval inverts; p holm: corrected for all rows. aliased: effects of one or two "
        "factors that no run tells from this one."
    )
    title = "Which factors change it? Main effects, seed by seed"
    return Table("main_effects", title, table, note[:1].upper() + note[1:], ("effect",))
