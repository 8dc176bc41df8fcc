"""What a study is and what `--set` can change, said without training anything."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from core.config import CHOICES, RunConfig
from study.command_line.arguments import NOT_SETTABLE, parse_value
from study.command_line.fields import field_texts
from study.discovery import catalogue_names, find_study
from study.run import main
from tests.core.data.png_files import write_folders

BASE = """
from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Study
from study.profiles import usual_profiles

STUDY = Study(
    name="own", question="Is it so?", reference="none",
    base=RunConfig({base}), axes=({axes},), seeds=2, profiles=usual_profiles(),
)
"""


def own_study(folder: Path, base: str = "", axes: str = 'Axis("lr", (1e-3, 1e-2))') -> str:
    path = folder / "own.py"
    path.write_text(BASE.format(base=base, axes=axes))
    return str(path)


def described(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--describe", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_study_is_described_with_its_axes_sizes_and_comparisons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in catalogue_names():
        study, said = find_study(name), described(capsys, name)
        values = {axis.field: list(axis.values) for axis in study.axes}
        levels = study.fraction.levels.items() if study.fraction else ()
        assert said["axes"] == values | {field: list(two) for field, two in levels}
        if study.fraction:
            assert described(capsys, name, "--full")["axes"] == values
        assert len(said["seeds"]) == study.seeds
        assert set(said["profiles"]) == set(study.profiles)
        assert len(said["contrasts"]) == len(study.contrasts)
        for size in said["profiles"].values():
            assert size["runs"] >= size["cells"] * study.seeds
            assert size["notes"] == []  # no catalogue study's base is overruled by a profile


def test_sizes_follow_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--profile", "smoke", "--seeds", "0-4", "--only", "temperature=1,5")
    (size,) = described(capsys, "temperature_seeds", *options)["profiles"].values()
    assert (size["cells"], size["runs"]) == (2, 11)
    assert size["horizon"] == {"runs": [12], "teacher": [300]}
    longer = described(capsys, "temperature_seeds", *options, "--set", "iterations=24")
    assert longer["profiles"]["smoke"]["horizon"]["runs"] == [24]


def test_people_read_a_line_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rescue", "--describe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("rescue: Do batch norm and class weights save")
    assert "axis objective: soft, mixed" in lines
    assert "seeds: 0-2 (3 a cell)" in lines
    assert any(line.startswith("data: phantom; runs are shorter on it") for line in lines)
    assert "profile laptop: 8 cells, 25 runs, 1000 iterations, teacher 1500" in lines
    assert sum(line.startswith("contrast: ") for line in lines) == 3


def test_what_the_options_leave_out_is_not_described(capsys: pytest.CaptureFixture[str]) -> None:
    axis = ("--axis", "lr=1e-2,1e-3")
    command = ("reruns", "--only", "width=1", *axis, "--profile", "smoke")
    assert main([*command, "--describe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["axis lr: 0.01, 0.001", "axis width: 1"]
    question = "'Does the 1-Unet collapse more often than the 2-Unet?'"
    assert f"  {question} is left out, because --only leaves out width=2." in lines
    assert not [line for line in lines if line.startswith("contrast: ")]
    said = described(capsys, *command)
    assert (said["axes"], said["contrasts"]) == ({"lr": [0.01, 0.001], "width": [1]}, [])
    two = described(capsys, "temperature_seeds", "--only", "temperature=1,5")
    assert two["axes"] == {"temperature": [1.0, 5.0]}
    assert (len(two["contrasts"]), len(two["equivalences"])) == (0, 2)
    one = described(capsys, "temperature_seeds", "--only", "temperature=1")
    assert one["equivalences"] == []


def test_sizes_are_those_on_the_data_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(write_folders(tmp_path / "data").directory)
    tiles = ("--set", "tile=32", "--set", "teacher.tile=32")
    assert main(["rescue", "--profile", "laptop", "--describe", "--data", data, *tiles]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"data: {data}" in lines
    assert "profile laptop: 8 cells, 25 runs, 2000 iterations, teacher 6000" in lines


def test_a_profile_that_overrules_the_study_file_says_so_and_set_overrules_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = own_study(tmp_path, "iterations=500"), str(tmp_path / "out")
    command = [file, "--profile", "smoke", "--dry-run", "--out", out]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "profile smoke (12 iterations)" in said
    assert (
        "profile smoke replaces iterations=500 of the study file by 12; --set iterations=500 keeps "
        "it"
    ) in said
    assert main([*command, "--set", "iterations=500"]) == 0
    said = capsys.readouterr().out
    assert "profile smoke (500 iterations)" in said
    assert "replaces" not in said


@pytest.mark.parametrize(
    ("base", "axes", "said"),
    [
        ("", 'Axis("momentum", (0.9, 0.99))', "momentum needs optimizer='sgd'"),
        ("", 'Axis("temperature", (1.0, 5.0))', "temperature needs objective='soft' or 'mixed'"),
        ("", 'Axis("soft_weight", (0.2, 0.5))', "soft_weight needs objective='mixed'"),
        (
            'objective="soft", teacher=RunConfig(width=4)',
            'Axis("teacher.momentum", (0.9, 0.99))',
            "momentum needs optimizer='sgd'",
        ),
    ],
)
def test_an_axis_that_changes_no_run_is_refused(
    base: str, axes: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own_study(tmp_path, base, axes)
    assert main([file, "--dry-run", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "changes no run" in error
    assert error.count("\n") == 1


def test_an_axis_that_matters_in_some_cells_is_none_of_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axes = 'Axis("optimizer", ("sgd", "adam")), Axis("momentum", (0.9, 0.99))'
    file, out = own_study(tmp_path, "", axes), str(tmp_path / "out")
    assert main([file, "--dry-run", "--out", out]) == 0
    assert "6 runs" in capsys.readouterr().out
    assert main([file, "--dry-run", "--out", out, "--only", "optimizer=adam"]) == 0
    assert "2 runs" in capsys.readouterr().out


def test_every_field_has_a_line_with_values_default_and_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--fields"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    settable = [f.name for f in fields(RunConfig) if f.name not in NOT_SETTABLE]
    assert [line.split()[0] for line in lines] == settable
    assert "--set FIELD=VALUE" in last
    for text in field_texts():
        assert text.meaning
        assert parse_value(text.name, text.default) == getattr(RunConfig(), text.name)
        if text.name in CHOICES:
            assert text.values.split("|") == list(CHOICES[text.name])
