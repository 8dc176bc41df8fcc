"""The shards of a folder are read for an inspection; those that cannot be read are findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from results.errors import LedgerError, NewerSchemaError, StorageError
from results.ledger.digest import sha256_of
from results.ledger.layout import single_run
from results.ledger.shard_folder import ShardFolder
from results.ledger.shards import Shard, read_shard
from results.upkeep.findings import FilePart, InspectedShard, Inspection

Runs = set[str | None]
"""Run ids; None stands for runs that are not known, as those of a compacted shard."""


@dataclass
class Unread:
    """The runs of shards that could not be read."""

    undamaged: Runs = field(default_factory=set)
    """The runs of shards that a newer program wrote, or that the system refused to read."""
    damaged: Runs = field(default_factory=set)


def inspected_shards(
    folder: ShardFolder, inspection: Inspection, advance: Callable[[], None], unread: Unread
) -> Iterator[tuple[InspectedShard, Shard, dict[int, str]]]:
    """Yield every shard that can be read, with the faults of its rows.

    Args:
        folder: is only read.
        inspection: takes the shards that cannot be read as findings.
        advance: is called once for each shard.
        unread: takes the runs of shards that cannot be read.
    """
    for name in folder.names():
        advance()
        content = None
        try:
            content = folder.storage.get(name)
            if content is None:  # compacted meanwhile
                continue
            shard = read_shard(pa.BufferReader(content), folder.schema)
            faults = shard.faults(single_run(name))
        except (NewerSchemaError, StorageError) as error:
            unread.undamaged.add(single_run(name))
            inspection.leave_alone(name, error)
        except LedgerError as error:
            unread.damaged.add(single_run(name))
            sha256 = None if content is None else sha256_of(content)
            inspection.add(name, str(error), FilePart(name, sha256))
        else:
            yield InspectedShard(name, sha256_of(content)), shard, faults
