"""The curves of all runs are inspected: readable, and the same in every shard that has them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from results.ledger.by_run import by_run, fingerprint
from results.ledger.layout import single_run
from results.ledger.shard_folder import ShardFolder
from results.ledger.shards import read_shard
from results.upkeep.findings import InspectedShard, Inspection
from results.upkeep.shard_inspection import Unread, inspected_shards
from results.upkeep.validation import Evaluations, evaluations


@dataclass
class InspectedCurves:
    """What an inspection found in all shards of curves."""

    found: dict[str, tuple[InspectedShard, Evaluations]] = field(default_factory=dict)
    """The curve of every run that has one, as readers take it."""
    compacted: dict[str, list[InspectedShard]] = field(default_factory=lambda: defaultdict(list))
    """The compacted shards that have a run's curve."""
    unread: Unread = field(default_factory=Unread)


def inspect_curves(
    folder: ShardFolder, inspection: Inspection, advance: Callable[[], None]
) -> InspectedCurves:
    """Inspect every shard of curves.

    Args:
        folder: is only read.
        inspection: takes counts, and damaged shards and curves that contradict others as findings.
        advance: is called once for each shard.
    """
    curves = InspectedCurves()
    copies: dict[str, list[InspectedShard]] = defaultdict(list)
    for source, shard, faults in inspected_shards(folder, inspection, advance, curves.unread):
        for fault in dict.fromkeys(faults.values()):
            inspection.add(source.file, fault, source.rows(set(faults)))
        for run_id, found in evaluations(shard.without(faults)).items():
            copies[run_id].append(source)
            curves.found.setdefault(run_id, (source, found))
            if single_run(source.file) is None:
                curves.compacted[run_id].append(source)
    inspection.counts["curves"] = len(curves.found)
    compare_copies({r: where for r, where in copies.items() if len(where) > 1}, folder, inspection)
    return curves


def compare_copies(
    copies: Mapping[str, Sequence[InspectedShard]], folder: ShardFolder, inspection: Inspection
) -> None:
    """Compare the curves of runs that are in several shards with the one that is read."""
    prints: dict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted({source.file for sources in copies.values() for source in sources}):
        content = folder.storage.get(file)
        if content is None:  # compacted meanwhile
            continue
        table = read_shard(pa.BufferReader(content), folder.schema, run_ids=set(copies)).table
        for run_id, rows in by_run(table):
            prints[run_id][file] = fingerprint(rows)
    copied: set[str] = set()
    for run_id, (first, *others) in copies.items():
        for source in others:
            found = prints[run_id].get(source.file)
            if found is None or found == prints[run_id].get(first.file, found):
                copied.add(run_id)
            else:
                inspection.contradiction(source.file, run_id, source.run(run_id))
    inspection.counts["curves that are there twice"] = len(copied)
