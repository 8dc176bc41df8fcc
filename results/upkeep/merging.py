"""The runs of other ledgers are copied into one: each whole, its row last.

Nothing in another ledger is trusted: what is damaged is skipped with a warning, and no name that is
found there leads out of the target.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from results.errors import LedgerError
from results.identity import is_name
from results.ledger.attempt import read_attempt
from results.ledger.by_run import by_run
from results.ledger.layout import (
    ATTEMPTS_FOLDER,
    LOGS_FOLDER,
    STUDIES_FOLDER,
    log_name,
    picture_name,
    weights_name,
)
from results.ledger.ledger import Ledger
from results.ledger.study_record import read_study_record
from results.upkeep.validation import (
    evaluations,
    require_identity,
    require_picture,
    require_weights,
)

COMPARED = ("outcome", "weights_sha256", "iterations_done", "test_loss_final")
"""Columns that tell whether two trainings of one run came to the same result."""
CHECKED = ("run_id", "identity", *COMPARED)

Row = dict[str, Any]


@dataclass
class Copied:
    """How much of one ledger was copied."""

    runs: int = 0
    there: int = 0
    """How many of its runs the target had already."""
    attempts: int = 0
    studies: int = 0
    logs: int = 0


@dataclass(frozen=True)
class MissingRun:
    """A run that the target lacks."""

    shard: str
    row: pa.Table
    """Its only row."""


class Merging:
    """Copies what a ledger lacks from others, one after another.

    Args:
        target: the ledger that is copied into.
    """

    def __init__(self, target: Ledger) -> None:
        self.target = target
        self.have: dict[str, Row] = {}
        """The compared columns of every run in the target."""
        for row in target.runs().select(CHECKED).to_pylist():
            self.have.setdefault(row["run_id"], row)
        self.differing: dict[str, bool] = {}
        """Runs that have other results elsewhere, and whether their outcome differs."""

    def copy_from(
        self, source: Ledger, begin: Callable[[int], None], advance: Callable[[], None]
    ) -> Copied:
        """Copy what a ledger has and the target lacks.

        Args:
            source: is only read; its `skipping` counts what was damaged.
            begin: is called once with the number of runs that the target lacks.
            advance: is called for each of them that was copied.

        Returns:
            How much was copied.

        Raises:
            StorageError: the source cannot be read, or the target cannot be written.
        """
        copied = Copied()
        copied.logs = self._copy_files(source, LOGS_FOLDER, ".log", bytes)  # attempts name them
        copied.attempts = self._copy_files(source, ATTEMPTS_FOLDER, ".json", self._attempt_here)
        copied.studies = self._copy_studies(source)
        missing = self._missing_runs(source, copied)
        begin(len(missing))
        if not missing:
            return copied
        tried: set[str] = set()
        for shard, table in source.curve_shards.tables(missing.keys()):
            for run_id, curve in by_run(table):
                if run_id not in missing:  # an earlier shard had it
                    continue
                tried.add(run_id)
                with source.skipping(shard):
                    (row,) = missing[run_id].row.to_pylist()
                    self._copy_run(source, row, curve)
                    self.have[run_id] = row
                    del missing[run_id]
                    copied.runs += 1
                    advance()
        for run_id in missing.keys() - tried:
            source.skipping.skip(missing[run_id].shard, f"the run {run_id} has no valid curve")
        return copied

    def _missing_runs(self, source: Ledger, copied: Copied) -> dict[str, MissingRun]:
        """Return the valid rows of runs that the target lacks, and compare those that it has."""
        missing: dict[str, MissingRun] = {}
        seen: set[str] = set()
        for shard, table in source.run_shards.tables():
            for index, row in enumerate(table.select(CHECKED).to_pylist()):
                run_id = row["run_id"]
                if run_id in seen:
                    continue
                with source.skipping(shard):
                    require_identity(row)
                    seen.add(run_id)
                    if run_id in self.have:
                        copied.there += 1
                        self._compare(row)
                    else:
                        missing[run_id] = MissingRun(shard, table.slice(index, 1))
        return missing

    def _compare(self, row: Row) -> None:
        kept = self.have[row["run_id"]]
        if any(differ(kept[name], row[name]) for name in COMPARED):
            earlier = self.differing.get(row["run_id"], False)
            self.differing[row["run_id"]] = earlier or kept["outcome"] != row["outcome"]

    def _copy_run(self, source: Ledger, row: Row, curve: pa.Table) -> None:
        """Commit one run; a LedgerError says what of it is damaged."""
        run_id = row["run_id"]
        found = evaluations(curve)[run_id]
        found.require_distinct()
        found.require_end(row)
        weights = source.storage.get(weights_name(run_id))
        require_weights(weights, row)
        picture = None
        with source.skipping(picture_name(run_id)) as name:
            content = source.storage.get(name)
            if content is not None:
                require_picture(content)
            picture = content
        assert weights is not None
        self.target.put_run(row, curve.to_pylist(), weights, picture)

    def _copy_studies(self, source: Ledger) -> int:
        copied = 0
        for study in source.storage.folders(STUDIES_FOLDER):
            if is_name(study):
                folder = f"{STUDIES_FOLDER}/{study}"
                copied += self._copy_files(source, folder, ".json", readable_study)
            else:
                source.skipping.skip(f"{STUDIES_FOLDER}/{study}", "that is no name of a study")
        return copied

    def _copy_files(
        self, source: Ledger, folder: str, suffix: str, checked: Callable[[bytes], bytes]
    ) -> int:
        """Copy the files of a folder that the target lacks, each as `checked` returns it; those
        with names that this program never gives are skipped."""
        copied = 0
        there = set(self.target.storage.names(folder, suffix))
        for file in source.storage.names(folder, suffix):
            if file in there:
                continue
            with source.skipping(f"{folder}/{file}") as name:
                if not is_name(file.removesuffix(suffix)):
                    raise LedgerError("this program gives no file such a name")
                content = source.storage.get(name)
                if content is not None:
                    self.target.storage.put(name, checked(content))
                    copied += 1
        return copied

    def _attempt_here(self, content: bytes) -> bytes:
        """Return an attempt with the place that its log has in the target."""
        attempt = read_attempt(content)
        if not is_name(attempt.run_id):
            raise LedgerError(f"{attempt.run_id!r:.80} is no run id")
        log = self.target.storage.path(log_name(attempt.run_id))
        return replace(attempt, log=log).to_bytes()


def readable_study(content: bytes) -> bytes:
    read_study_record(content)
    return content


def differ(one: Any, other: Any) -> bool:
    """Tell whether two recorded values contradict each other; a missing one contradicts none."""
    if one is None or other is None:
        return False
    both_undefined = one != one and other != other
    return one != other and not both_undefined
