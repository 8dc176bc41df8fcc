"""How many seeds and how long: said before anything is trained, and nothing is written."""

import json
import math
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from results.statistics.methods.decision_seeds import decision_seeds
from results.statistics.methods.intervals import proportion_interval
from results.statistics.methods.power import paired_power, seeds_for_width, seeds_to_tell_apart
from study.plan import main
from study.planning.stop_rule import Until
from study.run import main as run
from tests.core.data.png_files import write_folders
from tests.study.planning.test_until import put_rows, request_of

SMALL = ("--profile", "smoke", "--detect", "0.9,0.1", "--width", "0.6", "--max-seeds", "9")


def planned(
    file: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, Any]:
    assert main([str(file), *SMALL, "--out", str(out), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_seeds_are_those_of_the_tests_and_runs_those_of_the_cells(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    report = planned(study, out, capsys, "--no-probe")
    seeds = [question["seeds"] for question in report["questions"]]
    assert report["cells"] == 2
    assert seeds[0] == seeds_to_tell_apart(0.9, 0.1, paired=False)
    assert seeds[1] == seeds_to_tell_apart(0.9, 0.1, paired=True)
    assert seeds[3] == seeds_for_width(0.6)
    for question in report["questions"]:
        assert question["runs"] == 2 * question["seeds"]
        assert (question["there"], question["seconds"]) == (0, None)
    assert not out.exists()


def test_rows_say_what_they_answer(capsys: pytest.CaptureFixture[str]) -> None:
    power, seeds = ("--power", "0.9999999999"), ("--seeds", "1")
    assert main(["temperature_seeds", *SMALL[:4], *power, *seeds, "--no-probe"]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.endswith("at level 0.05. Each row is the answer to another question:")
    assert "with power below 0.01 (exact paired test, " in rows[0]
    assert "with power 0.9999999999, two cells with the same seeds, as studies have them" in rows[2]
    shown = [row for row in rows if "equivalence within ±0.2 can be shown, if all seeds" in row]
    assert len(shown) == 2
    assert all("?'): 14 seeds a cell, " in row for row in shown)
    assert main(["temperature_seeds", *SMALL[:4], "--no-probe", "--only", "temperature=1"]) == 0
    assert "equivalence" not in capsys.readouterr().out


def test_until_decided_is_planned_where_something_is_contrasted(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert main(["rescue", *SMALL[:4], "--max-seeds", "13", "--no-probe", "--out", out]) == 0
    (said,) = (row for row in capsys.readouterr().out.splitlines() if "--until-decided" in row)
    seeds, power = decision_seeds(0.9, 0.1, 0.05 / 3, 13, first=3, step=5)
    assert f"(3 contrasts; decided with power {power:.2f} by --max-seeds 13)" in said
    assert f": {math.ceil(seeds)} seeds a cell, " in said
    questions = planned(study, tmp_path / "out", capsys, "--no-probe")["questions"]
    assert not [each for each in questions if "--until-decided" in each["question"]]


def test_chosen_seeds_are_said_first_with_what_they_can_tell(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = planned(study, tmp_path, capsys, "--no-probe", "--seeds", "3-9,12")
    first = report["questions"][0]
    low, high = proportion_interval(4, 8)
    assert (first["seeds"], first["runs"], first["there"]) == (8, 16, 0)
    assert first["question"].startswith(
        f"--seeds 3-9,12: a Wilson interval of at most {high - low:.2f}"
    )
    assert f"with power {paired_power(0.9, 0.1, 8):.2f}" in first["question"]


def test_what_a_dry_run_says_measures_the_time_of_the_same_study(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_folders(tmp_path / "my cells", factor=2).directory
    command = [str(study), "--data", str(data), "--foreground=2", "--profile=smoke", "--seeds=3",
               "--only=lr=0.001", "--set=tile=32", "--stop-dead", "--out", str(tmp_path / "out's"),
               "--dry-run"]  # fmt: skip
    assert run(command) == 0
    said = capsys.readouterr().out
    pasted = shlex.split(said[said.index("`") + 1 : said.rindex("`")])
    assert run([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert pasted[:3] == ["python", "-m", "study.plan"]
    assert main([*pasted[3:], "--no-probe", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [plan[name] for name in ("study", "profile", "data")] == [
        report[name] for name in ("study", "profile", "data")
    ]
    assert plan["questions"][0]["runs"] == report["runs"] == 3
    assert {f"--out={tmp_path}/out's", "--set=tile=32", "--set=stop_dead=true"} < {*pasted}


def test_runs_that_are_there_are_counted(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_rows(tmp_path, request_of(study, Until(0.4, 3)), {1e-3: "FLF", 1e-2: "LL"})
    report = planned(study, tmp_path, capsys, "--no-probe")
    assert {question["there"] for question in report["questions"]} == {5}


def test_kinds_that_were_never_trained_are_timed_and_nothing_is_written(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([str(study), *SMALL, "--out", str(out), "--set", "iterations=4"]) == 0
    said = capsys.readouterr()
    assert "has no run of 1 of 1 kinds: timing each" in said.err
    assert "[1/1] 2-Unet" in said.err
    assert "unknown" not in said.out
    assert "seeds a cell" in said.out
    assert not out.exists()


@pytest.mark.parametrize("rates", ["0.3", "0.3,0.3", "0.3,1.2", "a,b"])
def test_rates_are_two_shares(rates: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["width", "--detect", rates]) == 2
    assert "--detect" in capsys.readouterr().err


def test_an_empty_profile_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["width", "--profile", ""]) == 2
    assert "--profile: is empty; leave it out" in capsys.readouterr().err


def test_an_unknown_study_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widths"]) == 2
    assert capsys.readouterr().err.startswith("error: no study 'widths'")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("study.plan", ("torch", "ray", "scipy", "pandas", "matplotlib")),
        ("study.report", ("torch", "ray", "scipy", "pandas", "matplotlib")),
        ("study.planning.plan_rows", ("torch", "ray")),
    ],
)
def test_help_and_planning_need_nothing_that_takes_seconds(
    module: str, heavy: tuple[str, ...]
) -> None:
    code = f"import {module}, sys; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
