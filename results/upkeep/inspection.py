"""A whole ledger is inspected here: each file by itself, and whether the files of a run agree."""

from collections.abc import Callable

from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER, WEIGHTS_FOLDER
from results.ledger.ledger import Ledger
from results.upkeep.file_inspection import KINDS, inspect_files, left_over_files
from results.upkeep.findings import Inspection
from results.upkeep.run_inspection import inspect_runs


def size(ledger: Ledger) -> int:
    """Return roughly how many files there are to inspect."""
    folders = (RUNS_FOLDER, CURVES_FOLDER, WEIGHTS_FOLDER, *(each[1] for each in KINDS))
    return sum(len(ledger.storage.files(folder)) for folder in folders)


def inspect_ledger(ledger: Ledger, advance: Callable[[], None]) -> Inspection:
    """Inspect everything.

    Args:
        ledger: nothing is written to it.
        advance: is called once for each file that was inspected.
    """
    inspection = Inspection()
    inspect_runs(ledger, inspection, advance)
    inspect_files(ledger.storage, inspection, advance)
    inspection.left_over = left_over_files(ledger.storage)
    return inspection
