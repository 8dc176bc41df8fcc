"""How often runs collapsed, over all cells: a description beside the tests."""

from collections import Counter
from dataclasses import replace

import pandas as pd

from results.outcomes import FELL
from results.reports.report import Answer
from results.reports.units_phrase import units_phrase
from results.statistics.cells import (
    finished,
    happened,
    teacher_seeds,
)
from results.statistics.random_factors import unit_counts, units_of
from results.statistics.rates import MINIMUM_SEEDS, born_and_died, pooled_rate
from results.statistics.seeds import seeds_of
from results.statistics.sensitivity import MEASURED, THRESHOLDS, outcomes_at
from results.statistics.timing.decline import still_declining
from results.text import counted, listed

QUESTION = "How often do runs collapse?"
MOST_NAMED = 8
"""Seeds that are named one by one."""
OTHERS = ("learned", "uninformative", "diverged")


def how_often(frame: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """How often runs collapsed, with an interval clustered by seed (and by what seeds are crossed
    with: data seeds, teachers); which seeds, and how.

    Args:
        frame: of `results.load_study`.
        curves: of `results.load_curves` for these runs.
    """
    done = finished(frame)
    if done.empty:
        return Answer(QUESTION, "unknown", "no run has an outcome yet")
    sequential = "sequential_cells" in frame.attrs
    rate = pooled_rate(
        happened(done).tolist(),
        done["init_seed"].tolist(),
        data_seeds=done["data_seed"].tolist(),
        teachers=teacher_seeds(done),
    )
    if sequential:
        rate = replace(rate, interval=None)
    outcomes = Counter(done["outcome"])
    told = {name: f"{outcomes[name]} {name}" for name in OTHERS if outcomes[name]}
    if "outcome_detail" in done and (below := list(done["outcome_detail"]).count("below_grey")):
        explain = "explains" if below == 1 else "explain"
        told["learned"] += f" ({below} of them {explain} no more than a pixel's grey value)"
    others = ", ".join(told.values())
    if sequential:
        why = "no interval over all cells: outcomes decided how many seeds a cell has"
    elif rate.interval:
        why = f"95% interval, clustered by {units_phrase(unit_counts(units_of(done)))}"
    else:
        why = f"a rate has no interval below {MINIMUM_SEEDS} seeds"
    details = [*seeds_sentences(frame), *kinds_sentence(done, curves)]
    details += threshold_sentence(done)
    numbers = "; ".join(filter(None, (others, why)))
    verdict = f"{rate.count} of {rate.total} runs collapsed"
    if rate.interval:
        verdict += " ({:.0%} to {:.0%})".format(*rate.interval)
    return Answer(QUESTION, verdict, numbers, tuple(details), stands_alone=True)


def threshold_sentence(done: pd.DataFrame) -> list[str]:
    """How many learned if that began at another share of the deviance; nothing where it is not
    measured."""
    if not set(MEASURED) <= set(done):
        return []
    counts = [outcomes_at(done, threshold) for threshold in THRESHOLDS]
    learned = [str(int((outcomes == "learned").sum())) for outcomes in counts]
    fell = [str(int(outcomes.isin(FELL).sum())) for outcomes in counts]
    shares = listed([f"{threshold:.0%}" for threshold in THRESHOLDS])
    if len(set(learned)) == len(set(fell)) == 1:
        return [
            f"These counts are the same wherever learning begins from {THRESHOLDS[0]:.0%} to "
            f"{THRESHOLDS[-1]:.0%} of the deviance."
        ]
    told = [
        f"{name} {numbers[0] if len(set(numbers)) == 1 else listed(numbers)}"
        for name, numbers in (("collapsed", fell), ("learned", learned))
    ]
    return [f"If learning began at {shares} of the deviance: {', '.join(told)}."]


def seeds_sentences(frame: pd.DataFrame) -> list[str]:
    """Say how many seeds collapsed in every cell, in none, in some; and what is missing."""
    seeds = seeds_of(frame)
    number = len(seeds.always) + len(seeds.never) + len(seeds.sometimes)
    told = []
    kinds = (
        (seeds.always, named(seeds.always), "in every cell"),
        (seeds.never, str(len(seeds.never)), "in no cell"),
        (seeds.sometimes, named(seeds.sometimes), "in some cells only"),
    )
    parts = [(many, where) for which, many, where in kinds if which]
    if len(parts) == 1:
        who = f"All {number} seeds" if number > 1 else "The one seed"
        told.append(f"{who} collapsed {parts[0][1]}.")
    elif parts:
        told.append(f"Of {number} seeds, collapsed: {', '.join(map(' '.join, parts))}.")
    if seeds.incomplete:
        missing = sum(frame["outcome"].isna())
        told.append(
            f"Missing: {counted(missing, 'run')} of {counted(len(seeds.incomplete), 'seed')}."
        )
    if seeds.partial:
        told.append(f"In some cells only: {counted(len(seeds.partial), 'seed')}.")
    return told


def named(seeds: list[int]) -> str:
    """`2 (seeds 1, 4)`: how many, and which if they are few."""
    few = 0 < len(seeds) <= MOST_NAMED
    word = "seed" if len(seeds) == 1 else "seeds"
    return f"{len(seeds)} ({word} {', '.join(map(str, seeds))})" if few else str(len(seeds))


def kinds_sentence(done: pd.DataFrame, curves: pd.DataFrame) -> list[str]:
    """How many of the collapsed runs were born dead, became constant or are flat, and how many
    still got better: such a run is under-trained rather than stuck, unless it is dead."""
    fell = done.loc[done["outcome"].isin(FELL)]
    if fell.empty:
        return []
    constant = fell.loc[fell["outcome"] == "constant"]
    born, later = born_and_died(constant)
    kinds = {"constant": len(constant)} if born is None else {}
    kinds |= {"born dead (constant before the first step)": born, "constant later": later}
    kinds["flat"] = len(fell) - len(constant)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    text = f"Of the {len(fell)} collapsed: {told}"
    dead = set(fell.loc[fell["dead_at"].notna(), "run_id"]) if "dead_at" in fell else set()
    if dead:
        were = "was" if len(dead) == 1 else "were"
        text += f"; {len(dead)} {were} dead: only the head's bias had a gradient"
    if len(curves):
        declining = still_declining(curves.loc[curves["run_id"].isin(fell["run_id"])])
        text += f"; {len(declining)} had a test loss that still fell at the end"
        if "born_dead" in constant:
            dead |= set(constant.loc[constant["born_dead"].eq(True), "run_id"])
        if among := len(declining & dead):
            text += (
                f", {among} of them dead or born dead, where only the answered constant improves"
            )
    return [f"{text}."]
