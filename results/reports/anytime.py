"""What a report says where seeds were added once outcomes were known: which answers still hold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from results.reports.report import RUN_IDS, Answer, Table
from results.statistics.cells import axes_of, by_cell, is_missing
from results.statistics.rates import rates
from results.text import counted, points

SEQUENTIAL = (
    "Outcomes decided how many seeds there are. The intervals of the rates allow for that, and so "
    "do the verdicts, p-values and intervals of contrasts; all others do not."
)
ONE_LOOK = (
    "Intervals and p-values of a fixed number of seeds count one look only: seeds that are added "
    "until p < 0.05, with looks at 10, 20, ... 100, find a difference that is not there in 8 to "
    "11% of studies. What holds however often it is looked at stands in the tables anytime_rates "
    "(confidence sequences, 95% over all cells) and anytime_contrasts (anytime p)."
)

UNSHARED = (
    "p counts one look only: sides without a seed that both have run with have none that holds "
    "for several."
)


def needs_anytime(frame: pd.DataFrame) -> bool:
    """Tell whether seeds were added by a rule, or by hand after a look."""
    return "sequential_cells" in frame.attrs or "looked_at" in frame.attrs


def looked_text(looks: Sequence[int]) -> str:
    """As in `looked at with 10, then 20 seeds`."""
    *earlier, last = looks
    return f"looked at with {', '.join(map(str, earlier))}, then {counted(last, 'seed')}"


def looks_notes(frame: pd.DataFrame) -> list[str]:
    """After how many seeds the outcomes were looked at, and what that leaves; nothing where the
    number of seeds was fixed and is that of the first look."""
    if "sequential_cells" in frame.attrs:
        return [SEQUENTIAL]
    if looks := frame.attrs.get("looked_at"):
        said = looked_text(looks)
        return [f"{said[0].upper()}{said[1:]} (requests of this ledger). {ONE_LOOK}"]
    return []


def with_anytime(answer: Answer, row: Mapping[Any, Any], tests: int, frame: pd.DataFrame) -> Answer:
    """The answer to a contrast as it holds under these looks.

    Where a rule added the seeds it is the row's own, as no other holds. Where they were added by
    hand it is said beside the answer.

    Args:
        answer: of a fixed number of seeds.
        row: of `results.compare_anytime`, for the same question.
        tests: rows of it that Holm's correction is for.
        frame: of `results.load_study`.
    """
    if row["verdict"] == "absent":
        return answer
    if is_missing(row["p_anytime"]):
        return replace(answer, details=(*answer.details, UNSHARED))
    if "sequential_cells" in frame.attrs:
        return Answer(
            answer.question, row["verdict"], anytime_numbers(row, tests), (signs_sentence(row),)
        )
    below = "below" if row["p_holm"] < 0.05 else "not below"
    said = looked_text(frame.attrs["looked_at"])
    beside = (
        f"{said[0].upper()}{said[1:]}, of which p counts the last alone; valid however often it is "
        f"looked at: {anytime_p_text(row, tests)}, {below} 0.05."
    )
    return replace(answer, details=(*answer.details, beside))


def anytime_numbers(row: Mapping[Any, Any], tests: int) -> str:
    """Difference and interval where there is one stratum, and the p-value."""
    told = []
    if not is_missing(row["difference"]):
        low, seen, high = (points(row[name]) for name in ("low", "difference", "high"))
        told.append(
            f"{row['cell']} minus {row['against']} is {seen} points (95%, however often it is "
            f"looked at: {low} to {high})"
        )
    return ", ".join((*told, anytime_p_text(row, tests)))


def anytime_p_text(row: Mapping[Any, Any], tests: int) -> str:
    text = f"anytime p = {row['p_anytime']:.2g}"
    if tests > 1:
        text += f", {row['p_holm']:.2g} after Holm's correction for {tests}"
    return text


def signs_sentence(row: Mapping[Any, Any]) -> str:
    """How many seeds speak for which side."""
    event = "collapsed" if row["event"] == "fell" else f"were {row['event']}"
    over = f", summed over {row['strata']} strata," if row["strata"] > 1 else ""
    return (
        f"Of {counted(int(row['seeds']), 'seed')}{over} {row['cell_more']} {event} more often with "
        f"{row['cell']} and {row['against_more']} with {row['against']}."
    )


def anytime_tables(frame: pd.DataFrame, contrasts: pd.DataFrame) -> list[Table]:
    """What holds however often it is looked at: contrasts, and rates where a fixed number of seeds
    has other intervals in the table of rates; nothing where nothing was looked at before.

    Args:
        frame: of `results.load_study`, for this request.
        contrasts: of `results.compare_anytime`.
    """
    if not needs_anytime(frame):
        return []
    found = [contrasts_table(contrasts)] if len(contrasts) else []
    return found if "sequential_cells" in frame.attrs else [sequences_table(frame), *found]


def sequences_table(frame: pd.DataFrame) -> Table:
    """The confidence sequence of every cell's rate of collapse."""
    axes = axes_of(frame)
    table = rates(frame, axes, sequential_cells=len(by_cell(frame, axes)))
    table = table.loc[table["at"] == "H"]
    fell = ["runs", "fell", "fell_rate", "fell_low", "fell_high"]
    columns = [*axes, "seeds", *fell, "run_ids"]
    return Table(
        "anytime_rates",
        "How often, however often it is looked at",
        pd.DataFrame(table[columns]).rename(columns={"run_ids": RUN_IDS}),
        "Confidence sequences of the shares that collapsed at the horizon: all of them hold "
        "together with 95%, after any number of seeds. None where a cell repeats seeds.",
        tuple(axes),
        detail="full",
    )


def contrasts_table(contrasts: pd.DataFrame) -> Table:
    """Every contrast's e-value and what follows from it."""
    ids = [
        a + b for a, b in zip(contrasts["run_ids_cell"], contrasts["run_ids_against"], strict=True)
    ]
    table = contrasts.drop(columns=["run_ids_cell", "run_ids_against"]).assign(**{RUN_IDS: ids})
    table = table.rename(columns={"low": "difference_low", "high": "difference_high"})
    return Table(
        "anytime_contrasts",
        "Does it change anything, however often it is looked at?",
        table,
        "cell more, against more: seeds with more events on that side, summed over strata. p "
        "anytime: 1 / e value; p holm: corrected for all rows. Difference: of one stratum, with a "
        "95% confidence sequence. different: p holm is below 0.05; equivalent: within the margin "
        "of the study file's equivalence; inconclusive: neither.",
        ("question",),
        detail="full",
    )
