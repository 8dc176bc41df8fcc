"""The simulated coverages are those of the intervals, and the same each time."""

import json

import pytest

from scripts.coverage import main, simulate


def test_every_interval_is_reported_and_the_wrong_ones_miss_the_truth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--quick", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    worst: dict[str, float] = {}
    for row in rows:
        worst[row["interval"]] = min(row["coverage"], worst.get(row["interval"], 1.0))
    assert worst["confidence sequence, peeking"] >= 0.95
    assert worst["mean difference, clustered"] >= 0.8  # of 20 simulations
    assert worst["WRONG: Wilson, peeking from 10 on"] < 0.9
    assert worst["WRONG: Wilson over cells x seeds"] < worst["pooled, effective Wilson"]
    assert worst["pooled, percentile bootstrap"] < worst["pooled, effective Wilson"]


def test_the_same_command_gives_the_same_figures() -> None:
    assert simulate(20) == simulate(20)
