"""The command `python -m results.merge`: one ledger of those of several machines."""

import sys
from collections.abc import Mapping, Sequence

from rich.markup import escape

from results.command_line import CommandParser
from results.commands import DONE, FOUND, exit_status, printable, progress
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.ledger.ledger import FOLDERS, Ledger
from results.text import counted
from results.upkeep.merging import Merging

NAMED = 5
"""Runs with different numbers that are named; the others are counted."""
EXAMPLES = """examples:
  python -m results.merge desktop/outputs cluster/outputs --out outputs
      everything of both in outputs, which may have runs already; the two stay as they are

Of a run that several have the first one is taken, and what --out has stays. Checkpoints stay where
they are. The same command again takes what is new, and goes on where it was stopped. Let no study
write to --out meanwhile.

exit status: 0 all is taken, 1 something is damaged and was passed over, 2 wrong usage or a place
that cannot be read or written, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    parser = CommandParser(
        "results.merge",
        "Take the runs of several ledgers, with all that belongs to them, into one.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("ledgers", nargs="+", metavar="LEDGER", help="what was given as --out on those machines")
    add("--out", required=True, metavar="DIR|URI", help="where all of it goes")
    options = parser.parse_args(arguments)
    return exit_status(
        lambda: merge(options.ledgers, options.out),
        "what was taken is whole, the same command goes on",
    )


def merge(locations: Sequence[str], out: str) -> int:
    """Take all, ledger by ledger, and say what came of it.

    Raises:
        StudyError: an input is no ledger, overlaps with --out, or a place fails.
    """
    sources = [existing_ledger(location, "LEDGER") for location in locations]
    if not out:
        raise ConfigError("--out: is empty; name a directory or a URI")
    target = Ledger(out)
    for source in sources:
        if would_write_to(target, source):
            raise ConfigError(
                f"--out {out}: lies in {source.storage.location}, or the other way round, and that "
                "is only to be read; choose another one"
            )
    target.storage.require_usable()
    merging = Merging(target)
    for source in sources:
        with progress("runs") as bar:
            task = bar.add_task(escape(printable(source.storage.location)), total=None)
            taken = merging.take(
                source,
                begin=lambda total, bar=bar, task=task: bar.update(task, total=total),
                advance=lambda bar=bar, task=task: bar.advance(task),
            )
        print(
            f"{printable(source.storage.location)}: {counted(taken.runs, 'run')} taken, "
            f"{taken.there} there already; {counted(taken.attempts, 'attempt')}, "
            f"{counted(taken.studies, 'study', 'studies')}, {counted(taken.logs, 'log')}"
        )
    if merging.differing:
        print(differing(merging.differing))
    passed_over = sum(source.passed_over for source in sources)
    if passed_over:
        print(f"{passed_over} times something was passed over, see the warnings")
    return FOUND if passed_over else DONE


def would_write_to(target: Ledger, source: Ledger) -> bool:
    """Whether a folder of the target is, holds, or lies in one of the source, also by links."""
    written = [target.storage.place(folder) for folder in FOLDERS]
    kept = [source.storage.place(folder) for folder in ("", *FOLDERS)]
    return any(w.is_relative_to(k) or k.is_relative_to(w) for w in written for k in kept)


def differing(runs: Mapping[str, bool]) -> str:
    """A line on runs of which several ledgers have different numbers.

    Args:
        runs: ids, and whether the outcome differs.
    """
    named = ", ".join(list(runs)[:NAMED])
    more = f" and {len(runs) - NAMED} more" if len(runs) > NAMED else ""
    return (
        f"{len(runs)} runs have different numbers in several ledgers, the first stays: "
        f"{named}{more}; {sum(runs.values())} of them differ in outcome"
    )


if __name__ == "__main__":
    sys.exit(main())
