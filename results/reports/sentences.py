"""The answer in one sentence per question of the study file."""

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.lines import pooled_line
from results.reports.paper_phrases import check_phrase, percent, speed_phrase
from results.reports.phrases import contrast_phrase, equivalence_phrase
from results.reports.report import Answer
from results.reports.rows import rows_of
from results.statistics.cells import axes_of, by_cell, finished, happened, is_missing
from results.statistics.compared import Compared
from results.statistics.equivalence import equivalence_verdict
from results.statistics.paper_counts import EXTREME, PaperCount, PredictiveCheck
from results.statistics.speed import compare_speed
from results.text import cell_text, counted

NOT_ALLOWED_FOR = "Outcomes decided how many seeds there are, which this answer does not allow for."
MOST_STRATA = 4
"""Of a contrast, that are told one by one."""


def answers(
    frame: pd.DataFrame, record: StudyRecord, curves: pd.DataFrame, against: Compared
) -> list[Answer]:
    """An answer to the study's own question, to each contrast, equivalence and claim it names, and
    to whether the paper's counts are surprising.

    Args:
        frame: of `results.load_study`, for this request.
        record: what the ledger remembers of it (`Ledger.studies`).
        curves: of `results.load_curves` for these runs; only claims of speed need them.
        against: of `compared`.
    """
    whole = Answer(record.question or "How often do runs fall?", how_often(frame))
    if finished(frame).empty:
        return [whole]
    tests = sum(not math.isnan(p) for p in against.contrasts["p_value"])
    contrasts = [
        Answer(str(question), contrast_sentence(rows, tests))
        for question, rows in against.contrasts.groupby("question", sort=False)
    ]
    seeds = len(set(finished(frame)["init_seed"]))
    equivalences = [
        Answer(named.question, equivalence_sentence(pairs, named.margin, seeds))
        for named, pairs in against.equivalences
    ]
    claims = [
        Answer("Who is faster?", speed_phrase(compare_speed(frame, curves, claim)))
        for claim in record.claims
    ]
    paper = (
        [Answer("Are the paper's counts surprising?", paper_sentence(against.paper))]
        if against.paper
        else []
    )
    further = [*contrasts, *equivalences, *claims, *paper]
    if "sequential_cells" in frame.attrs:
        further = [replace(one, sentence=f"{one.sentence} {NOT_ALLOWED_FOR}") for one in further]
    return [whole, *further]


def how_often(frame: pd.DataFrame) -> str:
    """Over all cells, clustered by seed, and the cells where least and most runs fell."""
    done = finished(frame)
    if done.empty:
        return "No run has an outcome yet."
    cells = by_cell(done)
    learned = int(happened(done, "learned").sum())
    text = pooled_line(rows_of(frame), sequential="sequential_cells" in frame.attrs)
    text += f" {learned} of {len(done)} runs learned."
    if len(cells) < 2:
        return text
    axes = axes_of(frame)
    shares = {cell: happened(runs).mean() for cell, runs in cells.items()}
    ends = []
    for word, share in (("Fewest", min(shares.values())), ("most", max(shares.values()))):
        alike = [cell for cell in cells if shares[cell] == share]
        if len(alike) == len(cells):
            return f"In every cell the same share fell, which alone does not show equality. {text}"
        told = cell_text(dict(zip(axes, alike[0], strict=True)))
        if len(alike) > 1:
            told += f" and {counted(len(alike) - 1, 'other cell')}"
        count, total = int(happened(cells[alike[0]]).sum()), len(cells[alike[0]])
        ends.append(f"{word} fell at {told} ({count} of {total})")
    return f"{', '.join(ends)}. {text}"


def contrast_sentence(rows: pd.DataFrame, tests: int) -> str:
    """What became of the seeds in each stratum of a contrast; of many strata, how many differ.

    Args:
        rows: of `results.compare`, those of one question.
        tests: how many there are over all questions, which Holm's correction is for.
    """
    if len(rows) <= MOST_STRATA:
        told = [stratum_sentence(dict(row), tests) for row in rows.to_dict("records")]
        if sum(str(design).startswith("paired") for design in rows["design"]) > 1:
            told.append("These share their seeds and are not independent of each other.")
        return " ".join(told)
    verdicts = Counter(rows["verdict"])
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    known = rows.loc[rows["difference"].notna()]
    text = f"In {len(rows)} strata: {counted}"
    if len(known):
        least, most = known["difference"].min(), known["difference"].max()
        text += f"; the differences of rates go from {points(least)} to {points(most)}"
    return f"{text} (table contrasts; Holm's correction for {tests})."


def stratum_sentence(row: dict[Any, Any], tests: int) -> str:
    """Verdict, seeds, difference of the rates and p-values."""
    text = f"{row['verdict'].capitalize()}: {contrast_phrase(row, tests)}"
    if is_missing(row["difference"]):
        return text
    text += f" Difference of rates {points(row['difference'])}"
    if not is_missing(row["low"]):
        text += f" (95%: {points(row['low'])} to {points(row['high'])})"
    if not is_missing(row["p_value"]):
        text += f", p = {row['p_value']:.2g}"
        if tests > 1:
            text += f", {row['p_holm']:.2g} after Holm's correction for {tests}"
    return f"{text}."


def points(difference: float) -> str:
    """`+12%`: a difference of rates, in points of a hundred."""
    return f"{100 * difference:+.0f}%"


def equivalence_sentence(pairs: pd.DataFrame, margin: float, seeds: int) -> str:
    """Whether the rate is independent of the axis, within the margin of the study file.

    Args:
        pairs: of `results.equivalence`.
        margin: largest difference of two rates that would not matter.
        seeds: how many there are.
    """
    text = equivalence_phrase(equivalence_verdict(pairs, margin))
    text = text[0].upper() + text[1:]
    return f"{text} There are {seeds}." if len(pairs) else text


def paper_sentence(held: list[tuple[PaperCount, PredictiveCheck]]) -> str:
    """How many of the paper's counts are surprising under our rates, and the least probable."""
    extreme = sum(found.extreme for _, found in held)
    count, least = min(held, key=lambda pair: pair[1].p_value)
    text = (
        f"Surprising at {percent(EXTREME)} in {extreme} of {len(held)} cells, each taken by "
        "itself. "
        f"{cell_text(count.cell)}: {check_phrase(least)}"
        if len(held) > 1
        else check_phrase(least)
    )
    return text + (
        " Only losses are printed there: trials at or above the barrier are counted as fallen, "
        "whatever their kind."
    )
