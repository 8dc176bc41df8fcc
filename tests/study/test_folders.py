"""A directory of images, and one label of its masks, through the command line."""

import json
from pathlib import Path

import pytest

from core.data.sources import Stack
from study.run import main
from tests.core.builders import squares
from tests.core.data.png_files import write_folders
from tests.study.command import SMOKE


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
