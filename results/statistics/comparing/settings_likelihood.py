"""How likely the paper's counts are under each setting that it does not state.

The paper's figures name some axes, as the width; the others are settings that it leaves unsaid.
Each combination of their values gives a rate to every count of the paper.
"""

import math
from typing import Any

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.statistics.cells import axes_of, by_cell, finished, selected
from results.statistics.comparing.paper_counts import PaperCount, at_or_above, paper_counts
from results.statistics.methods.posterior_predictive import predictive_log_chance
from results.text import cell_text

EXCLUDED = 1 / 32
"""A setting with less than this share of the best one's likelihood is excluded: strong evidence in
Royall's terms (1997, Statistical Evidence)."""


def settings_likelihood(frame: pd.DataFrame, record: StudyRecord) -> pd.DataFrame:
    """Compute the beta-binomial likelihood of the paper's counts under each setting.

    The rate of collapse in a cell has a Jeffreys prior; given our runs, a count of the paper is
    beta-binomial. Cells of a setting multiply.

    Args:
        frame: of `results.load_study`, for this request.
        record: what the ledger remembers of it, with the paper's figures.

    Returns:
        A row a setting in which every count of the paper has runs, the likeliest first; a count
        without a run in any setting is left out, and named in `attrs["left_out"]`. The axes that
        the paper does not name, `runs`, `counts` (ours beside the paper's), `log_likelihood`,
        `ratio` (to the best), `excluded`, `run_ids`. Empty where the paper names every axis, or
        there is one setting only.
    """
    every = paper_counts(record.paper, record.paper_barrier)
    counts = [count for count in every if len(runs_of(count, frame))]
    named = {axis for count in counts for axis in count.cell}
    unsaid = [axis for axis in axes_of(frame) if axis not in named]
    rows: list[dict[str, Any]] = []
    for setting, runs in by_cell(finished(frame), unsaid).items() if counts and unsaid else ():
        told, total = [], 0.0
        used: list[str] = []
        for count in counts:
            mine = runs_beside(count, runs)
            if mine.empty:
                break
            fell = int(at_or_above(mine, count).sum())
            total += predictive_log_chance(fell, len(mine), count.at_or_above, count.trials)
            told.append(
                f"{cell_text(count.cell)}: {fell} of {len(mine)} "
                f"({count.at_or_above} of {count.trials})"
            )
            used += mine["run_id"].tolist()
        else:
            figures = {"runs": len(used), "counts": "; ".join(told), "log_likelihood": total}
            rows.append(
                dict(zip(unsaid, setting, strict=True)) | figures | {"run_ids": tuple(used)}
            )
    columns = [*unsaid, "runs", "counts", "log_likelihood", "ratio", "excluded", "run_ids"]
    if len(rows) < 2:
        return pd.DataFrame(columns=columns)
    best = max(row["log_likelihood"] for row in rows)
    for row in rows:
        row["ratio"] = math.exp(row["log_likelihood"] - best)
        row["excluded"] = row["ratio"] < EXCLUDED
    rows.sort(key=lambda row: -row["log_likelihood"])
    table = pd.DataFrame(rows, columns=columns)
    table.attrs["left_out"] = [cell_text(count.cell) for count in every if count not in counts]
    return table


def runs_beside(count: PaperCount, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the finished runs of the cell that a count of the paper is of; none where they do not
    have seeds of their own."""
    runs = runs_of(count, frame)
    return runs if runs["init_seed"].is_unique else runs.head(0)


def runs_of(count: PaperCount, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the finished runs of the cell that a count of the paper is of."""
    known = {axis: value for axis, value in count.cell.items() if axis in frame}
    return finished(selected(frame, known))
