"""An answer to each question of a study file: verdict, numbers, and how they came about."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.anytime import with_anytime
from results.reports.headline import headline
from results.reports.how_often import how_often
from results.reports.main_effects import main_effects_answer
from results.reports.paper_phrases import check_phrase, hardly, named, percent, speed_phrase
from results.reports.paper_tables import SETTINGS_QUESTION, unsaid_axes
from results.reports.phrases import contrast_phrase, equivalence_phrase
from results.reports.report import Answer
from results.reports.units_phrase import no_interval_phrase
from results.statistics.cells import by_cell, finished, is_missing
from results.statistics.comparing.compared import Compared
from results.statistics.comparing.equivalence import equivalence_verdict
from results.statistics.comparing.paper_counts import (
    EXTREME,
    PaperCount,
    PredictiveCheck,
    paper_counts,
)
from results.statistics.comparing.settings_likelihood import runs_of
from results.statistics.timing.speed import SpeedComparison, compare_speed
from results.text import cell_text, counted, points

NOT_ALLOWED_FOR = "Outcomes decided how many seeds there are, which this answer does not allow for."
PAPER_QUESTION = "Are the paper's counts surprising under our rates?"
MOST_STRATA = 4
"""Strata of a contrast that are told one by one."""


def answers(
    frame: pd.DataFrame, record: StudyRecord, curves: pd.DataFrame, against: Compared
) -> list[Answer]:
    """Whether the cells matter and whether the seed does; then each contrast, main effect and
    equivalence of the study file; then how often runs collapsed, its claims, and whether the
    paper's counts are surprising.

    Args:
        frame: of `results.load_study`, for this request.
        record: what the ledger remembers of it (`Ledger.studies`).
        curves: of `results.load_curves` for these runs.
        against: of `compared`.
    """
    described = how_often(frame, curves)
    if finished(frame).empty:
        return [described]
    collapse_asked = any(
        row["event"] == "fell" and not math.isnan(row["p_value"])
        for row in against.contrasts.to_dict("records")
    )
    is_contrast = len(by_cell(frame)) == 2 and collapse_asked
    lead = headline(frame, cells=not is_contrast)
    tests = sum(not math.isnan(p) for p in against.contrasts["p_value"])
    contrasts = [
        contrast_answer(row, strata_of(row, against.strata), tests)
        for row in against.contrasts.to_dict("records")
    ]
    if len(against.anytime):
        known = sum(not math.isnan(p) for p in against.anytime["p_anytime"])
        looked = against.anytime.to_dict("records")
        contrasts = [
            with_anytime(one, row, known, frame) for one, row in zip(contrasts, looked, strict=True)
        ]
    seeds = min(len(set(finished(runs)["init_seed"])) for runs in by_cell(frame).values())
    asked = []
    if against.effects is not None:
        asked.append(main_effects_answer(against.effects, record))
    asked += [
        equivalence_answer(named.question, pairs, named.margin, seeds)
        for named, pairs in against.equivalences
    ]
    further = [speed_answer(compare_speed(frame, curves, claim)) for claim in record.claims]
    if against.teachers is not None:
        further.append(teacher_answer(against.teachers))
    if against.paper:
        further.append(paper_answer(against.paper))
    if len(against.settings):
        further.append(settings_answer(against.settings))
    if not against.paper and against.settings.empty:
        further += paper_left_out(frame, record)
    if "sequential_cells" in frame.attrs:
        lead, asked, further = (
            [replace(one, details=(*one.details, NOT_ALLOWED_FOR)) for one in some]
            for some in (lead, asked, further)
        )
    first = [*contrasts, *lead] if is_contrast else [*lead, *contrasts]
    return [*first, *asked, described, *further]


def strata_of(row: Mapping[Any, Any], strata: pd.DataFrame) -> list[Mapping[Any, Any]]:
    """The rows of a contrast's strata among those of all contrasts."""
    names = ("question", "cell", "against", "event")
    return [one for one in strata.to_dict("records") if all(one[n] == row[n] for n in names)]


def contrast_answer(
    row: Mapping[Any, Any], strata: Sequence[Mapping[Any, Any]], tests: int
) -> Answer:
    """What became of the seeds of a contrast over all its strata, and then in each of them.

    Args:
        row: of `results.compare`.
        strata: rows of `results.compare(by_stratum=True)`, those of this contrast; empty where it
            has one stratum.
        tests: how many contrasts Holm's correction is for.
    """
    numbers = contrast_numbers(row, tests)
    if strata:
        numbers = "; ".join(filter(None, (numbers, f"one test over {len(strata)} strata")))
    told = [contrast_phrase(row, tests), *strata_sentences(strata)]
    return Answer(row["question"], said(row["verdict"]), numbers, tuple(told))


def said(verdict: Any) -> str:
    """The verdict as people read it: cells that are not there were not asked for."""
    return "not asked" if verdict == "absent" else str(verdict)


def strata_sentences(strata: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Each of a few strata; of many, between what their differences lie. They describe: the
    contrast is tested once."""
    if len(strata) <= MOST_STRATA:
        return [
            f"{row['stratum']}: {interval_text(row)}; {contrast_phrase({**row, 'stratum': ''}, 0)}"
            for row in strata
        ]
    known = [row["difference"] for row in strata if not is_missing(row["difference"])]
    if not known:
        return []
    least, most = points(min(known)), points(max(known))
    return [f"In single strata the rates differ by {least} to {most} points (table strata)."]


def interval_text(row: Mapping[Any, Any]) -> str:
    """`-25 points (95%: -47 to -5)`."""
    if is_missing(row["difference"]):
        return "no difference is known"
    text = f"{points(row['difference'])} points"
    if not is_missing(row["low"]):
        text += f" (95%: {points(row['low'])} to {points(row['high'])})"
    return text


def contrast_numbers(row: Mapping[Any, Any], tests: int) -> str:
    """Difference of the rates with its interval, and the p-value; empty where there is none."""
    if is_missing(row["difference"]):
        return ""
    text = f"{row['cell']} minus {row['against']} is {interval_text(row)}"
    if not is_missing(row["p_value"]):
        text += f", p = {row['p_value']:.2g}"
        if tests > 1:
            text += f", {row['p_holm']:.2g} after Holm's correction for {tests}"
    return text


def equivalence_answer(question: str, pairs: pd.DataFrame, margin: float, seeds: int) -> Answer:
    """Whether the rate is independent of the axis, within the margin of the study file.

    Args:
        question: of the study file.
        pairs: of `results.equivalence`.
        margin: largest difference of two rates that would not matter.
        seeds: how many the cell has that has fewest.
    """
    found = equivalence_verdict(pairs, margin)
    verdict, _, numbers = equivalence_phrase(found).rstrip(".").partition(": ")
    there = f"; the smallest cell has {seeds}" if len(pairs) else ""
    strata = len(set(pairs["stratum"]))
    within = f"in {strata} strata: " if strata > 1 else ""
    return Answer(question, verdict, within + numbers + there)


def speed_answer(found: SpeedComparison) -> Answer:
    """Whether some cells are as much faster as the paper claims."""
    ratio = found.iterations_ratio
    verdict = "inconclusive"
    if ratio is not None:
        verdict = f"{ratio:.1f}x in iterations, of {counted(found.seeds, 'seed')}"
    if found.too_short:
        verdict = "not shown, runs are too short"
    sides = f"{named(found.claim.faster)} against {named(found.claim.slower)}"
    return Answer("Who is faster?", verdict, sides, (speed_phrase(found),))


def teacher_answer(shares: pd.DataFrame) -> Answer:
    """How much of the variance of learning is the teacher's, by `variance_shares`."""
    pooled = shares.iloc[-1]
    question = "How much is the teacher?"
    units = f"{counted(pooled['students'], 'student')} x {counted(pooled['teachers'], 'teacher')}"
    if is_missing(pooled["teacher"]):
        why = {"no variance": "all runs of a cell ended alike", "too few seeds": "too few runs"}
        return Answer(question, "unknown", f"{why[pooled['reason']]} ({units})")
    told = [f"{name} {pooled[name]:.0%}" for name in ("student", "interaction")]
    verdict = f"{pooled['teacher']:.0%} of the variance of learning"
    if is_missing(pooled["teacher_low"]):
        told.append(no_interval_phrase(pooled))
    else:
        verdict += f" ({pooled['teacher_low']:.0%} to {pooled['teacher_high']:.0%})"
    numbers = f"{', '.join(told)}; permutation test p = {pooled['p_teacher']:.2g}; {units}"
    return Answer(question, verdict, numbers)


def paper_answer(checks: list[tuple[PaperCount, PredictiveCheck]]) -> Answer:
    """How many of the paper's counts are surprising under our rates, and the least probable."""
    extreme = sum(found.extreme for _, found in checks)
    count, least = min(checks, key=lambda pair: pair[1].p_value)
    where = f"{cell_text(count.cell)}: " if len(checks) > 1 else ""
    return Answer(
        PAPER_QUESTION,
        "surprising" if extreme else "not surprising",
        f"their probability is below {percent(EXTREME)} in {extreme} of "
        f"{counted(len(checks), 'cell')}, each tested by itself{hardly([c for _, c in checks])}",
        (
            f"{where}{check_phrase(least)}",
            "Only losses are printed there, so both sides are judged by them: a run that stays at "
            "its barrier or above counts as collapsed, whatever its kind.",
        ),
    )


def paper_left_out(frame: pd.DataFrame, record: StudyRecord) -> list[Answer]:
    """Why the paper's counts are held against nothing; empty where it has none."""
    counts = paper_counts(record.paper, record.paper_barrier)
    if not counts:
        return []
    why = "no cell of the paper has a run here"
    if any(len(runs_of(count, frame)) for count in counts):
        why = "its cells have several runs of a seed here, or not all of them were requested"
    return [Answer(PAPER_QUESTION, "not asked", why)]


def settings_answer(settings: pd.DataFrame) -> Answer:
    """How many settings the paper's counts do not exclude, and which is the likeliest."""
    best = settings.to_dict("records")[0]
    kept = sum(not excluded for excluded in settings["excluded"])
    details = [
        f"Likeliest is {cell_text({axis: best[axis] for axis in unsaid_axes(settings)})}, with "
        f"{best['counts']} (the paper's counts in brackets)."
    ]
    if lacking := settings.attrs["left_out"]:
        details.append(f"The paper's count at {', '.join(lacking)} is left out: no run is of it.")
    return Answer(
        SETTINGS_QUESTION,
        f"{kept} of {len(settings)} not excluded",
        "a set, not the setting (table settings)",
        tuple(details),
    )
