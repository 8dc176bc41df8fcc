"""Before runs are started: the runs whose weights they need can be used."""

import shlex
from collections.abc import Sequence

from core.config import RunConfig
from results.command_line import sibling
from results.errors import LedgerError
from results.ledger.digest import sha256_of
from results.ledger.layout import weights_name
from results.ledger.ledger import Ledger


def preflight(students: Sequence[RunConfig], ledger: Ledger) -> str | None:
    """Return why these runs cannot be started, or None.

    The runs whose weights they need must be there with the weights they ended with, and a teacher
    must have learned.
    """
    starts = {run.start_from.run_id for run in students if run.start_from is not None}
    teachers = {
        run.teacher.run_id for run in students if run.needs_teacher and run.teacher is not None
    }
    needed = starts | teachers
    rows = {row["run_id"]: row for row in ledger.runs(needed).to_pylist()} if needed else {}
    for run_id in sorted(needed):
        row = rows.get(run_id)
        kind = "teacher" if run_id in teachers else "start"
        if row is None:
            return f"the {kind} {run_id} has no outcome, so the runs that need it were not started"
        if kind == "teacher" and not row["learned"]:
            return (
                f"the teacher {run_id} did not learn ({row['outcome']}, test loss "
                f"{row['test_loss_final']:.3f}, barrier {row['barrier']:.3f}), so its students "
                "were not started; give it more iterations with --set teacher.iterations=N"
            )
        recorded = row["weights_sha256"]
        if recorded is not None and recorded != found_sha256(run_id, ledger):
            return (
                f"the weights of the {kind} {run_id} are not those it ended with: "
                f"{ledger.storage.path(weights_name(run_id))} is missing or was changed; "
                f"{sibling('results.check')} {shlex.quote(ledger.storage.location)} --repair "
                "quarantines it, and the next start trains that run again"
            )
    return None


def found_sha256(run_id: str, ledger: Ledger) -> str | None:
    """Return the digest of a run's weights as they are there, None where they cannot be read."""
    try:
        return sha256_of(ledger.weights(run_id))
    except LedgerError:
        return None
