"""The command `study status`: what is done, running, failed and missing."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from results.command_line import DONE, json_option, out_option, program
from results.errors import LedgerError
from results.ledger.existing import existing_place, no_study, requests_of
from results.ledger.layout import CHECKPOINTS_FOLDER
from results.ledger.leases import EXPIRY_SECONDS, OWNERS_FOLDER, Lease, Leases, Owner
from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.outcomes import OUTCOMES
from results.text import cell_text, counted, run_text
from results.upkeep.validation import checkpoint_meta
from study.command_line.arguments import ranges_of, seeds_text
from study.command_line.completion import complete_requested
from study.planning.pace import readable_seconds

EXAMPLES = """examples:
  python -m study.status
      every study in outputs, also while one runs in another terminal
  python -m study.status temperature_seeds --out path/to/outputs --json
      one study, for a program to read

exit status: 0, or 2 for wrong usage
"""
STATES = ("done", "running", "failed", "missing")
NAMED = 10
"""Missing runs that are named; the others are counted."""


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands: `state` is one of `STATES`."""

    run_id: str
    kind: str
    """A run, or what it is to runs that need it: a teacher or a start."""
    label: str
    state: str
    detail: str
    """The outcome, the progress and by whom, the reason and the log, or from where it goes on."""


@dataclass(frozen=True)
class RequestStatus:
    """A study as it was requested, and each of its runs once."""

    study: str
    setting: str
    runs: list[RunStatus]

    def counts(self, kind: str) -> str:
        """How many there are of a kind, and how they stand."""
        runs = [run for run in self.runs if run.kind == kind]
        outcomes = Counter(run.detail for run in runs if run.state == "done")
        told = ", ".join(f"{outcomes[name]} {name}" for name in OUTCOMES if outcomes[name])
        states = Counter(run.state for run in runs)
        each = {state: f"{states[state]} {state}" for state in STATES if states[state]}
        if told:
            each["done"] += f" ({told})"
        return ", ".join((counted(len(runs), kind), *each.values()))


class Known:
    """What a ledger knows of runs, read once."""

    def __init__(self, ledger: Ledger, run_ids: set[str]) -> None:
        rows = ledger.runs(run_ids)
        ids, outcomes = rows.column("run_id").to_pylist(), rows.column("outcome").to_pylist()
        self.outcomes: dict[str, str] = dict(zip(ids, outcomes, strict=True))
        unfinished = run_ids - set(self.outcomes)
        self.attempts = ledger.attempts(unfinished)
        self.storage = ledger.storage
        self.checkpoints = {
            Path(file.name).stem: file.name
            for file in self.storage.files(CHECKPOINTS_FOLDER)
            if file.name.endswith(".safetensors")
        }
        self.held = {lease.run_id: (lease, owner) for lease, owner in Leases(ledger.storage).held()}
        self.beaten_at = {
            Path(file.name).stem: file.modified for file in self.storage.files(OWNERS_FOLDER)
        }

    def standing(self, run_id: str) -> tuple[str, str]:
        """State and detail of a run, see `RunStatus`."""
        if run_id in self.outcomes:
            return "done", self.outcomes[run_id]
        if run_id in self.held:
            lease, owner = self.held[run_id]
            heartbeat = heartbeat_text(self.beaten_at.get(owner.token))
            return "running", progress_text(lease, owner) + heartbeat
        attempt = self.attempts.get(run_id)
        if attempt is not None:
            return "failed", f"{attempt.reason}; log: {attempt.log}"
        return "missing", self._interrupted_at(run_id)

    def _interrupted_at(self, run_id: str) -> str:
        """Where a run will go on, if it has a checkpoint of its own that is none too damaged."""
        name = self.checkpoints.get(run_id)
        content = None if name is None else self.storage.get(name)
        if content is None:
            return ""
        try:
            meta = checkpoint_meta(content)
        except LedgerError:  # the next start says it, and goes on from an older one
            return ""
        horizon = f" of {meta['iterations']}" if "iterations" in meta else ""
        return f"will go on from iteration {meta.get('iteration')}{horizon}"


def progress_text(lease: Lease, owner: Owner) -> str:
    if not lease.iterations:
        return f"just begun, by {owner}"
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(lease.at)).total_seconds()
        ago = f", {max(0, round(seconds))} s ago"
    except (ValueError, TypeError):
        ago = ""
    return f"{lease.iteration} of {lease.iterations} iterations{ago}, by {owner}"


def heartbeat_text(beaten_at: datetime | None) -> str:
    """When a command last showed that it lives, by the clocks of whoever wrote and reads it."""
    if beaten_at is None:
        return ""
    seconds = max(0.0, (datetime.now(UTC) - beaten_at).total_seconds())
    text = f", heartbeat {readable_seconds(seconds)} ago"
    return text if seconds < EXPIRY_SECONDS else f"{text}: if it is gone, another start goes on"


def labels_of(record: StudyRecord) -> dict[str, tuple[str, str]]:
    """Kind and name of every run of a request, parents first; a run of several cells is named after
    the first."""
    labels = {p.run_id: (p.kind, f"{p.kind} {p.run_id}") for p in record.parents}
    for run in record.runs:
        label = run_text(run.cell, run.init_seed, run.data_seed, run.teacher_seed)
        labels.setdefault(run.run_id, ("run", label))
    return labels


def setting_of(record: StudyRecord) -> str:
    """What distinguishes a request from others of its study: profile, data, cells, seeds, sets."""
    seeds: dict[str, list[tuple[int, int]]] = {}
    for run in record.runs:
        seeds.setdefault(cell_text(run.cell), []).append((run.init_seed, run.data_seed))
    each = dict.fromkeys(seeds_text(pairs) for pairs in seeds.values())
    teachers = sorted({run.teacher_seed for run in record.runs if run.teacher_seed is not None})
    axes = " x ".join(record.axes)
    return ", ".join(
        (
            f"profile {record.profile}",
            f"data {record.data_source}",
            counted(len(seeds), "cell") + (f" of {axes}" if len(record.axes) > 1 else ""),
            f"seeds {' or '.join(each)}",
            *([f"teacher seeds {','.join(ranges_of(teachers))}"] if teachers else []),
            *rule_text(record),
            *(f"--set {text}" for text in record.overrides),
        )
    )


def rule_text(record: StudyRecord) -> list[str]:
    """By which rule seeds are added; nothing where their number is fixed."""
    rule = record.rule
    if rule is None:
        return []
    width = f"--until-width {record.until_width.width}" if record.until_width else ""
    return [f"added by {width or '--until-decided'} up to {rule.max_seeds}"]


def statuses(ledger: Ledger, names: Sequence[str]) -> list[RequestStatus]:
    """How every request of these studies stands.

    Raises:
        ConfigError: a study is not there.
    """
    records: list[StudyRecord] = []
    for name in names:
        found = requests_of(ledger, name)
        if not found and name not in ledger.study_names():
            raise no_study(name, ledger)
        records += found.values()  # what cannot be read is named in a warning
    labels = [labels_of(record) for record in records]
    known = Known(ledger, {run_id for each in labels for run_id in each})
    return [
        RequestStatus(
            record.study,
            setting_of(record),
            [RunStatus(run_id, *label, *known.standing(run_id)) for run_id, label in each.items()],
        )
        for record, each in zip(records, labels, strict=True)
    ]


def show(status: RequestStatus, told: set[str]) -> None:
    """One line for the study, one for each run that is running, failed or missing, unless it was
    told of an earlier request."""
    kinds = dict.fromkeys(run.kind for run in reversed(status.runs))  # parents last
    print(f"{status.study} ({status.setting}): {'; '.join(map(status.counts, kinds))}")
    unfinished = [run for run in status.runs if run.state != "done"]
    new = [run for run in unfinished if run.run_id not in told]
    again = len(unfinished) - len(new)
    told |= {run.run_id for run in new}
    new.sort(key=lambda run: (STATES.index(run.state), not run.detail))
    missing = [run for run in new if run.state == "missing"]
    for run in new[: len(new) - len(missing) + NAMED]:
        detail = f": {run.detail}" if run.detail else ""
        print(f"  {run.state:<8} {run.label} ({run.run_id}){detail}")
    if len(missing) > NAMED:
        print(f"  and {len(missing) - NAMED} more")
    if again:
        print(f"  {counted(again, 'run')} of these {'is' if again == 1 else 'are'} said above")


@program(
    "study.status", "Say what is done, running, failed and missing; changes nothing.", EXAMPLES
)
@click.argument(
    "studies",
    nargs=-1,
    metavar="[NAME]...",
    shell_complete=complete_requested,
    help="studies (default: all)",
)
@out_option
@json_option
def main(studies: Sequence[str], out: str, as_json: bool) -> int:
    """Read the ledger and print how every request stands.

    Raises:
        ConfigError: no such place, or a study that is not in it.
    """
    ledger = existing_place(out, "--out")
    found = statuses(ledger, studies or ledger.study_names())
    if as_json:
        print(json.dumps([asdict(status) for status in found]))
    elif not found:
        print(f"no study in {out} yet")
    else:
        told: set[str] = set()
        for status in found:
            show(status, told)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
