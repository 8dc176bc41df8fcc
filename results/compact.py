"""The command `python -m results.compact`: compacts the shards of a ledger."""

import sys

import click
from rich.filesize import decimal

from results.command_line import DONE, program
from results.ledger.existing import existing_ledger
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER
from results.ledger.schema import CURVES, RUNS
from results.ledger.storage import Storage
from results.option_types import PLACE
from results.progress_bar import progress
from results.text import counted
from results.upkeep.compaction import Compaction

EXAMPLES = """examples:
  python -m results.compact outputs
      puts the files of single runs in outputs/ledger together; what is loaded stays the same

Studies may write and read meanwhile, and if the command is killed, the same command goes on. A file
that is damaged, or that has other rows of a run than another file, is left as it is with a warning.

exit status: 0 done; 2 wrong usage, or a place that cannot be written; 130 interrupted
"""


@program(
    "results.compact",
    "Put a ledger's many small files together, so that thousands of runs load in seconds.",
    EXAMPLES,
    interrupted="nothing is lost; the same command goes on",
)
@click.argument(
    "out",
    type=PLACE,
    metavar="OUT",
    help="the directory or URI that `study run` was given as --out",
)
def main(out: str) -> int:
    """Compact the ledger."""
    compact(out)
    return DONE


def compact(out: str) -> None:
    """Compact curves and runs, and say how many files and bytes there were and are.

    Raises:
        ConfigError: there is no ledger.
        StorageError: the place cannot be listed or written.
    """
    storage = existing_ledger(out, "OUT").storage
    for what, folder, schema in (("curves", CURVES_FOLDER, CURVES), ("runs", RUNS_FOLDER, RUNS)):
        before = size_of(storage, folder)
        compaction = Compaction(storage, folder, schema)
        if compaction.files:
            with progress("files") as bar:
                task = bar.add_task(what, total=compaction.files)
                compaction.run(lambda bar=bar, task=task: bar.advance(task))
            print(f"{what}: {before} -> {size_of(storage, folder)}")
        else:
            print(f"{what}: {before}, nothing to compact")


def size_of(storage: Storage, folder: str) -> str:
    """Say how many files a folder has and how large they are."""
    files = [file for file in storage.files(folder) if file.name.endswith(".parquet")]
    return f"{counted(len(files), 'file')}, {decimal(sum(file.bytes for file in files))}"


if __name__ == "__main__":
    sys.exit(main())
