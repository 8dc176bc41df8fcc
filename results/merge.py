"""The command `python -m results.merge`: copies the ledgers of several machines into one."""

import sys
from collections.abc import Mapping, Sequence

import click
from rich.markup import escape

from results.command_line import DONE, FOUND, program
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.ledger.layout import FOLDERS
from results.ledger.ledger import Ledger
from results.option_types import PLACE
from results.progress_bar import progress
from results.text import counted, printable
from results.upkeep.merging import Merging

NAMED = 5
"""How many runs with different results are named; the others are counted."""
EXAMPLES = """examples:
  python -m results.merge desktop/outputs cluster/outputs --out outputs
      copies all runs of both into outputs, which may have runs already; both stay as they are

If several ledgers have the same run, the first one is copied, and a run that --out has already
stays. Checkpoints are not copied. The same command again copies what is new, and goes on where it
was stopped. No study may write to --out meanwhile.

exit status: 0 everything was copied; 1 something is damaged and was skipped; 2 wrong usage, or a
place that cannot be read or written; 130 interrupted
"""


@program(
    "results.merge",
    "Copy the runs of several ledgers, with all that belongs to them, into one.",
    EXAMPLES,
    interrupted="every run that was copied is complete; the same command goes on",
)
@click.argument(
    "ledgers",
    nargs=-1,
    type=PLACE,
    required=True,
    metavar="OUT...",
    help="the directory or URI that `study run` was given as --out on one of the machines",
)
@click.option(
    "--out", type=PLACE, required=True, metavar="DIR|URI", help="the directory or URI to copy into"
)
def main(ledgers: Sequence[str], out: str) -> int:
    """Copy one ledger after another, and say how much of each was copied.

    Returns:
        The exit status.

    Raises:
        ConfigError: a source is no ledger, or overlaps with --out.
        StorageError: a place cannot be read or written.
    """
    sources = [existing_ledger(location, "OUT") for location in ledgers]
    if not out:
        raise ConfigError("--out: is empty; name a directory or a URI")
    target = Ledger(out)
    for source in sources:
        if would_write_to(target, source):
            raise ConfigError(
                f"--out {out}: overlaps with {source.storage.location}; --out and a source must "
                "not overlap; name another --out"
            )
    target.storage.require_usable()
    merging = Merging(target)
    for source in sources:
        with progress("runs") as bar:
            task = bar.add_task(escape(printable(source.storage.location)), total=None)
            copied = merging.copy_from(
                source,
                begin=lambda total, bar=bar, task=task: bar.update(task, total=total),
                advance=lambda bar=bar, task=task: bar.advance(task),
            )
        print(
            f"{printable(source.storage.location)}: {counted(copied.runs, 'run')} copied, "
            f"{copied.there} there already; {counted(copied.attempts, 'attempt')}, "
            f"{counted(copied.studies, 'study', 'studies')}, {counted(copied.logs, 'log')}"
        )
    if merging.differing:
        print(differing(merging.differing))
    skipped = sum(source.skipping.count for source in sources)
    if skipped:
        print(f"skipped because of damage: {skipped}, see the warnings")
    return FOUND if skipped else DONE


def would_write_to(target: Ledger, source: Ledger) -> bool:
    """Tell whether a folder of the target is, holds or lies in one of the source, also by links."""
    written = [target.storage.place(folder) for folder in FOLDERS]
    kept = [source.storage.place(folder) for folder in ("", *FOLDERS)]
    return any(w.is_relative_to(k) or k.is_relative_to(w) for w in written for k in kept)


def differing(runs: Mapping[str, bool]) -> str:
    """Return a line on the runs that have different results in several ledgers.

    Args:
        runs: whether the outcome differs, for the id of each such run.
    """
    named = ", ".join(list(runs)[:NAMED])
    more = f" and {len(runs) - NAMED} more" if len(runs) > NAMED else ""
    return (
        f"{counted(len(runs), 'run')} with different results in several ledgers, the first stays: "
        f"{named}{more}; different outcomes: {sum(runs.values())}"
    )


if __name__ == "__main__":
    sys.exit(main())
