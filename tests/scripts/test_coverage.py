"""The simulated shares are those of what is printed, and the same each time."""

import json
from pathlib import Path

import pytest

from results.errors import ConfigError
from scripts.coverage.__main__ import main
from scripts.coverage.rows import Row
from scripts.coverage.simulating import simulate
from scripts.coverage.tables import BEGIN, END, markdown, off, telling, worst_rows, write_into

METHOD = Path(__file__).parents[2] / "docs/method.md"
QUICK = {200: ("cells", "peeking"), 60: ("methods", "speed"), 100: ("clustered",)}
"""Simulations, and parts that take little time with so many."""
NAMED = {
    ("rate of a cell", "rate 0.05"),
    ("rate over cells", "rate 0.05"),
    ("rate over cells, effective_wilson", "rate 0.05"),
    ("rate over cells, percentile", ""),
    ("rate over cells, bca", ""),
    ("rate, crossed with 2", ""),
    ("rate, crossed with 3", "80% of variance"),
    ("rate, crossed with 5", "80% of variance"),
    ("rate, three kinds crossed", "10x3x3"),
}
"""What is known to cover less, and where: docs/method.md says why."""


def worst_of(rows: list[Row]) -> dict[str, float]:
    return {row["what"]: row["share"] for row, _ in worst_rows(rows)}


def test_what_is_printed_holds_and_the_wrong_ones_miss_the_truth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    worst: dict[str, float] = {}
    for simulations, parts in QUICK.items():
        only = [word for part in parts for word in ("--only", part)]
        assert main(["--simulations", str(simulations), "--json", *only]) == 0
        worst |= worst_of(json.loads(capsys.readouterr().out)["rows"])
    assert worst["rate of a cell"] >= 0.87
    assert worst["confidence sequence, peeking"] >= 0.95
    assert worst["mean difference, clustered"] >= 0.8  # of 20 simulations
    assert worst["ratio of iterations"] >= 0.8  # of 30
    assert worst["WRONG: Wilson, peeking from 10 on"] < 0.9
    assert worst["WRONG: Wilson over cells x seeds"] < worst["rate over cells, effective_wilson"]
    assert worst["rate over cells, percentile"] < worst["rate over cells, effective_wilson"]


def test_the_same_command_gives_the_same_figures_whatever_else_it_simulates() -> None:
    alone = simulate(5, ["methods"])
    assert alone == simulate(5, ["methods"])
    assert [row for row in simulate(5, ["cells", "methods"]) if row in alone] == alone


def test_a_share_is_off_beyond_two_standard_errors() -> None:
    interval = {"kind": "coverage", "simulations": 1000}
    assert off({**interval, "share": 0.91})
    assert not off({**interval, "share": 0.92})
    verdict = {"kind": "false alarms", "simulations": 1000}
    assert off({**verdict, "share": 0.065})
    assert not off({**verdict, "share": 0.06})
    assert not off({"kind": "coverage", "simulations": 0, "share": float("nan")})


def test_a_case_that_hardly_ever_has_an_interval_says_too_little() -> None:
    usual = {"kind": "coverage", "what": "odds ratio", "case": "", "seeds": 40, "width": 1.0}
    rare = usual | {"share": 0.0, "simulations": 19}
    rows = [usual | {"share": 0.95, "simulations": 100}, rare]
    assert telling(rows) == rows[:1]
    assert worst_rows(rows) == [(rows[0], 1)]
    assert "two standard errors" not in markdown(rows, 100)
    assert "odds ratio, 40 seeds, : 0.0%" in markdown([rows[0], rare | {"simulations": 20}], 100)


def test_the_table_is_put_between_the_marks_of_a_document(tmp_path: Path) -> None:
    rows = simulate(5, ["methods"])
    document = tmp_path / "page.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_into(document, markdown(rows, 5))
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert all(f"| {what} |" in text for what in worst_of(rows))
    write_into(document, "again")
    assert document.read_text() == f"before\n{BEGIN}\n\nagain\n{END}\nafter\n"
    with pytest.raises(ConfigError, match="has no"):
        write_into(tmp_path / "page.md" if document.write_text("none") else document, "text")


def test_the_table_of_the_method_page_is_the_commands_own() -> None:
    table = METHOD.read_text().partition(BEGIN)[2].partition(END)[0]
    assert "Made by `python -m scripts.coverage --simulations" in table
    for what in ("rate of a cell", "rate over cells", "two cells differ", "share of variance"):
        assert f"| {what} |" in table


@pytest.mark.slow
def test_no_share_leaves_what_is_promised_by_more_than_two_standard_errors() -> None:
    """Of every part, in a fifth of the long run's simulations."""
    rows = simulate(200)
    table = METHOD.read_text()
    assert all(f"| {what} |" in table for what in worst_of(rows))
    unknown = [
        row
        for row in telling(rows)
        if off(row)
        and not row["what"].startswith("WRONG")
        and not any(row["what"] == what and where in row["case"] for what, where in NAMED)
    ]
    assert unknown == []
    worst = worst_of(rows)
    assert worst["WRONG: p below 5%, added by hand"] > 0.05
    assert worst["two cells differ, e-value, added by hand"] <= 0.05
