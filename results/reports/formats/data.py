"""A report for programs: CSV and JSON, in full precision."""

import csv as csv_format
import io
import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from results.reports.report import Answer, Report, Table
from results.statistics.cells import is_missing


def csv(report: Report) -> dict[str, str]:
    """The text of each file by its name: one a table, `run_ids` separated by blanks, `answers.csv`
    for the questions, and `about.csv` for what the report is of and its notes."""
    answers = [(one.question, one.verdict, one.sentence) for one in report.answers]
    about = [("study", report.study), ("title", report.title), ("setting", report.setting)]
    about += [("note", note) for note in report.notes]
    files = {
        "answers.csv": lines([("question", "verdict", "sentence"), *answers]),
        "about.csv": lines([("name", "text"), *about]),
    }
    for table in report.tables:
        rows = zip(*(table.frame[name] for name in table.frame), strict=True)
        texts = [[field(value) for value in row] for row in rows]
        files[f"{table.name}.csv"] = lines([tuple(table.frame.columns), *texts])
    return files


def lines(rows: list[Any]) -> str:
    buffer = io.StringIO()
    csv_format.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def field(value: Any) -> Any:
    """What a CSV file has for a value: nothing where it is missing."""
    value = plain(value, infinity=True)
    return " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else value


def as_json(report: Report) -> str:
    """An object: numbers as numbers, what is no number null, `run_ids` as lists."""
    return json.dumps(
        {
            "study": report.study,
            "title": report.title,
            "setting": report.setting,
            "answers": [answer_json(answer) for answer in report.answers],
            "tables": [
                {
                    "name": table.name,
                    "title": table.title,
                    "note": table.note,
                    "keys": list(table.keys),
                    "rows": rows_of(table),
                }
                for table in report.tables
            ],
            "notes": list(report.notes),
        },
        allow_nan=False,
    )


def answer_json(answer: Answer) -> dict[str, Any]:
    """The parts of an answer, and all of it in one paragraph."""
    parts = asdict(answer) | {"sentence": answer.sentence}
    del parts["stands_alone"]
    return parts


def rows_of(table: Table) -> list[dict[str, Any]]:
    names = list(map(str, table.frame.columns))
    rows = zip(*(table.frame[name] for name in table.frame), strict=True)
    return [dict(zip(names, map(plain, row), strict=True)) for row in rows]


def plain(value: Any, *, infinity: bool = False) -> Any:
    """The value as JSON has it: None where it is missing or, unless `infinity`, not finite."""
    if isinstance(value, tuple | list | set | np.ndarray):
        return [plain(one, infinity=infinity) for one in value]
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if infinity or math.isfinite(value) else None
    return str(value)
