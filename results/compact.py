"""The command `python -m results.compact`: joins the shards of a ledger."""

import sys
from collections.abc import Sequence

from rich.filesize import decimal

from results.command_line import CommandParser
from results.commands import DONE, exit_status, progress
from results.ledger.existing import existing_ledger
from results.ledger.ledger import CURVES_FOLDER, RUNS_FOLDER
from results.ledger.schema import CURVES, RUNS
from results.ledger.storage import Storage
from results.text import counted
from results.upkeep.compaction import Joining

EXAMPLES = """examples:
  python -m results.compact outputs
      joins the files of single runs in outputs/ledger; what is loaded stays the same

Safe while studies write and read there, and when it is killed: the same command goes on. Files that
cannot be read, or that hold a run otherwise than another file does, are named and left as they are.

exit status: 0 done, 2 wrong usage or a location that cannot be written, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    parser = CommandParser(
        "results.compact",
        "Join the ledger's files of single runs, so that thousands load in seconds.",
        EXAMPLES,
    )
    parser.add_argument("out", metavar="OUT", help="what was given as --out, a directory or a URI")
    options = parser.parse_args(arguments)
    return exit_status(lambda: compact(options.out), "nothing is lost, the same command goes on")


def compact(out: str) -> int:
    """Join curves and runs; say how many files and bytes there were and are.

    Raises:
        StudyError: no ledger there, or it cannot be listed or written.
    """
    storage = existing_ledger(out, "OUT").storage
    for what, folder, schema in (("curves", CURVES_FOLDER, CURVES), ("runs", RUNS_FOLDER, RUNS)):
        before = size_of(storage, folder)
        joining = Joining(storage, folder, schema)
        if joining.files:
            with progress("files") as bar:
                task = bar.add_task(what, total=joining.files)
                joining.run(lambda bar=bar, task=task: bar.advance(task))
            print(f"{what}: {before} -> {size_of(storage, folder)}")
        else:
            print(f"{what}: {before}, nothing to join")
    return DONE


def size_of(storage: Storage, folder: str) -> str:
    """Files of a folder and their bytes, for people."""
    files = [file for file in storage.files(folder) if file.name.endswith(".parquet")]
    return f"{counted(len(files), 'file')}, {decimal(sum(file.bytes for file in files))}"


if __name__ == "__main__":
    sys.exit(main())
