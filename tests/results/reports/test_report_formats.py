"""A report says the same in every format: readable ones rounded, the others exact."""

import csv as csv_format
import io
import json
import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from results.reports.formats import data
from results.reports.formats.columns import readable
from results.reports.formats.latex import latex
from results.reports.formats.markdown import markdown
from results.reports.formats.text import MOST_ROWS, text
from results.reports.report import Answer, Detail, Report, Table

EVIL = 'a|b \\ `c` [red]*x*_y_[/] <b>&amp; $x_1$ 100% #1 ~^{} \x1b[31m\n"q" :smile: 漢字é --'
RATES = pd.DataFrame(
    {
        "temperature": [1.0, 2.5],
        "runs": [10, 3],
        "fell": [4, 1],
        "fell_rate": [0.4, 1 / 3],
        "fell_low": [0.1681803, np.nan],
        "fell_high": [0.6873262, np.nan],
        "difference": [1 / 3, -0.02],
        "difference_low": [-0.25, -0.5],
        "difference_high": [0.75, 2 / 3],
        "p_holm": [0.00004, 0.25],
        "note": [EVIL, "b"],
        "run_ids": [("r1", "r2"), ("r3",)],
    }
)


def report(*tables: Table) -> Report:
    return Report("s", EVIL, EVIL, (Answer(EVIL, EVIL, EVIL, (EVIL,)),), tables, (EVIL,))


REPORT = report(Table("rates", EVIL, RATES, EVIL), Table("none", "Nothing", RATES.head(0)))


def printed(shown: Report, width: int, detail: Detail = "usual") -> str:
    console = Console(width=width, record=True, file=io.StringIO(), force_terminal=True)
    text(shown, console, detail)
    return console.export_text()


def test_more_detail_is_more_tables_and_full_is_all_rows() -> None:
    rows = pd.DataFrame({"n": [4711]})
    shown = report(
        Table("cells", "CELLS", rows, detail="brief"),
        Table("pairs", "PAIRS", rows.assign(n=8150), instead="All alike."),
        Table("runs", "RUNS", rows, detail="full"),
    )
    brief, usual, full = (printed(shown, 100, detail) for detail in get_args(Detail))
    assert [title in brief for title in ("CELLS", "PAIRS", "RUNS")] == [True, False, False]
    assert [title in usual for title in ("CELLS", "PAIRS", "RUNS")] == [True, True, False]
    assert [title in full for title in ("CELLS", "PAIRS", "RUNS")] == [True, True, True]
    assert ("All alike." in usual, "8150" in usual) == (True, False)
    assert ("All alike." in full, "8150" in full) == (False, True)
    assert "2 more tables: study report s --full" in brief
    assert "2 more tables" in usual
    assert "--full" not in full


def test_the_verdict_comes_first_and_the_rest_is_below_it() -> None:
    one = Answer("Is it so?", "inconclusive", "1 of 2", ("Because of that",))
    shown = Report("s", "T", "S.", (one,), ()), 100
    lines = [line.rstrip() for line in printed(*shown).splitlines()]
    at = lines.index("inconclusive: Is it so? 1 of 2")
    assert lines[at + 1 : at + 4] == ["", "Is it so?", "    Because of that"]
    assert (
        "Because"
        not in printed(Report("s", "T", "S.", (one, one), ()), 100, "brief").split("Because", 1)[-1]
    )
    assert one.sentence == "Inconclusive: 1 of 2. Because of that."


def test_a_number_and_its_interval_are_one_column() -> None:
    shown = readable(REPORT.tables[0])
    columns = {c.heading: list(c.texts) for c in [*shown.keys, *shown.others]}
    assert columns["collapsed"] == ["4 of 10 (17-69%)", "1 of 3"]
    assert columns["difference"] == ["0.333 (-0.250 to 0.750)", "-0.020 (-0.500 to 0.667)"]
    assert columns["p holm"] == ["<0.001", "0.250"]
    assert columns["temperature"] == ["1", "2.5"]
    assert set(columns) == {"temperature", "collapsed", "difference", "p holm", "note"}


def test_counts_with_a_total_are_one_column() -> None:
    frame = pd.DataFrame(
        {"cell": ["a"], "count": [4], "total": [10], "low": [0.17], "high": [0.69]}
    )
    shown = readable(Table("t", "", frame))
    (name,), (count,) = shown.keys, shown.others
    assert (name.texts, count.texts) == (["a"], ["4 of 10 (17-69%)"])


def test_what_is_missing_is_a_dash_and_nothing_small_is_zero() -> None:
    frame = pd.DataFrame({"k": ["a", "b", "c"], "x": [1 / 3, 1e-7 / 3, np.nan], "y": [None] * 3})
    shown = readable(Table("t", "", frame))
    assert [column.texts for column in shown.others] == [["0.333", "3e-08", "-"]]


@pytest.mark.parametrize("width", [40, 100, 400])
def test_text_is_never_cut_and_no_name_steers_the_terminal(width: int) -> None:
    shown = printed(REPORT, width)
    assert "…" not in shown
    assert "\x1b" not in shown
    together = "".join(shown.split())
    for part in ("[red]*x*_y_[/]", ":smile:", "\\x1b[31m", "4of10(17-69%)"):
        assert part in together
    assert max(map(len, shown.splitlines())) <= width


def test_long_keys_are_folded_not_cut() -> None:
    frame = pd.DataFrame({"name": ["x" * 300], "other": ["y" * 300], "z": [1]})
    shown = printed(report(Table("t", "T", frame, keys=("name", "other"))), 60)
    assert shown.count("x") >= 300
    assert shown.count("y") >= 300


def test_a_long_table_says_where_the_rest_is() -> None:
    frame = pd.DataFrame({"n": range(MOST_ROWS + 1234)})
    assert "And 1,234 more rows: --format csv" in printed(report(Table("t", "T", frame)), 100)


def test_markdown_reads_back_as_the_texts() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(REPORT))
    kinds = {token.type for token in tokens}
    assert "html_block" not in kinds
    inline = [child for token in tokens for child in token.children or ()]
    allowed = {"text", "text_special", "strong_open", "strong_close", "softbreak"}
    assert {child.type for child in inline} <= allowed
    cells = [
        "".join(child.content for child in tokens[k + 1].children or ())
        for k, token in enumerate(tokens)
        if token.type == "td_open"
    ]
    assert cells[1] == "4 of 10 (17-69%)"
    said = EVIL.replace("\x1b", "\\x1b").replace("\n", "\\n")
    assert cells[4] == said
    assert len(cells) == 2 * 5
    heading = next(tokens[k + 1] for k, t in enumerate(tokens) if t.type == "heading_open")
    assert "".join(child.content for child in heading.children or ()) == f"s: {said}"


def test_latex_is_balanced_and_all_of_it_escaped() -> None:
    document = latex(REPORT, REPORT)
    assert document.count(r"\begin{document}") == document.count(r"\end{document}") == 1
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", document):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    body = document.split(r"\begin{document}")[1]
    assert all(c.isascii() or 0xC0 <= ord(c) <= 0xFF for c in body)
    bare = re.sub(r"\\[{}$&#%_]|\\\\$|\\[a-zA-Z]+", "", body, flags=re.MULTILINE)
    assert not set(bare) & set("\\#%_^~\"'`<>|")
    assert bare.count("{") == bare.count("}")
    assert "$" not in bare  # of this report: no mathematical sign is in it
    commands = set(re.findall(r"\\([a-zA-Z]+)", body))
    assert commands <= {
        *("begin", "end", "section", "subsection", "textbf", "toprule", "midrule", "endhead"),
        *("bottomrule", "endlastfoot", "textbackslash", "textasciicircum", "textasciitilde"),
        *("textless", "textgreater", "textbar", "textquotedbl", "textasciigrave"),
    }
    for table in re.findall(r"\\begin\{longtable\}\{([lr]+)\}(.*?)\\end\{", body, re.DOTALL):
        rows = [line for line in table[1].splitlines() if line.endswith(r"\\")]
        assert len(rows) == 3
        assert all(len(re.findall(r"(?<!\\)&", row)) == len(table[0]) - 1 for row in rows)


def test_csv_and_json_keep_every_bit() -> None:
    files = data.csv(REPORT)
    assert set(files) == {"about.csv", "answers.csv", "rates.csv", "none.csv"}
    rows = list(csv_format.DictReader(io.StringIO(files["rates.csv"])))
    assert float(rows[1]["fell_rate"]) == 1 / 3
    assert rows[1]["fell_low"] == ""
    assert rows[0]["run_ids"] == "r1 r2"
    assert rows[0]["note"] == EVIL
    assert files["none.csv"].splitlines() == [",".join(RATES.columns)]
    answers = list(csv_format.reader(io.StringIO(files["answers.csv"])))
    told = [[one.question, one.verdict, one.sentence] for one in REPORT.answers]
    assert answers == [["question", "verdict", "sentence"], *told]
    about = list(csv_format.reader(io.StringIO(files["about.csv"])))
    said = [["study", REPORT.study], ["title", REPORT.title], ["setting", REPORT.setting]]
    assert about == [["name", "text"], *said, *(["note", note] for note in REPORT.notes)]
    (rates, _) = json.loads(data.as_json(REPORT))["tables"]
    assert rates["rows"][1]["fell_rate"] == 1 / 3
    assert rates["rows"][1]["fell_low"] is None
    assert rates["rows"][0]["run_ids"] == ["r1", "r2"]


def test_json_has_no_number_that_json_does_not_know() -> None:
    frame = pd.DataFrame(
        {
            "a": pd.array([1, None], dtype="Int64"),
            "b": [np.inf, np.nan],
            "c": [np.bool_(True), None],
            "d": [pd.Timestamp("2024-05-01"), pd.NaT],
        }
    )
    (table,) = json.loads(data.as_json(report(Table("t", "", frame))))["tables"]
    assert table["rows"] == [
        {"a": 1, "b": None, "c": True, "d": "2024-05-01 00:00:00"},
        {"a": None, "b": None, "c": None, "d": None},
    ]


def test_one_row_too_wide_for_the_terminal_is_read_from_top_to_bottom() -> None:
    names = [f"figure_{number}" for number in range(12)]
    row = pd.DataFrame([dict(zip(names, range(100, 112), strict=True))])
    lines = printed(report(Table("one", "One", row, keys=("figure_0",))), 60).splitlines()
    shown = [line.split() for line in lines if line.strip().startswith("figure")]
    assert shown == [["figure", str(number), str(100 + number)] for number in range(12)]


def test_what_every_row_has_alike_is_said_once_unless_it_is_an_interval_or_all_there_is() -> None:
    frame = pd.DataFrame(
        {"k": ["a", "b"], "at": ["H", "H"], "seeds": [10, 10], "x": [1.5, 2.5], "y": [0.5, 0.5]}
    ).assign(y_low=0.25, y_high=0.75)
    shown = readable(Table("t", "", frame))
    assert shown.shared == "In every row: at H, seeds 10."
    assert [column.heading for column in shown.others] == ["x", "y"]
    for form in (
        printed(report(Table("t", "", frame)), 80),
        markdown(report(Table("t", "", frame))),
    ):
        assert "In every row: at H, seeds 10." in form
    alone = readable(Table("t", "", frame.filter(["k", "at", "seeds"])))
    assert (alone.shared, len(alone.others)) == ("", 2)
    single = readable(Table("t", "", frame.head(1)))
    assert (single.shared, len(single.others)) == ("", 4)
