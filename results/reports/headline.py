"""What every report answers first: does the cell matter, does the seed?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.reports.report import Answer
from results.statistics.cells import finished, is_missing, teacher_seeds
from results.statistics.concentration import seed_concentration
from results.statistics.methods.cochran_q import least_rows
from results.statistics.methods.paired import seeds_needed
from results.statistics.omnibus import cochran_q
from results.text import counted, listed

ALPHA = 0.05
SEED_NAMES = {"init_seed": "init seed", "data_seed": "data seed"}
UNPAIRED = "no seed has comparable runs in two cells"


def headline(frame: pd.DataFrame, *, cells: bool = True) -> list[Answer]:
    """Whether collapse depends on the cell, and whether on the seed; nothing where there is one
    cell, and one run a seed in it.

    Args:
        frame: of `results.load_study`, with a run that has an outcome.
        cells: whether it is to be said of the cells: between two of them a contrast is the same
            question, by a test of more power, and two p-values would be one too many.
    """
    rows, seeds = cochran_q(frame).to_dict("records"), seed_concentration(frame).to_dict("records")
    teachers = len(set(teacher_seeds(finished(frame))) - {None})
    several = rows[0]["reason"] != "one cell"
    told = []
    if several:
        if cells:
            told.append(cells_answer(rows, crossed=len(seeds) > 1, teachers=teachers))
        if len(seeds) == 1 and seeds[0]["reason"]:
            why = "there is one seed" if seeds[0]["reason"] == "one seed" else UNPAIRED
            told.append(Answer("Does the seed matter?", "not asked", why))
    return told + [seed_answer(row, len(seeds), several) for row in seeds if not row["reason"]]


def cells_answer(rows: list[dict[Any, Any]], *, crossed: bool, teachers: int) -> Answer:
    """Whether any axis matters, and which.

    Args:
        rows: of `results.cochran_q`: all cells, then each axis.
        crossed: whether init and data seeds are.
        teachers: how many have students here.
    """
    whole, axes = rows[0], rows[1:]
    question = f"Does {whole['axis'] or 'the cell'} matter?"
    if axes:
        question = f"Does any of {listed([row['axis'] for row in axes])} matter?"
    if whole["reason"]:
        return Answer(question, "not asked", UNPAIRED)
    noun = SEED_NAMES[whole["unit"]] if crossed else "seed"
    told = f"p = {whole['p_value']:.2g}, Cochran's Q permuted within {noun}s"
    told += f"; {differing(whole, noun)}{limit(whole, least_rows(whole['compared']))}"
    if whole["p_value"] <= ALPHA:
        told += at_once(whole["units"], noun)
    if axes:
        known = [row for row in axes if not row["reason"]]
        each = [f"{row['axis']} p = {row['p_holm']:.2g}" for row in known]
        holm = f" after Holm's correction for {len(known)}" if len(known) > 1 else ""
        told += f"; by axis{holm}: {listed(each)}" if known else ""
    details = []
    if crossed:
        details.append(f"Permuting whole {noun}s has the larger p of the two kinds of seeds.")
    if teachers > 1:
        details.append(f"This holds for these {teachers} teachers.")
    if whole["left_out"]:
        details.append(f"{counted(whole['left_out'], 'run')} left out that no other cell matches.")
    return Answer(question, verdict(whole["p_value"]), told, tuple(details))


def differing(row: Mapping[Any, Any], noun: str) -> str:
    """How many seeds ended in one cell otherwise than in another: these alone say something."""
    return (
        f"{row['informative'] or 'none'} of {counted(row['units'], noun)} collapsed in some of "
        f"{row['compared']} cells and not in others"
    )


def limit(row: Mapping[Any, Any], least: int) -> str:
    """The smallest p-value that could have come out, where that shows nothing."""
    if row["minimum_p"] <= ALPHA:
        return ""
    if row["informative"] < least:
        return f", and at least {least} must before p can be below {ALPHA:g}"
    return f", which allow no p below {row['minimum_p']:.2g}"


def at_once(units: int, noun: str) -> str:
    """Why so few seeds show this, although they could show no single effect; empty where they are
    not so few."""
    least = seeds_needed(ALPHA)
    if units >= least:
        return ""
    return (
        f"; this looks at all cells at once, where a single contrast or main effect takes {least} "
        f"{noun}s or more"
    )


def seed_answer(row: Mapping[Any, Any], kinds: int, several_cells: bool) -> Answer:
    """Whether collapse is concentrated on few seeds.

    Args:
        row: of `results.seed_concentration`.
        kinds: how many kinds of seeds are tested.
        several_cells: whether there is anything to contrast.
    """
    noun = SEED_NAMES[row["unit"]] if kinds > 1 else "seed"
    told = f"p = {row['p_holm']:.2g}"
    if kinds > 1:
        told += f" after Holm's correction for {kinds}"
    told += f", outcomes permuted among the {noun}s of each cell"
    if is_missing(row["ratio"]):
        told += "; all of a cell ended alike"
    else:
        told += f"; the {noun}s' counts vary {row['ratio']:.1f} times as much as by chance"
        if row["minimum_p"] > ALPHA:
            told += f"; so few runs collapsed or did not that no p below {row['minimum_p']:.2g} "
            told += "could come out"
    if several_cells and row["p_holm"] <= ALPHA:
        told += at_once(row["units"], noun)
    return Answer(f"Does the {noun} matter?", verdict(row["p_holm"]), told)


def verdict(p_value: float) -> str:
    """Only what is shown is a yes; a large p-value is no evidence that it is a no."""
    return "yes" if p_value <= ALPHA else "not shown"
