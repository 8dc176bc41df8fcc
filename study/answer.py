"""The end of a command: the study's brief report, and where everything lies."""

import json
import shlex
from typing import Any

from rich.console import Console

from results.command_line import sibling
from results.ledger.ledger import Ledger
from results.reports.formats.data import answer_json
from results.reports.formats.text import text
from results.reports.reported import records_of, report_of


def show_answer(
    ledger: Ledger, name: str, request_id: str, console: Console, *, as_json: bool
) -> None:
    """Print what `study report NAME --brief` prints of this request, or with `--json` its answers
    and rows."""
    out = ledger.storage.location
    records = records_of(ledger, name)
    one = report_of(ledger, records, request_id)
    where: dict[str, Any] = {
        "runs": ledger.storage.path("ledger/runs"),
        "curves": ledger.storage.path("ledger/curves"),
        "weights": ledger.storage.path("weights"),
        "pictures": ledger.storage.path("predictions"),
        "logs": ledger.storage.path("logs"),
    }
    if as_json:
        rows = json.loads(one.frame.to_json(orient="records", date_format="iso") or "[]")
        answers = [answer_json(answer) for answer in one.report.answers]
        said = {"study": name, "request_id": request_id, "answers": answers, "rows": rows}
        print(json.dumps(said | {"where": where}))
        return
    report = report_command(name, out)
    text(one.report, console, "brief", f"{report} --full")
    for what, path in where.items():
        print(f"{what + ':':<10} {path}")
    print(f"figures, and tables as files: {report}")
    apart = len({frozenset(record.axes) for record in records.values()}) > 1
    arguments = (out, name, request_id) if apart else (out, name)
    print(f"in pandas: results.load_study({', '.join(map(repr, arguments))})")


def report_command(name: str, out: str) -> str:
    """What prints the report of a study, as the user would type it."""
    option = "" if out == "outputs" else f" --out {shlex.quote(out)}"
    return f"{sibling('study.report')} {name}{option}"
