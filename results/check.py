"""The command `python -m results.check`: verifies a ledger, and quarantines what is damaged."""

import json
import sys
from typing import Any

import click
from rich.filesize import decimal

from results.command_line import DONE, FOUND, program
from results.ledger.existing import existing_ledger
from results.option_types import PLACE
from results.progress_bar import progress
from results.text import counted, printable
from results.upkeep.findings import Finding, Inspection
from results.upkeep.inspection import inspect_ledger, size
from results.upkeep.quarantine import Quarantine

EXAMPLES = """examples:
  python -m results.check outputs
      reads the whole ledger, says what is damaged and what --repair would do, and changes nothing
  python -m results.check outputs --repair
      moves what is damaged to outputs/aside/<time>, so that the next study trains those runs again

Nothing is deleted, and studies may run meanwhile.

exit status: 0 nothing is damaged, or --repair quarantined all that was; 1 something is damaged;
2 wrong usage, or a place that cannot be read; 130 interrupted
"""
KINDS = {
    "rows": ("row", "rows"),
    "curves": ("curve", "curves"),
    "weights": ("file of weights", "files of weights"),
    "pictures": ("picture", "pictures"),
    "checkpoints": ("checkpoint", "checkpoints"),
    "attempts": ("attempt", "attempts"),
    "studies": ("study", "studies"),
}
"""What an inspection counts, and what one and several of it are called."""
NOTES = {
    "rows without a digest": "of schema versions 1 and 2, where nothing shows whether a row was "
    "edited",
    "rows that are there twice": "equal in several shards, which does no harm",
    "curves that are there twice": "equal in several shards, which does no harm",
    "curves without a row": "of runs that are not finished",
    "weights without a row": "of runs that are not finished",
    "rows without a picture": "predictions/RUN_ID.png is not there; no number needs it",
}
"""What the counts of an inspection mean, for people."""


@program(
    "results.check",
    "Verify that every file of a ledger is readable and unedited, and that the files agree.",
    EXAMPLES,
    interrupted="nothing is lost; the same command starts over",
)
@click.argument(
    "out",
    type=PLACE,
    metavar="OUT",
    help="the directory or URI that `study run` was given as --out",
)
@click.option(
    "--repair", is_flag=True, help="quarantine what is damaged: move it to OUT/aside/<time>"
)
@click.option("--json", "as_json", is_flag=True, help="print the findings as JSON")
def main(out: str, repair: bool, as_json: bool) -> int:
    """Inspect a ledger, say what was found, and with `--repair` quarantine it.

    Returns:
        The exit status.

    Raises:
        ConfigError: there is no ledger.
        StorageError: the place cannot be read, or not be written by `--repair`.
    """
    ledger = existing_ledger(out, "OUT")
    with progress("files") as bar:
        task = bar.add_task("checking", total=size(ledger))
        inspection = inspect_ledger(ledger, lambda: bar.advance(task))
    parts = [part for finding in inspection.findings for part in finding.parts]
    quarantine = Quarantine(ledger.storage) if repair and parts else None
    if not as_json:
        tell(inspection, repairing=repair)
    if quarantine is not None:
        quarantine.add(parts)
    where = None if quarantine is None else ledger.storage.path(quarantine.folder)
    if as_json:
        print(json.dumps(record(inspection, repairing=repair) | {"aside": where}))
    elif where is not None:
        print(f"quarantined in {where}; the next `study run` trains again what was lost")
    left = quarantine is None or quarantine.left or not all(f.parts for f in inspection.findings)
    return FOUND if inspection.findings and left else DONE


def tell(inspection: Inspection, *, repairing: bool) -> None:
    """Print one line a finding, and how much there is of everything."""
    for finding in inspection.findings:
        print(
            printable(f"{finding.file}: {finding.problem}; {finding.repair(repairing=repairing)}")
        )
    counts = inspection.counts
    print(f"checked: {', '.join(counted(counts[kind], *words) for kind, words in KINDS.items())}")
    for name, meaning in NOTES.items():
        if counts[name]:
            print(f"note: {name}: {counts[name]} ({meaning})")
    for file in inspection.left_over:
        said = f"note: {file.name} ({decimal(file.bytes)}) was left by a program that was killed"
        print(printable(f"{said}; it can be deleted"))
    found = len(inspection.findings)
    print(counted(found, "finding") if found else "nothing is damaged")


def record(inspection: Inspection, *, repairing: bool) -> dict[str, Any]:
    """Return what `tell` prints, for machines."""

    def said(finding: Finding) -> dict[str, str]:
        repair = finding.repair(repairing=repairing)
        return {"file": finding.file, "problem": finding.problem, "repair": repair}

    return {
        "findings": [said(finding) for finding in inspection.findings],
        "counts": {name: inspection.counts[name] for name in (*KINDS, *NOTES)},
        "left_over": [file.name for file in inspection.left_over],
    }


if __name__ == "__main__":
    sys.exit(main())
