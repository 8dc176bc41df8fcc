"""Studies through real Ray, two in one command and, slowly, all; and a user's own by path."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import pandas as pd
import pytest

from results import load_curves, load_runs, load_study
from results.ledger.ledger import Ledger
from results.reports.reported import reports_of
from study.discovery import catalogue_names
from tests.study.command import study_run


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with None for what is missing."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


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


FEW = ("sequential", "mixed")
"""One teacher, hard, soft and mixed labels, and runs that start from others."""


@pytest.fixture(
    scope="module", params=[FEW, pytest.param(catalogue_names(), marks=pytest.mark.slow)]
)
def names(request: pytest.FixtureRequest) -> Sequence[str]:
    return request.param


@pytest.fixture(scope="module")
def out(names: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies") / "outputs"


@pytest.fixture(scope="module")
def said(names: Sequence[str], out: Path) -> str:
    run = study_run(*names, "--profile", "smoke", "--seeds", "1", "--out", out)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_study_ends_in_a_table_beside_the_paper(
    said: str, names: Sequence[str], out: Path
) -> None:
    assert said.count("By cell, at the horizon") == len(names)
    for name in names:
        assert f"{name}: " in said
    reports = [found.report for name in names for found in reports_of(Ledger(str(out)), name)]
    sentences = " ".join(answer.sentence for report in reports for answer in report.answers)
    if names == catalogue_names():
        for reference in ("Section 3.5: ", "Section 3.6: ", "Section 3.10: "):
            assert reference in sentences


def test_every_run_has_its_picture_weights_and_environment(
    said: str, names: Sequence[str], out: Path
) -> None:
    runs = load_runs(str(out))
    assert len(runs) > (50 if names == catalogue_names() else 15)
    for row in rows_of(runs):
        shown = imagecodecs.png_decode((out / "predictions" / f"{row['run_id']}.png").read_bytes())
        assert shown.shape == (256, 3 * 256 + 2 * 8)
        assert (out / "weights" / f"{row['run_id']}.safetensors").is_file()
        environment = json.loads(row["environment"])
        assert {"git_commit", "git_dirty", "version", "torch", "threads", "device"} <= set(
            environment
        )
        assert row["wait_seconds"] >= 0.0
    curves = load_curves(str(out))
    assert set(curves["dead_channels"].map(len)) == {9}


def test_equal_seeds_begin_equal_in_every_study_and_cell(said: str, out: Path) -> None:
    """One hash of initial weights for each architecture, one of the first tile for each size and
    engine, which rounds in its own way."""
    rows = rows_of(load_runs(str(out)))
    initial: dict[tuple[object, ...], set[str]] = {}
    tiles: dict[tuple[object, ...], set[str]] = {}
    for row in rows:
        tile = row["tile"], row["data_seed"], row["engine"]
        tiles.setdefault(tile, set()).add(row["first_tile_sha256"])
        if row["start_from_run_id"] is None:
            key = row["width"], row["batch_norm"], row["init"], row["init_seed"]
            initial.setdefault(key, set()).add(row["initial_weights_sha256"])
    assert {len(hashes) for hashes in initial.values()} == {1}
    assert {len(hashes) for hashes in tiles.values()} == {1}
    by_id = {row["run_id"]: row for row in rows}
    started = [row for row in rows if row["start_from_run_id"] is not None]
    assert len(started) == 5
    for row in started:
        parent = by_id[row["start_from_run_id"]]
        assert row["initial_weights_sha256"] == parent["weights_sha256"]


def test_runs_that_studies_share_are_there_once(said: str, names: Sequence[str], out: Path) -> None:
    runs = load_runs(str(out))
    assert runs["run_id"].is_unique
    request = [run_id for name in names for run_id in load_study(str(out), name)["run_id"]]
    assert set(request) <= set(runs["run_id"])
    if names == catalogue_names():
        assert len(request) > len(set(request))


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
    assert all(isinstance(outcome, str) for outcome in frame["outcome"])
    begun = {
        (row["init_seed"], row["initial_weights_sha256"], row["first_tile_sha256"])
        for row in rows_of(frame)
    }
    assert len(begun) == 2
    assert len({weights for _, weights, _ in begun}) == len({tile for _, _, tile in begun}) == 2
