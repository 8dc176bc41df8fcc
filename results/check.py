"""The command `python -m results.check`: verifies a ledger, and sets aside what is damaged."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.filesize import decimal

from results.command_line import CommandParser
from results.commands import DONE, FOUND, exit_status, printable, progress
from results.ledger.existing import existing_ledger
from results.upkeep.findings import Finding
from results.upkeep.inspection import Inspection, size
from results.upkeep.quarantine import Aside

EXAMPLES = """examples:
  python -m results.check outputs
      reads all of it, says what is damaged and what --repair would do; changes nothing
  python -m results.check outputs --repair
      moves what is damaged to outputs/aside/<time>, so that the next study trains those runs again

Nothing is deleted. Safe while studies run.

exit status: 0 nothing is damaged, or --repair set aside all that was, 1 something is, 2 wrong usage
or a place that cannot be read, 130 interrupted
"""
KINDS = ("rows", "curves", "weights", "pictures", "checkpoints", "attempts", "studies")
NOTES = {
    "rows without a digest": "rows of schema versions 1 and 2 carry no digest: whether they were "
    "edited cannot be told",
    "rows that are there twice": "rows are in several shards, equally: no harm",
    "curves that are there twice": "curves are in several shards, equally: no harm",
    "curves without a row": "curves without a row: of runs that are not finished",
    "weights without a row": "weights without a row: of runs that are not finished",
}
"""What the counts of an inspection mean."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    parser = CommandParser(
        "results.check",
        "Verify every file of a ledger: readable, unedited, and fitting the others.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("out", metavar="OUT", help="what was given as --out, a directory or a URI")
    add("--repair", action="store_true", help="move what is damaged to OUT/aside/<time>")
    add("--json", action="store_true", help="machine-readable output")
    options = parser.parse_args(arguments)
    return exit_status(lambda: check(options), "nothing is lost, the same command starts over")


def check(options: argparse.Namespace) -> int:
    """Inspect, say what was found, and with `--repair` set it aside.

    Raises:
        StudyError: no ledger there, or it cannot be read.
    """
    ledger = existing_ledger(options.out, "OUT")
    with progress("files") as bar:
        task = bar.add_task("checking", total=size(ledger))
        inspection = Inspection(ledger, lambda: bar.advance(task))
        inspection.run()
    parts = [part for finding in inspection.findings for part in finding.parts]
    aside = Aside(ledger.storage) if options.repair and parts else None
    if not options.json:
        tell(inspection)
    if aside is not None:
        aside.take(parts)
    where = None if aside is None else ledger.storage.path(aside.folder)
    if options.json:
        print(json.dumps(record(inspection) | {"aside": where}))
    elif where is not None:
        print(f"set aside below {where}; the next study.run trains again what was lost")
    mended = aside is not None and not aside.left and all(f.parts for f in inspection.findings)
    return FOUND if inspection.findings and not mended else DONE


def tell(inspection: Inspection) -> None:
    """One line a finding, and what there is."""
    for finding in inspection.findings:
        print(printable(f"{finding.file}: {finding.problem}; {finding.repair()}"))
    counts = inspection.counts
    print(f"checked: {', '.join(f'{counts[kind]} {kind}' for kind in KINDS)}")
    for name, meaning in NOTES.items():
        if counts[name]:
            print(f"note: {counts[name]} {meaning}")
    for file in inspection.left_over:
        said = f"note: {file.name} ({decimal(file.bytes)}) was left by a program that was killed"
        print(printable(f"{said}; it can be deleted"))
    found = len(inspection.findings)
    print(f"{found} finding{'s' if found > 1 else ''}" if found else "nothing is damaged")


def record(inspection: Inspection) -> dict[str, Any]:
    """The same for machines."""

    def said(finding: Finding) -> dict[str, str]:
        return {"file": finding.file, "problem": finding.problem, "repair": finding.repair()}

    return {
        "findings": [said(finding) for finding in inspection.findings],
        "counts": {name: inspection.counts[name] for name in (*KINDS, *NOTES)},
        "left_over": [file.name for file in inspection.left_over],
    }


if __name__ == "__main__":
    sys.exit(main())
