"""The reports of a study that a ledger remembers: one for each setting it was requested in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from results.added_seeds import looked_at
from results.errors import ConfigError
from results.ledger.existing import no_study, requests_of
from results.ledger.layout import STUDIES_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.loading import curves_frame, request_frame
from results.reports.building import build_report
from results.reports.folders import folders_of
from results.reports.report import Report
from results.text import cell_text, counted


@dataclass(frozen=True)
class Reported:
    """A report and what it is made from."""

    record: StudyRecord
    frame: pd.DataFrame
    curves: pd.DataFrame
    report: Report
    folder: str
    """Below the place that files are put at: empty, or named after the setting where there are
    several."""


def reports_of(ledger: Ledger, name: str) -> list[Reported]:
    """A report of the newest request in each setting (profile, data, `--set` and axes), what was
    asked last first.

    Raises:
        ConfigError: the study was never requested, or its records cannot be read.
    """
    records = records_of(ledger, name)
    newest = newest_of(records, ledger, name)
    folders = folders_of({request_id: records[request_id] for request_id in newest})
    return [
        report_of(ledger, records, request_id, folders[request_id])
        for request_id in reversed(newest)
    ]


def report_of(
    ledger: Ledger, records: Mapping[str, StudyRecord], request_id: str, folder: str = ""
) -> Reported:
    """The report of one request, which says how many runs of the others it leaves out.

    Args:
        ledger: where its runs are.
        records: every request for the study by its id.
        request_id: one of these.
        folder: see `Reported.folder`.
    """
    record = records[request_id]
    frame = request_frame(ledger, record)
    looks = looked_at(record, records.values())
    if len(looks) > 1:
        frame.attrs["looked_at"] = looks
    curves = curves_frame(ledger, frame["run_id"])
    report = build_report(frame, record, curves, ledger)
    every = list(records.values())
    report = replace(
        report, notes=(*report.notes, *asked_otherwise(record, every), *left_out(record, every))
    )
    return Reported(record, frame, curves, report, folder)


def records_of(ledger: Ledger, name: str) -> dict[str, StudyRecord]:
    """Every request for the study by its id.

    Raises:
        ConfigError: there is none.
    """
    records = requests_of(ledger, name)
    if not records and name in ledger.study_names():
        raise ConfigError(
            f"{name}: its records cannot be read; give its `study run` command once more, which "
            "writes them anew and trains nothing that is there"
        )
    if not records and name.endswith(".py"):
        raise ConfigError(f"{name}: is a file; give the study's name")
    if not records:
        raise no_study(name, ledger)
    return records


def newest_of(records: Mapping[str, StudyRecord], ledger: Ledger, name: str) -> list[str]:
    """The id of the newest request in each setting, oldest first."""
    folder = f"{STUDIES_FOLDER}/{name}"
    written = {file.name: file.modified for file in ledger.storage.files(folder)}

    def age(request_id: str) -> tuple[datetime, int, str]:
        record = records[request_id]
        at = record.requested_at or written[f"{folder}/{request_id}.json"]  # of earlier versions
        return at, len(record.runs), request_id

    newest: dict[tuple[str, ...], str] = {}
    for request_id in sorted(records, key=age):
        setting = records[request_id].setting
        newest.pop(setting, None)
        newest[setting] = request_id
    return list(newest.values())


def asked_otherwise(record: StudyRecord, every: Sequence[StudyRecord]) -> list[str]:
    """A note of the comparisons that other requests for these runs had and this one has not, or the
    other way round: the study file was changed in between."""
    mine = questions_of(record)
    gone: dict[str, None] = {}
    for other in every:
        if other.setting == record.setting and other.run_ids & record.run_ids:
            theirs = questions_of(other)
            gone |= {text: None for text in theirs if text not in mine}
            gone |= {f"{text} (new)": None for text in mine if text not in theirs}
    if not gone:
        return []
    return [
        "The study file's comparisons were changed between requests for these runs: "
        f"{'; '.join(gone)}. What is asked once outcomes are known has not the error that its test "
        "states."
    ]


def questions_of(record: StudyRecord) -> list[str]:
    """The comparisons of a study file: what their verdicts depend on, not how they are worded."""
    contrasts = [
        f"{cell_text(one.cell)} against {cell_text(one.against)} ({one.event})"
        for one in record.contrasts
    ]
    return contrasts + [
        f"{one.axis} within ±{one.margin:g} ({one.event})" for one in record.equivalences
    ]


def left_out(record: StudyRecord, every: Sequence[StudyRecord]) -> list[str]:
    """Notes of the axes that other requests have, and of the runs that those in the same setting
    have and this one lacks."""
    alike = [other.run_ids for other in every if other.setting == record.setting]
    others = set().union(*alike) - record.run_ids
    apart = {" x ".join(other.axes) for other in every if {*other.axes} != {*record.axes}}
    told = [f"Requests with other axes ({', '.join(sorted(apart))}) have reports of their own."]
    if not others:
        return told if apart else []
    return [
        *(told if apart else []),
        f"Not in this report: {counted(len(others), 'run')} that an earlier command requested and "
        "the newest one did not (other seeds or values); give that `study run` command once more "
        "to have its answer here.",
    ]
