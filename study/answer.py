"""The end of a command: the answer, and where everything lies."""

import json
import shlex
from dataclasses import asdict
from typing import Any

from rich.console import Console

from results.ledger.ledger import Ledger
from results.loading import load_curves, load_study
from results.reports.lines import teachers_of
from results.reports.sentences import answers
from results.reports.summary import print_answer
from results.statistics.compared import compared
from study.request import StudyRequest


def show_answer(
    request: StudyRequest, request_id: str, ledger: Ledger, console: Console, *, as_json: bool
) -> None:
    """Print the study's answers and tables, or with `--json` answers and rows."""
    out = ledger.storage.location
    name = request.study.name
    frame = load_study(out, name, request_id)
    record = request.record()
    curves = load_curves(out, frame["run_id"] if record.claims else ())
    found = answers(frame, record, curves, compared(frame, record))
    where: dict[str, Any] = {
        "runs": ledger.storage.path("ledger/runs"),
        "curves": ledger.storage.path("ledger/curves"),
        "weights": ledger.storage.path("weights"),
        "pictures": ledger.storage.path("predictions"),
        "logs": ledger.storage.path("logs"),
    }
    if as_json:
        records = json.loads(frame.to_json(orient="records", date_format="iso") or "[]")
        said = {"answers": [asdict(answer) for answer in found], "rows": records}
        print(json.dumps({"study": name, "request_id": request_id, **said, "where": where}))
        return
    print_answer(console, frame, record, teachers_of(frame, ledger), found)
    for what, path in where.items():
        print(f"{what + ':':<10} {path}")
    option = "" if out == "outputs" else f" --out {shlex.quote(out)}"
    print(f"more tables, and figures: python -m study.report {name}{option}")
    print(f"in pandas: results.load_study({out!r}, {name!r})")
