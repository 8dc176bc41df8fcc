"""Parameters beside the paper's percentages, and by how much these are off."""

from pathlib import Path

import pytest

from results.ledger.ledger import Ledger
from results.loading import request_frame
from results.reports.formats.columns import readable
from results.reports.report import Table
from results.reports.sizes_table import sizes_table
from tests.results.examples import CURVE, run_row, study_record

PARAMETERS = {64: 31_030_658, 4: 121_658, 2: 30_534}
PAPER = [
    {"cell": {"width": 4}, "trial": 1, "figures": {"compression": 100 / 7}},
    {"cell": {"width": 2}, "trial": 1, "figures": {"compression": 100.0}},
]


def table_of(tmp_path: Path, **changes: object) -> list[Table]:
    ledger = Ledger(str(tmp_path))
    runs = [({"width": width}, 1, str(width)) for width in PARAMETERS]
    record = study_record([*runs, ({"width": 2}, 2, "missing")], **changes)
    for width, parameters in PARAMETERS.items():
        row = {"parameters": parameters, "compression": PARAMETERS[64] / parameters}
        ledger.put_run(run_row(str(width), width=width, **row), CURVE, b"")
    return sizes_table(request_frame(ledger, record), record)


def test_parameters_stand_beside_the_papers_percentages(tmp_path: Path) -> None:
    (table,) = table_of(tmp_path, paper=PAPER)
    rows = table.frame.set_index("width")
    assert rows["parameters"].to_dict() == PARAMETERS
    assert rows["percent"].to_dict() == pytest.approx(
        {64: 100.0, 4: 0.39206, 2: 0.098399}, rel=1e-4
    )
    assert rows["paper_percent"].dropna().to_dict() == pytest.approx({4: 7.0, 2: 1.0})
    shown = {column.heading: column.texts for column in readable(table).others}
    assert shown["%"] == ["100.0000", "0.3921", "0.0984"]
    assert shown["paper %"] == ["-", "7.0000", "1.0000"]
    assert (
        "the paper's percentages are 17.9 times too large (width=4), 10.2 times too large "
        "(width=2): they are of something else, or wrong."
    ) in table.note


def test_a_percentage_that_is_right_is_not_called_wrong(tmp_path: Path) -> None:
    right = [{"cell": {"width": 2}, "trial": 1, "figures": {"compression": 1016.0}}]
    (table,) = table_of(tmp_path, paper=right)
    assert "wrong" not in table.note


def test_where_the_paper_says_no_compression_there_is_no_table(tmp_path: Path) -> None:
    other = [{"cell": {"width": 2}, "trial": 1, "figures": {"test_loss_avg": 0.2}}]
    assert table_of(tmp_path, paper=other) == []
