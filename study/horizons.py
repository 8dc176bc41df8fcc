"""What becomes of runs that were trained before, for fewer iterations."""

from collections.abc import Sequence

from core.checkpoint import iteration_of
from core.config import RunConfig
from results.errors import ConfigError
from results.ledger import CHECKPOINTS_FOLDER, Ledger


def said_of_shorter_runs(missing: Sequence[RunConfig], ledger: Ledger) -> str | None:
    """How many of the runs to come go on from the state of a shorter one, and how many that were
    trained for fewer iterations start anew; None if there are none of either."""
    rows = ledger.runs().select(["trajectory_id", "iterations"]).to_pylist()
    horizons: dict[str, list[int]] = {}
    for row in rows:
        horizons.setdefault(row["trajectory_id"], []).append(row["iterations"])
    longer = [
        config
        for config in missing
        if any(h < config.iterations for h in horizons.get(config.trajectory_id, ()))
    ]
    if not longer:
        return None
    kept = sum(has_state(config, ledger) for config in longer)
    anew = len(longer) - kept
    parts = []
    if kept:
        parts.append(f"{kept} go on from the state that was kept of a shorter run")
    if anew:
        parts.append(
            f"{anew} were trained for fewer iterations and start anew: their state was not kept "
            "(--keep-state)"
        )
    return "; ".join(parts)


def has_state(config: RunConfig, ledger: Ledger) -> bool:
    """Whether there is a checkpoint the run can go on from."""
    folder = f"{CHECKPOINTS_FOLDER}/{config.trajectory_id}"
    for file in ledger.storage.names(folder, ".safetensors"):
        content = ledger.storage.get(f"{folder}/{file}") or b""
        try:
            iteration = iteration_of(content, config.curve_id)
        except ConfigError:  # the run itself says so in its log
            continue
        if iteration is not None and iteration <= config.iterations:
            return True
    return False
