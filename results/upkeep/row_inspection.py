"""The rows of all runs are inspected: unedited, with a run id of their own, and the same in every
shard that has them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from results.errors import LedgerError
from results.ledger.layout import single_run
from results.ledger.schema import SIGNED_SINCE
from results.ledger.shard_folder import ShardFolder
from results.upkeep.findings import InspectedShard, Inspection
from results.upkeep.shard_inspection import Runs, Unread, inspected_shards
from results.upkeep.validation import require_identity

COMPARED = ("run_id", "identity", "weights_sha256", "iterations_done")
"""The columns of a row that other files are compared with."""

Row = dict[str, Any]


@dataclass(frozen=True)
class BadRow:
    """A row that is not to be used."""

    shard: InspectedShard
    position: int
    run_id: str | None
    """The run that it names."""
    fault: str


@dataclass
class InspectedRows:
    """What an inspection found in all shards of rows."""

    valid: dict[str, Row] = field(default_factory=dict)
    """The row of every run that has a valid one, as readers take it."""
    shards: dict[str, list[InspectedShard]] = field(default_factory=lambda: defaultdict(list))
    """The shards that hold a valid row of each run."""
    bad: list[BadRow] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)

    def without_row(self, run_ids: set[str]) -> set[str]:
        """Return those of the runs that have no row, not even a damaged or unreadable one."""
        hidden: Runs = self.unread.undamaged | self.unread.damaged
        for row in self.bad:
            hidden |= {row.run_id, single_run(row.shard.file) or row.run_id}
        return set() if None in hidden else run_ids - self.valid.keys() - hidden


def inspect_rows(
    folder: ShardFolder, inspection: Inspection, advance: Callable[[], None]
) -> InspectedRows:
    """Inspect every shard of rows; a run counts once, wherever copies of its row lie.

    Args:
        folder: is only read.
        inspection: takes counts, unreadable shards, and rows that contradict others as findings.
        advance: is called once for each shard.
    """
    rows = InspectedRows()
    digests: dict[str, str] = {}
    copied: set[str] = set()
    for source, shard, faults in inspected_shards(folder, inspection, advance, rows.unread):
        found = zip(shard.table.select(COMPARED).to_pylist(), shard.digests, strict=True)
        for index, (row, digest) in enumerate(found):
            run_id, fault = row["run_id"], faults.get(index) or identity_fault(row)
            if fault is not None:
                rows.bad.append(BadRow(source, index, run_id, fault))
                continue
            rows.shards[run_id].append(source)
            if run_id not in rows.valid:
                rows.valid[run_id], digests[run_id] = row, digest
                inspection.counts["rows without a digest"] += shard.version < SIGNED_SINCE
            elif digest == digests[run_id]:
                copied.add(run_id)
            else:
                inspection.contradiction(source.file, run_id, source.rows({index}))
    damaged = {row.run_id for row in rows.bad} - rows.valid.keys()
    inspection.counts["rows"] = len(rows.valid) + len(damaged)
    inspection.counts["rows that are there twice"] = len(copied)
    return rows


def identity_fault(row: Row) -> str | None:
    try:
        require_identity(row)
    except LedgerError as error:
        return str(error)
    return None
