"""The windowed mean of curves that are shorter than the paper's window: over the longest that fits.

Another figure than the paper's, so it stands beside the one that does not exist, with its window.
"""

from typing import Any

import numpy as np
import pandas as pd

from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES
from results.outcomes import was_given_up
from results.windows import Windows, windowed_minimum

FITTING, OVER = "test_loss_avg_fitting", "test_loss_avg_over"


def with_fitting_windows(runs: pd.DataFrame, ledger: Ledger, windows: Windows) -> pd.DataFrame:
    """The frame with the mean that each run has instead of `test_loss_avg`, and what it is over.

    Args:
        runs: rows of the ledger's runs, with `test_loss_avg` for these windows.
        ledger: where their curves are.
        windows: beta_t.

    Returns:
        The frame with `test_loss_avg_over`, the number of evaluations: beta_t, or all there are
        where the horizon has fewer; and `test_loss_avg_fitting`, the least mean over so many
        (nats), which is NaN where none is known.
    """
    iterations, every = (
        runs[name].to_numpy(dtype=float, na_value=np.nan) for name in ("iterations", "eval_every")
    )
    is_short = np.ceil(iterations / every) < windows.beta_t
    over = pd.Series(windows.beta_t, index=runs.index, dtype="Int64")
    fitting = runs["test_loss_avg"].astype(float).copy()
    losses = trained_losses(ledger, runs.loc[is_short])
    for at, row in zip(runs.index[is_short], runs.loc[is_short].to_dict("records"), strict=True):
        found = losses.get(row["run_id"], [])
        least = windowed_minimum(found, len(found)) if found and not was_given_up(row) else None
        over[at], fitting[at] = len(found), np.nan if least is None else least
    return runs.assign(**{FITTING: fitting, OVER: over})


def trained_losses(ledger: Ledger, runs: pd.DataFrame) -> dict[Any, list[float]]:
    """Test losses of every evaluation after iteration 0 of these runs, in order, by run."""
    if runs.empty:
        return {}
    unused = set(CURVES.names) - {"run_id", "iteration", "test_loss"}
    curves = ledger.curves(runs["run_id"], without=unused).to_pandas(use_threads=False)
    trained = curves.loc[curves["iteration"] > 0].sort_values(["run_id", "iteration"])
    return {
        run_id: curve["test_loss"].to_numpy(dtype=float, na_value=np.nan).tolist()
        for run_id, curve in trained.groupby("run_id")
    }
