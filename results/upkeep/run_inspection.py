"""Row, curve, weights and picture of each run are held against each other here.

Rows are read before curves and weights, which are written before their row: so a run that finishes
meanwhile is no finding.
"""

from collections.abc import Callable
from dataclasses import dataclass

from results.errors import LedgerError, StorageError
from results.ledger.digest import sha256_of
from results.ledger.layout import PICTURES_FOLDER, WEIGHTS_FOLDER, weights_name
from results.ledger.ledger import Ledger
from results.ledger.storage import Storage
from results.upkeep.curve_inspection import InspectedCurves, inspect_curves
from results.upkeep.findings import FilePart, Inspection
from results.upkeep.row_inspection import InspectedRows, inspect_rows
from results.upkeep.validation import require_weights


def inspect_runs(ledger: Ledger, inspection: Inspection, advance: Callable[[], None]) -> None:
    """Inspect rows and curves by themselves, then whether all that belongs to a run agrees.

    Args:
        ledger: is only read.
        inspection: takes the findings and counts.
        advance: is called once for each file.
    """
    rows = inspect_rows(ledger.run_shards, inspection, advance)
    curves = inspect_curves(ledger.curve_shards, inspection, advance)
    agreement = Agreement(ledger.storage, rows, curves, inspection)
    agreement.judge_bad_rows()
    agreement.judge_curves()
    agreement.inspect_weights(advance)
    agreement.count_pictures()


@dataclass(frozen=True)
class Agreement:
    """What belongs together, as it was found."""

    storage: Storage
    rows: InspectedRows
    curves: InspectedCurves
    inspection: Inspection

    def judge_bad_rows(self) -> None:
        for row in self.rows.bad:
            run_id = row.run_id
            parts = [row.shard.rows({row.position})]
            if run_id is not None and run_id not in self.rows.valid:  # it is trained again
                parts += self._compacted_curve(run_id)
            self.inspection.add(row.shard.file, row.fault, *parts)

    def judge_curves(self) -> None:
        for run_id, row in self.rows.valid.items():
            if run_id not in self.curves.found:
                if not self.curves.unread.undamaged & {run_id, None}:
                    file = self.rows.shards[run_id][0].file
                    self.inspection.add(file, f"the run {run_id} has no curve", *self._redo(run_id))
                continue
            source, found = self.curves.found[run_id]
            try:
                found.require_distinct()
                found.require_end(row)
            except LedgerError as error:
                problem = f"the curve of {run_id}: {error}"
                self.inspection.add(source.file, problem, source.run(run_id), *self._redo(run_id))
        without = self.rows.without_row(set(self.curves.found))
        self.inspection.counts["curves without a row"] = len(without)

    def inspect_weights(self, advance: Callable[[], None]) -> None:
        for run_id, row in self.rows.valid.items():
            advance()
            name = weights_name(run_id)
            try:
                content = self.storage.get(name)
            except StorageError as error:
                self.inspection.leave_alone(name, error)
                continue
            except LedgerError as error:
                self.inspection.add(name, str(error), FilePart(name, None), *self._redo(run_id))
                continue
            try:
                require_weights(content, row)
            except LedgerError as error:
                own = [] if content is None else [FilePart(name, sha256_of(content))]
                self.inspection.add(name, str(error), *own, *self._redo(run_id))
        names = self.storage.names(WEIGHTS_FOLDER, ".safetensors")
        without = self.rows.without_row({name.removesuffix(".safetensors") for name in names})
        self.inspection.counts["weights"] = len(names)
        self.inspection.counts["weights without a row"] = len(without)

    def count_pictures(self) -> None:
        """Count the finished runs whose picture is not there, which is no damage to any number."""
        drawn = {name.removesuffix(".png") for name in self.storage.names(PICTURES_FOLDER, ".png")}
        self.inspection.counts["rows without a picture"] = len(self.rows.valid.keys() - drawn)

    def _redo(self, run_id: str) -> list[FilePart]:
        """Return what to quarantine so that a run is trained again: its row, wherever it lies."""
        rows = [source.run(run_id) for source in self.rows.shards[run_id]]
        return [*rows, *self._compacted_curve(run_id)]

    def _compacted_curve(self, run_id: str) -> list[FilePart]:
        """Return the copies of a curve that a new one would not replace, but contradict."""
        return [source.run(run_id) for source in self.curves.compacted[run_id]]
