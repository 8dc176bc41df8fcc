"""What becomes of runs that were trained before, for fewer iterations."""

from collections.abc import Sequence

import pyarrow as pa

from core.config import RunConfig
from core.training.checkpoint import usable_checkpoints
from results.ledger.storage import Storage
from results.text import counted


def said_of_shorter_runs(
    missing: Sequence[RunConfig], finished: pa.Table, storage: Storage
) -> str | None:
    """Return how many runs go on from the state of a shorter one, and how many that were trained
    for fewer iterations restart; None if there are none of either.

    Args:
        missing: the runs to come.
        finished: of `Ledger.runs`.
        storage: the ledger's.
    """
    shortest: dict[str, int] = {}
    for row in finished.select(["trajectory_id", "iterations"]).to_pylist():
        trajectory, iterations = str(row["trajectory_id"]), int(row["iterations"] or 0)
        shortest[trajectory] = min(shortest.get(trajectory, iterations), iterations)
    longer = [
        config
        for config in missing
        if shortest.get(config.trajectory_id, config.iterations) < config.iterations
    ]
    if not longer:
        return None
    kept = sum(bool(usable_checkpoints(storage, config)) for config in longer)
    anew = len(longer) - kept
    parts = []
    if kept:
        verb = "goes" if kept == 1 else "go"
        parts.append(f"{counted(kept, 'run')} {verb} on from a state that was kept")
    if anew == 1:
        parts.append("1 run restarts: its shorter version kept no state (--keep-state)")
    elif anew:
        parts.append(f"{anew} runs restart: their shorter versions kept no state (--keep-state)")
    return "; ".join(parts)
