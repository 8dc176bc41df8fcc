"""Every study through real Ray, in one command; and a user's own study by path."""

import json
from pathlib import Path

import imagecodecs
import pytest

from results import load_curves, load_runs, load_study
from study.discovery import catalogue_names
from tests.study.command import study_run

MINE = """
from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Study
from study.profiles import usual_profiles

STUDY = Study(
    name="learning_rate",
    question="Does a smaller learning rate keep the 1-Unet from falling?",
    reference="none",
    base=RunConfig(width=1),
    axes=(Axis("lr", (1e-2, 1e-3)),),
    seeds=2,
    profiles=usual_profiles(),
)
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies") / "outputs"


@pytest.fixture(scope="module")
def said(out: Path) -> str:
    run = study_run(*catalogue_names(), "--profile", "smoke", "--seeds", "1", "--out", out)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_study_ends_in_a_table_beside_the_paper(said: str) -> None:
    for name in catalogue_names():
        assert f"{name}: " in said
    assert said.count("Which seeds fall") == len(catalogue_names())
    assert "paper" in said
    for reference in ("Section 3.5: ", "Section 3.6: ", "Section 3.10: "):
        assert reference in said


def test_every_run_has_its_picture_weights_and_environment(said: str, out: Path) -> None:
    runs = load_runs(str(out))
    assert len(runs) > 60
    for row in runs.to_dict("records"):
        shown = imagecodecs.png_decode((out / "predictions" / f"{row['run_id']}.png").read_bytes())
        assert shown.shape[1] > 3 * shown.shape[0] * 0.9
        assert (out / "weights" / f"{row['run_id']}.safetensors").is_file()
        environment = json.loads(row["environment"])
        assert {"git_commit", "git_dirty", "version", "torch", "threads", "device"} <= set(
            environment
        )
        assert row["wait_seconds"] >= 0.0
    curves = load_curves(str(out))
    assert set(curves["dead_channels"].map(len)) == {9}


def test_equal_seeds_begin_equal_in_every_study_and_cell(said: str, out: Path) -> None:
    """One hash of initial weights for each architecture, one of the first tile for each size."""
    runs = load_runs(str(out))
    fresh = runs[runs["start_from_run_id"].isna()]
    for _, same in fresh.groupby(["width", "batch_norm", "init", "init_seed"]):
        assert same["initial_weights_sha256"].nunique() == 1
    for _, same in runs.groupby(["tile", "data_seed"]):
        assert same["first_tile_sha256"].nunique() == 1
    by_id = runs.set_index("run_id")
    started = runs[runs["start_from_run_id"].notna()]
    assert len(started) == 5
    for row in started.to_dict("records"):
        parent = by_id.loc[row["start_from_run_id"]]
        assert row["initial_weights_sha256"] == parent["weights_sha256"]


def test_runs_that_studies_share_are_there_once(said: str, out: Path) -> None:
    runs = load_runs(str(out))
    assert runs["run_id"].is_unique
    asked = sum(len(load_study(str(out), name)) for name in catalogue_names())
    assert asked > len(runs[runs["width"] != 4])


def test_a_study_of_ones_own_is_one_file(tmp_path: Path) -> None:
    assert len(MINE.strip().splitlines()) < 60
    mine = tmp_path / "my_study.py"
    mine.write_text(MINE)
    out = tmp_path / "outputs"
    run = study_run(mine, "--profile", "smoke", "--out", out)
    assert run.returncode == 0, run.stderr
    assert "learning_rate: 4 runs" in run.stdout
    frame = load_study(str(out), "learning_rate")
    assert sorted(frame["lr"]) == [1e-3, 1e-3, 1e-2, 1e-2]
    assert frame["outcome"].notna().all()
    by_seed = frame.groupby("init_seed")
    assert by_seed["initial_weights_sha256"].nunique().tolist() == [1, 1]
    assert frame["initial_weights_sha256"].nunique() == 2
    assert frame["first_tile_sha256"].nunique() == 2
