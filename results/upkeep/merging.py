"""Runs of another ledger, taken into this one: each whole, its row last.

Nothing in the other ledger is trusted: what is not sound is named and passed over, and no name that
is found there leads out of this one.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from results.errors import LedgerError
from results.identity import is_name
from results.ledger.by_run import by_run
from results.ledger.ledger import (
    ATTEMPTS_FOLDER,
    CURVES_FOLDER,
    LOGS_FOLDER,
    RUNS_FOLDER,
    STUDIES_FOLDER,
    Ledger,
    log_name,
    picture_name,
    weights_name,
)
from results.ledger.records import json_object
from results.ledger.schema import CURVES, RUNS
from results.ledger.study_record import read_study_record
from results.upkeep.validation import (
    evaluations,
    require_identity,
    require_picture,
    require_weights,
)

NUMBERS = ("outcome", "weights_sha256", "iterations_done", "test_loss_final")
"""Columns that tell whether two trainings of one run came to the same."""
CHECKED = ("run_id", "identity", *NUMBERS)

Row = dict[str, Any]


@dataclass
class Taken:
    """What came of one ledger."""

    runs: int = 0
    there: int = 0
    """Runs that the target had already."""
    attempts: int = 0
    studies: int = 0
    logs: int = 0


@dataclass(frozen=True)
class Wanted:
    """A run that the target does not have."""

    shard: str
    row: pa.Table
    """One row."""


class Merging:
    """Takes what is missing from other ledgers, one after another.

    Args:
        target: what they are taken into.
    """

    def __init__(self, target: Ledger) -> None:
        self.target = target
        self.have: dict[str, Row] = {}
        """The checked columns of every run in the target."""
        for row in target.runs().select(CHECKED).to_pylist():
            self.have.setdefault(row["run_id"], row)
        self.differing: dict[str, bool] = {}
        """Runs with other numbers elsewhere, and whether the outcome is another."""

    def take(
        self, source: Ledger, begin: Callable[[int], None], advance: Callable[[], None]
    ) -> Taken:
        """Take what a ledger has and the target has not.

        Args:
            source: is only read; its `passed_over` counts what was not sound.
            begin: called with the number of runs that the target has not.
            advance: called for each of them that was taken.
        """
        taken = Taken()
        taken.logs = self._take_logs(source)
        taken.attempts = self._take_attempts(source)
        taken.studies = self._take_studies(source)
        wanted = self._wanted(source, taken)
        begin(len(wanted))
        if not wanted:
            return taken
        tried: set[str] = set()
        for shard, table in source.tables(CURVES_FOLDER, CURVES, wanted.keys()):
            for run_id, curve in by_run(table):
                if run_id not in wanted:  # an earlier shard had it
                    continue
                tried.add(run_id)
                with source.passing_over(shard):
                    (row,) = wanted[run_id].row.to_pylist()
                    self._take_run(source, row, curve)
                    self.have[run_id] = row
                    del wanted[run_id]
                    taken.runs += 1
                    advance()
        for run_id in wanted.keys() - tried:
            source.pass_over(wanted[run_id].shard, f"the run {run_id} has no sound curve")
        return taken

    def _wanted(self, source: Ledger, taken: Taken) -> dict[str, Wanted]:
        """The sound rows of runs that the target has not; those that it has are compared."""
        wanted: dict[str, Wanted] = {}
        seen: set[str] = set()
        for shard, table in source.tables(RUNS_FOLDER, RUNS):
            for index, row in enumerate(table.select(CHECKED).to_pylist()):
                run_id = row["run_id"]
                if run_id in seen:
                    continue
                with source.passing_over(shard):
                    require_identity(row)
                    seen.add(run_id)
                    if run_id in self.have:
                        taken.there += 1
                        self._compare(row)
                    else:
                        wanted[run_id] = Wanted(shard, table.slice(index, 1))
        return wanted

    def _compare(self, row: Row) -> None:
        kept = self.have[row["run_id"]]
        if any(differ(kept[name], row[name]) for name in NUMBERS):
            earlier = self.differing.get(row["run_id"], False)
            self.differing[row["run_id"]] = earlier or kept["outcome"] != row["outcome"]

    def _take_run(self, source: Ledger, row: Row, curve: pa.Table) -> None:
        """Commit one run; a LedgerError says what about it is not sound."""
        run_id = row["run_id"]
        found = evaluations(curve)[run_id]
        found.require_sound()
        found.require_end(row)
        weights = source.storage.get(weights_name(run_id))
        require_weights(weights, row)
        picture = None
        with source.passing_over(picture_name(run_id)) as name:
            content = source.storage.get(name)
            if content is not None:
                require_picture(content)
            picture = content
        assert weights is not None
        self.target.put_run(row, curve.to_pylist(), weights, picture)

    def _take_logs(self, source: Ledger) -> int:
        """Before the runs: the attempts of runs that never finished name theirs as well."""
        taken = 0
        for name in self._missing(source, LOGS_FOLDER, ".log"):
            with source.passing_over(name):
                taken += self._put(name, source.storage.get(name))
        return taken

    def _take_attempts(self, source: Ledger) -> int:
        """Attempts, with the places of their logs in the target."""
        taken = 0
        for name in self._missing(source, ATTEMPTS_FOLDER, ".json"):
            with source.passing_over(name):
                content = source.storage.get(name)
                if content is None:
                    continue
                attempt = json_object(content)
                if not is_name(attempt.get("run_id")):
                    raise LedgerError(f"{attempt.get('run_id')!r:.80} is no run id")
                log = self.target.storage.path(log_name(attempt["run_id"]))
                taken += self._put(name, json.dumps(attempt | {"log": log}, indent=1).encode())
        return taken

    def _take_studies(self, source: Ledger) -> int:
        taken = 0
        for study in source.storage.folders(STUDIES_FOLDER):
            if not is_name(study):
                source.pass_over(f"{STUDIES_FOLDER}/{study}", "not a study's name")
                continue
            for name in self._missing(source, f"{STUDIES_FOLDER}/{study}", ".json"):
                with source.passing_over(name):
                    content = source.storage.get(name)
                    if content is None:
                        continue
                    read_study_record(content)
                    taken += self._put(name, content)
        return taken

    def _missing(self, source: Ledger, folder: str, suffix: str) -> Iterator[str]:
        """The files of a folder that the target has not; names that can be none are passed over."""
        there = set(self.target.storage.names(folder, suffix))
        for file in source.storage.names(folder, suffix):
            if not is_name(file.removesuffix(suffix)):
                source.pass_over(f"{folder}/{file}", "not a name of this program")
            elif file not in there:
                yield f"{folder}/{file}"

    def _put(self, name: str, content: bytes | None) -> bool:
        if content is not None:
            self.target.storage.put(name, content)
        return content is not None


def differ(one: Any, other: Any) -> bool:
    """Whether two recorded values contradict each other; what was not recorded contradicts none."""
    if one is None or other is None:
        return False
    both_undefined = one != one and other != other
    return one != other and not both_undefined
