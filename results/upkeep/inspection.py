"""A whole ledger is inspected here: each file by itself, and whether the files of a run agree."""

from collections import Counter
from collections.abc import Callable

from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER, WEIGHTS_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.storage import StoredFile
from results.upkeep.file_inspection import KINDS, inspect_files, left_over_files
from results.upkeep.findings import Finding, Report
from results.upkeep.run_inspection import inspect_runs


def size(ledger: Ledger) -> int:
    """Return roughly how many files there are to inspect."""
    folders = (RUNS_FOLDER, CURVES_FOLDER, WEIGHTS_FOLDER, *(each[1] for each in KINDS))
    return sum(len(ledger.storage.files(folder)) for folder in folders)


class Inspection:
    """One inspection of a whole ledger. It fills `findings`, `counts` of what there is, and the
    files `left_over` by programs that were killed while they wrote.

    Args:
        ledger: the ledger to inspect; nothing is written to it.
        advance: is called once for each file that was inspected.
    """

    def __init__(self, ledger: Ledger, advance: Callable[[], None]) -> None:
        self.ledger, self.advance = ledger, advance
        self.report = Report()
        self.left_over: list[StoredFile] = []

    @property
    def findings(self) -> list[Finding]:
        return self.report.findings

    @property
    def counts(self) -> Counter[str]:
        return self.report.counts

    def run(self) -> None:
        """Inspect everything."""
        inspect_runs(self.ledger, self.report, self.advance)
        inspect_files(self.ledger.storage, self.report, self.advance)
        self.left_over = left_over_files(self.ledger.storage)
