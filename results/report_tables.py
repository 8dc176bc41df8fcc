"""The tables of a report."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from results.against_paper import PaperCount, Predictive
from results.answer import is_text, shown_columns
from results.answers import against_paper
from results.cells import Cell, axes_of
from results.comparisons import compare
from results.equivalence import equivalence
from results.rates import COUNTS_ONLY, MINIMUM_SEEDS, rates
from results.report import RUN_IDS, Table

Ask = Mapping[str, Any]


def tables(frame: pd.DataFrame, ask: Ask, curves: pd.DataFrame) -> list[Table]:
    """Every table of a study: how often, what changes it, the paper beside it, and each run.

    Args:
        frame: of `results.load_study`, for this ask.
        ask: what the ledger remembers of it (`Ledger.studies`).
        curves: of `results.load_curves` for these runs.
    """
    found = [rates_table(frame)]
    if ask.get("contrasts"):
        found.append(contrasts_table(frame, ask))
    found += [equivalence_table(frame, asked) for asked in ask.get("equivalences", ())]
    held = against_paper(frame, ask)
    if held:
        found.append(paper_table(frame, held))
    return [*found, runs_table(frame, ask)]


def rates_table(frame: pd.DataFrame) -> Table:
    """How often runs fell and learned, a row a cell and horizon."""
    axes = axes_of(frame)
    table = rates(frame, axes, sequential_cells=frame.attrs.get("sequential_cells"))
    methods = sorted(set(table["method"]) - {COUNTS_ONLY})
    note = (
        f"Intervals (95%): {', '.join(methods)}."
        if methods
        else "Too few seeds for a rate, counts only; "
        f"--seeds {MINIMUM_SEEDS} adds what a rate needs."
    )
    if any("sequence" in method for method in methods):
        note += " Seeds were added until intervals were narrow: all of them hold together with 95%."
    return Table(
        "rates", "How often, at half the horizon and at the horizon", table, note, (*axes, "at")
    )


def contrasts_table(frame: pd.DataFrame, ask: Ask) -> Table:
    """Every contrast of the study file and stratum."""
    table = compare(frame, ask["contrasts"]).drop(columns="words")
    ids = [a + b for a, b in zip(table["run_ids_cell"], table["run_ids_against"], strict=True)]
    table = table.drop(columns=["run_ids_cell", "run_ids_against"]).assign(**{RUN_IDS: ids})
    return Table(
        "contrasts",
        "Does it change anything? Paired by seed",
        table,
        "both, only cell, only against, neither: seeds by the side on which the event happened. "
        "p of McNemar's exact test (other seeds on each side: Boschloo's); p holm: corrected for "
        "all rows. Difference: rate of the cell less that of the other, with 95% interval.",
        ("question", "stratum"),
    )


def equivalence_table(frame: pd.DataFrame, asked: Mapping[str, Any]) -> Table:
    """Every pair of an axis's values."""
    table = equivalence(frame, asked["axis"], asked["margin"], event=asked["event"])
    ids = [a + b for a, b in zip(table["run_ids_first"], table["run_ids_second"], strict=True)]
    table = table.drop(columns=["run_ids_first", "run_ids_second"]).assign(**{RUN_IDS: ids})
    return Table(
        f"equivalence_{asked['axis']}",
        f"{asked['question']} Within ±{asked['margin']:g}",
        table,
        "Difference: rate of the first less that of the second, with 90% interval; a pair is "
        "equivalent where that lies inside the margin (two one-sided tests at 5%).",
        ("first", "second", "stratum"),
    )


def paper_table(frame: pd.DataFrame, held: list[tuple[PaperCount, Predictive]]) -> Table:
    """The paper's count in each cell under our rate there."""
    rows = [
        {axis: count.cell.get(axis) for axis in axes_of(frame)}
        | {
            "fell": found.count,
            "runs": found.total,
            "paper_at_or_above": found.paper_count,
            "paper_trials": found.paper_total,
            "probability": found.probability,
            "surprising": found.surprising,
        }
        for count, found in held
    ]
    return Table(
        "paper",
        "The paper's counts under our rates",
        pd.DataFrame(rows),
        "probability: of a count at least as improbable as the paper's, given ours (beta-binomial, "
        "Jeffreys prior). The paper prints losses only; at or above its barrier counts as fallen.",
        tuple(axes_of(frame)),
    )


def runs_table(frame: pd.DataFrame, ask: Ask) -> Table:
    """Every run that was asked for, beside the paper's figures for its trial."""
    axes = axes_of(frame)
    figures = [name for name in shown_columns(ask) if name in frame and name not in axes]
    crossed = (frame["init_seed"] != frame["data_seed"]).any()
    named = [*axes, "trial", "init_seed", *(["data_seed"] if crossed else [])]
    table = pd.DataFrame(frame[[*named, "outcome"]])
    table["outcome"] = [one if is_text(one) else "missing" for one in frame["outcome"]]
    if frame["outcome_detail"].notna().any():
        table["outcome_detail"] = frame["outcome_detail"]
    for name in figures:
        table[name] = frame[name]
        paper = paper_values(frame, ask, name)
        if any(value is not None for value in paper):
            table[f"paper_{name}"] = np.array(paper, dtype=float)
    table[RUN_IDS] = [(run_id,) for run_id in frame["run_id"]]
    note = (
        "Losses are of the test curve, in nats, both channels added; minima of it are optimistic, "
        "being chosen on the test set as in the paper. The paper's trials had other seeds."
    )
    return Table("runs", "Every run", table, note, tuple(named))


def paper_values(frame: pd.DataFrame, ask: Ask, name: str) -> list[float | None]:
    """The paper's figure of this name for the cell and trial of each row."""
    axes = axes_of(frame)
    known = {
        (*(figure["cell"].get(axis) for axis in axes), figure["trial"]): figure["figures"][name]
        for figure in ask["paper"]
        if name in figure["figures"]
    }
    trials = zip(cells_in(frame), frame["trial"], strict=True)
    return [known.get((*cell, trial)) for cell, trial in trials]


def cells_in(frame: pd.DataFrame) -> list[Cell]:
    """The cell of each row; None where an axis cannot matter."""
    values = zip(*(frame[axis] for axis in axes_of(frame)), strict=True)
    return [tuple(None if pd.isna(value) else value for value in cell) for cell in values]
