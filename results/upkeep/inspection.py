"""Everything that a ledger holds is inspected here: each file by itself, and whether they agree.

Rows are read before curves and weights, which are written before their row: so a run that finishes
meanwhile is no finding.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from results.errors import LedgerError, NewerSchemaError, StorageError
from results.ledger.by_run import by_run, fingerprint
from results.ledger.digest import sha256_of
from results.ledger.leases import LEASES_FOLDER
from results.ledger.ledger import (
    ATTEMPTS_FOLDER,
    CHECKPOINTS_FOLDER,
    CURVES_FOLDER,
    FOLDERS,
    PICTURES_FOLDER,
    RUNS_FOLDER,
    STUDIES_FOLDER,
    WEIGHTS_FOLDER,
    Ledger,
    single_run,
    weights_name,
)
from results.ledger.schema import CURVES, RUNS, SIGNED_SINCE
from results.ledger.shards import Shard, read_shard
from results.ledger.storage import StoredFile
from results.upkeep.findings import FilePart, Finding, InspectedShard
from results.upkeep.validation import (
    Evaluations,
    evaluations,
    require_attempt,
    require_checkpoint,
    require_identity,
    require_picture,
    require_study,
    require_weights,
)

SIMPLE: tuple[tuple[str, str, str, Callable[[bytes], None]], ...] = (
    ("pictures", PICTURES_FOLDER, ".png", require_picture),
    ("checkpoints", CHECKPOINTS_FOLDER, ".safetensors", require_checkpoint),
    ("attempts", ATTEMPTS_FOLDER, ".json", require_attempt),
    ("studies", STUDIES_FOLDER, ".json", require_study),
)
"""Files that are validated by themselves: what they are called, where they lie, and the rule."""
LEFT_OVER = timedelta(hours=1)
"""A file that was being written so long ago is not being written any more."""
NEEDED = ("run_id", "identity", "weights_sha256", "iterations_done")
"""Columns of a row that other files are held against."""

Row = dict[str, Any]


def size(ledger: Ledger) -> int:
    """Roughly how many files there are to inspect."""
    folders = (RUNS_FOLDER, CURVES_FOLDER, WEIGHTS_FOLDER, *(each[1] for each in SIMPLE))
    return sum(len(ledger.storage.files(folder)) for folder in folders)


class Inspection:
    """One inspection of a whole ledger. It fills `findings`, `counts` of what there is, and the
    files `left_over` by programs that were killed while they wrote.

    Args:
        ledger: the ledger to inspect; nothing is written to it.
        advance: is called once for each file that was inspected.
    """

    def __init__(self, ledger: Ledger, advance: Callable[[], None]) -> None:
        self.ledger, self.storage, self.advance = ledger, ledger.storage, advance
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.rows: dict[str, Row] = {}
        """The row of every run that has a valid one, as readers take it."""
        self.row_sources: dict[str, list[InspectedShard]] = defaultdict(list)
        self.bad_rows: list[tuple[InspectedShard, int, str | None, str]] = []
        """The shard, the position in it, the run that the row names, and what is wrong."""
        self.curves: dict[str, tuple[InspectedShard, Evaluations]] = {}
        """The curve of every run that has one, as readers take it."""
        self.compacted_curves: dict[str, list[InspectedShard]] = defaultdict(list)
        self.unknown: dict[str, set[str | None]] = {RUNS_FOLDER: set(), CURVES_FOLDER: set()}
        """Runs of shards that may be undamaged but cannot be read; None stands for several."""
        self.left_over: list[StoredFile] = []

    def run(self) -> None:
        """Inspect everything."""
        self._inspect_rows()
        self._inspect_curves()
        self._judge_bad_rows()
        self._judge_curves()
        self._inspect_weights()
        for what, folder, suffix, require in SIMPLE:
            self._inspect_files(what, folder, suffix, require)
        self.left_over = [
            file for folder in (*FOLDERS, LEASES_FOLDER) for file in self._left_over(folder)
        ]

    def _inspect_rows(self) -> None:
        digests: dict[str, str] = {}
        for source, shard, faults in self._shards(RUNS_FOLDER, RUNS):
            self.counts["row files"] += 1
            rows = shard.table.select(NEEDED).to_pylist()
            self.counts["rows"] += len(rows)
            if shard.version < SIGNED_SINCE:
                self.counts["rows without a digest"] += len(rows)
            for index, (row, digest) in enumerate(zip(rows, shard.digests, strict=True)):
                run_id, fault = row["run_id"], faults.get(index) or identity_fault(row)
                if fault is not None:
                    self.bad_rows.append((source, index, run_id, fault))
                    continue
                self.row_sources[run_id].append(source)
                if run_id not in self.rows:
                    self.rows[run_id], digests[run_id] = row, digest
                elif digest == digests[run_id]:
                    self.counts["rows that are there twice"] += 1
                else:
                    self._contradiction(source, source.rows({index}), run_id)

    def _inspect_curves(self) -> None:
        copies: dict[str, list[InspectedShard]] = defaultdict(list)
        for source, shard, faults in self._shards(CURVES_FOLDER, CURVES):
            self.counts["curve files"] += 1
            for fault in dict.fromkeys(faults.values()):
                self._found(source.file, fault, source.rows(set(faults)))
            for run_id, found in evaluations(shard.without(faults)).items():
                copies[run_id].append(source)
                self.curves.setdefault(run_id, (source, found))
                if single_run(source.file) is None:
                    self.compacted_curves[run_id].append(source)
        self.counts["curves"] = len(self.curves)
        self._compare({run_id: where for run_id, where in copies.items() if len(where) > 1})

    def _compare(self, copies: dict[str, list[InspectedShard]]) -> None:
        """Compare the curves of runs that are in several shards with the one that is read."""
        prints: dict[str, dict[str, str]] = defaultdict(dict)
        for file in sorted({source.file for sources in copies.values() for source in sources}):
            content = self.storage.get(file)
            if content is None:  # compacted meanwhile
                continue
            table = read_shard(pa.BufferReader(content), CURVES, run_ids=set(copies)).table
            for run_id, rows in by_run(table):
                prints[run_id][file] = fingerprint(rows)
        for run_id, (first, *others) in copies.items():
            for source in others:
                found = prints[run_id].get(source.file)
                if found is None or found == prints[run_id].get(first.file, found):
                    self.counts["curves that are there twice"] += 1
                else:
                    self._contradiction(source, source.run(run_id), run_id)

    def _judge_bad_rows(self) -> None:
        for source, index, run_id, fault in self.bad_rows:
            curves = [] if run_id is None or run_id in self.rows else self._compacted_curve(run_id)
            self._found(source.file, fault, source.rows({index}), *curves)

    def _judge_curves(self) -> None:
        unknown = self.unknown[CURVES_FOLDER]
        for run_id, row in self.rows.items():
            if run_id not in self.curves:
                if not unknown & {run_id, None}:
                    file = self.row_sources[run_id][0].file
                    self._found(file, f"the run {run_id} has no curve", *self._redo(run_id))
                continue
            source, found = self.curves[run_id]
            try:
                found.require_distinct()
                found.require_end(row)
            except LedgerError as error:
                problem = f"the curve of {run_id}: {error}"
                self._found(source.file, problem, source.run(run_id), *self._redo(run_id))
        self._count_unfinished("curves", self.curves)

    def _inspect_weights(self) -> None:
        for run_id, row in self.rows.items():
            self.advance()
            name = weights_name(run_id)
            try:
                content = self.storage.get(name)
            except StorageError as error:
                self._leave_alone(name, error)
                continue
            except LedgerError as error:
                self._found(name, str(error), FilePart(name, None), *self._redo(run_id))
                continue
            try:
                require_weights(content, row)
            except LedgerError as error:
                own = [] if content is None else [FilePart(name, sha256_of(content))]
                self._found(name, str(error), *own, *self._redo(run_id))
        names = self.storage.names(WEIGHTS_FOLDER, ".safetensors")
        self.counts["weights"] = len(names)
        self._count_unfinished("weights", {name.removesuffix(".safetensors") for name in names})

    def _inspect_files(
        self, what: str, folder: str, suffix: str, require: Callable[[bytes], None]
    ) -> None:
        for file in self.storage.files(folder):
            if not file.name.endswith(suffix) or is_hidden(file):
                continue
            self.advance()
            self.counts[what] += 1
            content = None
            try:
                content = self.storage.get(file.name)
                if content is not None:  # else it is gone by now, as checkpoints go
                    require(content)
            except StorageError as error:
                self._leave_alone(file.name, error)
            except LedgerError as error:
                sha256 = None if content is None else sha256_of(content)
                self._found(file.name, str(error), FilePart(file.name, sha256))

    def _left_over(self, folder: str) -> list[StoredFile]:
        until = datetime.now(UTC) - LEFT_OVER
        return [
            file
            for file in self.storage.files(folder)
            if is_temporary(file) and file.modified < until
        ]

    def _shards(
        self, folder: str, schema: pa.Schema
    ) -> Iterator[tuple[InspectedShard, Shard, dict[int, str]]]:
        """Every shard that can be read, with the faults of its rows; the others are findings."""
        for name in self.ledger.shards(folder):
            self.advance()
            content = None
            try:
                content = self.storage.get(name)
                if content is None:  # compacted meanwhile
                    continue
                shard = read_shard(pa.BufferReader(content), schema)
                faults = shard.faults(single_run(name))
            except (NewerSchemaError, StorageError) as error:
                self.unknown[folder].add(single_run(name))
                self._leave_alone(name, error)
            except LedgerError as error:
                sha256 = None if content is None else sha256_of(content)
                self._found(name, str(error), FilePart(name, sha256))
            else:
                yield InspectedShard(name, sha256_of(content)), shard, faults

    def _redo(self, run_id: str) -> list[FilePart]:
        """What is quarantined so that a run is trained again: its row, wherever it lies."""
        rows = [source.run(run_id) for source in self.row_sources[run_id]]
        return [*rows, *self._compacted_curve(run_id)]

    def _compacted_curve(self, run_id: str) -> list[FilePart]:
        """The copies of a curve that a new one would not replace, but contradict."""
        return [source.run(run_id) for source in self.compacted_curves[run_id]]

    def _contradiction(self, source: InspectedShard, part: FilePart, run_id: str) -> None:
        problem = f"the run {run_id} is in another shard, which is read first, with other values"
        self._found(source.file, problem, part)

    def _found(self, file: str, problem: str, *parts: FilePart) -> None:
        self.findings.append(Finding(file, problem, parts))

    def _leave_alone(self, file: str, error: LedgerError) -> None:
        newer = isinstance(error, NewerSchemaError)
        step = "update this program" if newer else "make it readable"
        self.findings.append(Finding(file, str(error), instead=f"{step} and check again"))

    def _count_unfinished(self, what: str, run_ids: Any) -> None:
        unknown = self.unknown[RUNS_FOLDER]
        without = [r for r in run_ids if r not in self.rows and not unknown & {r, None}]
        self.counts[f"{what} without a row"] = len(without)


def identity_fault(row: Row) -> str | None:
    try:
        require_identity(row)
    except LedgerError as error:
        return str(error)
    return None


def is_hidden(file: StoredFile) -> bool:
    return PurePosixPath(file.name).name.startswith(".")


def is_temporary(file: StoredFile) -> bool:
    """Whether `replace_file` made it: `.name.` and eight letters."""
    name = PurePosixPath(file.name).name
    return name.startswith(".") and len(name) > 10 and name[-9] == "."
