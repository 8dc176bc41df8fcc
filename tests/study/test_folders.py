"""A directory of images, and one label of its masks, through the command line."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from core.data.sources import Stack, open_source
from results import load_runs
from study.discovery import find_study
from study.plan import main as plan
from study.requesting import request_study
from study.run import main
from tests.core.builders import squares
from tests.core.data.png_files import write_folders
from tests.study.command import SMOKE, study_run

NO_GAP = ("--validation-gap", "0")
SMALL = ("--set", "tile=32", "--set", "teacher.tile=32")


def test_a_dry_run_on_images_and_a_foreground(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training, testing = (
        Stack(stack.images, stack.masks * 2)
        for stack in (squares(20, 1, 80.0, (64, 64)), squares(3, 2, 80.0, (64, 64)))
    )
    training.masks[:, 0] = 1
    data, out = tmp_path / "data", tmp_path / "out"
    write_folders(data, training, testing, factor=1)
    arguments = (*SMOKE, "--data", str(data), "--foreground", "2", "--out", str(out), "--dry-run")
    assert main([*arguments, "--set", "tile=64", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    report = json.loads(said.out)
    assert report["data"] == f"{data} --foreground 2"
    assert report["missing"] == report["runs"] > 0
    assert not out.exists()


def test_another_gap_is_another_data_set_whose_runs_are_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = write_folders(tmp_path / "data").directory, tmp_path / "out"
    common = (*SMOKE, "--data", str(data), "--out", str(out), "--dry-run", *SMALL)

    def reported(*more: str) -> dict[str, Any]:
        assert main([*common, "--json", *more]) == 0
        return json.loads(capsys.readouterr().out)

    usual, named, none = reported(), reported("--validation-gap", "5"), reported(*NO_GAP)
    assert named == usual
    assert usual["data"] == str(data)
    assert none["data"] == f"{data} --validation-gap 0"
    checks = [report["data_check"] for report in (usual, none)]
    assert [(c["training"]["slices"], c["gap"]) for c in checks] == [(13, 5), (18, 0)]
    assert main([*common, *NO_GAP]) == 0
    said = capsys.readouterr().out
    first, *_ = said.splitlines()
    assert first == (
        f"data {data} --validation-gap 0: 20 training slices, 18 to train on and 2 for validation"
    )
    pasted = shlex.split(said[said.index("`") + 1 : said.rindex("`")])
    assert {f"--data={data}", "--validation-gap=0"} < {*pasted}


def test_training_says_first_what_a_dry_run_says_of_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = write_folders(tmp_path / "data").directory, tmp_path / "out"
    smoke = ("width", "--profile", "smoke", "--only", "width=2", "--seeds", "1", *NO_GAP)
    command = [*smoke, "--data", str(data), "--out", str(out), "--set", "tile=32"]
    assert main([*command, "--dry-run"]) == 0
    expected = capsys.readouterr().out.splitlines()[:4]
    assert expected[0].startswith(f"data {data} --validation-gap 0: 20 training slices, 18")
    run = study_run(*command)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[:4] == expected
    ids = load_runs(str(out))["data"].unique().tolist()
    assert ids == [open_source(str(data), gap=0).fingerprint]
    assert ids[0].endswith("-gap-0")
    assert "20 training slices" not in study_run(*command, "--quiet").stdout


def test_runs_of_another_gap_have_other_ids_on_any_data(tmp_path: Path) -> None:
    data = str(write_folders(tmp_path / "data").directory)
    study = find_study("width")

    def run_ids(name: str, gap: int) -> set[str]:
        source = open_source(name, gap=gap)
        return {*request_study(study, source, "smoke", sets=["tile=32"]).distinct}

    for name in (data, "phantom"):
        usual = {*request_study(study, open_source(name), "smoke", sets=["tile=32"]).distinct}
        assert run_ids(name, 5) == usual
        assert not run_ids(name, 0) & usual
        assert not run_ids(name, 0) & run_ids(name, 1)
        assert len(run_ids(name, 0)) == len(usual)


def test_a_comparison_reaches_the_data_and_the_command_that_plans(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = write_folders(tmp_path / "data", factor=200).directory, tmp_path / "out"
    command = [*SMOKE, "--data", str(data), "--out", str(out), "--dry-run", *SMALL]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert f"{data}/training/masks/slice1.png: the mask is not binary: 0 in 960 pixels" in error
    offered = error.rstrip().rpartition("--foreground ")[2].strip("'")
    assert main([*command, "--foreground", offered]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(f"data {data} --foreground '>100': 20 training slices, 13 to train")
    pasted = shlex.split(said.out[said.out.index("`") + 1 : said.out.rindex("`")])
    assert "--foreground=>100" in pasted
    assert plan([*pasted[3:], "--no-probe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == f"{data} --foreground '>100'"


@pytest.mark.parametrize("value", ["-1", "1.5", "mito", "", "1_0", "٣", "9" * 5000])
def test_a_label_is_a_whole_number(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMOKE, f"--foreground={value}"]) == 2
    assert "must be a whole number, 0 or more" in capsys.readouterr().err


def test_a_foreground_of_the_phantom_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*SMOKE, "--foreground", "0"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --foreground 0: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
