"""The main job through real Ray: train, repeat, extend."""

import json
from pathlib import Path

import pytest

from results import load_curves, load_runs, load_study
from study.run import main
from tests.study.command import SMOKE, answer_of, study_run

CELLS = ("--only", "temperature=1,5")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study") / "outputs"


@pytest.fixture(scope="module")
def first(out: Path) -> str:
    run = study_run(*SMOKE, *CELLS, "--seeds", "2", "--out", out)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_it_trains_teacher_and_students_and_says_where_results_lie(first: str, out: Path) -> None:
    assert "5 runs, 0 already" in first
    assert "[5/5]" in first
    assert "the paper's: 0.480" in first
    assert "a rate has no interval below 10 seeds" in " ".join(first.split())
    assert str(out / "ledger/runs") in first
    runs = load_runs(str(out))
    assert len(runs) == 5
    assert all(isinstance(outcome, str) for outcome in runs["outcome"])
    teacher, students = runs[runs["width"] == 4], runs[runs["width"] == 2]
    assert teacher["learned"].tolist() == [True]
    assert set(students["teacher_run_id"]) == set(teacher["run_id"])
    assert min(students["started_at"]) >= max(teacher["finished_at"])


def test_its_rows_are_what_a_user_reads(first: str, out: Path) -> None:
    frame = load_study(str(out), "temperature_seeds")
    assert len(frame) == 4
    assert sorted(set(frame["temperature"])) == [1.0, 5.0]
    curves = load_curves(str(out), frame["run_id"])
    assert sorted(set(curves["iteration"])) == [0, 3, 6, 9, 12]
    assert all(loss > 0 for loss in curves["test_loss"])
    for run_id in frame["run_id"]:
        assert (out / "weights" / f"{run_id}.safetensors").is_file()
        assert "outcome" in (out / "logs" / f"{run_id}.log").read_text()
    assert not list((out / "checkpoints").rglob("*.safetensors"))


def test_equal_seeds_begin_equal_in_every_cell_and_different_ones_differ(
    first: str, out: Path
) -> None:
    frame = load_study(str(out), "temperature_seeds")
    curves = load_curves(str(out), frame["run_id"])
    untrained = curves[curves["iteration"] == 0].merge(frame[["run_id", "init_seed"]], on="run_id")
    losses = {
        seed: set(rows["test_loss"]) for seed, rows in untrained.groupby("init_seed")[["test_loss"]]
    }
    assert [len(of_seed) for of_seed in losses.values()] == [1, 1]
    assert losses[0] != losses[1]


def test_the_same_command_again_trains_nothing_and_answers_the_same(
    first: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = load_runs(str(out))
    assert main([*SMOKE, *CELLS, "--seeds", "2", "--out", str(out)]) == 0
    again = capsys.readouterr().out
    assert "5 runs, 5 already" in again
    assert answer_of(again) == answer_of(first)
    assert load_runs(str(out)).equals(before)


def test_more_seeds_train_only_what_is_missing(
    first: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = load_runs(str(out)).set_index("run_id")
    assert main([*SMOKE, *CELLS, "--seeds", "3", "--out", str(out), "--dry-run"]) == 0
    dry = capsys.readouterr().out
    assert "7 runs, 5 already" in dry
    assert "2 to train" in dry
    assert "unknown" not in dry
    more = study_run(*SMOKE, *CELLS, "--seeds", "3", "--out", out, "--json")
    assert more.returncode == 0, more.stderr
    after = load_runs(str(out)).set_index("run_id")
    assert len(after) == 7
    assert after.loc[before.index].equals(before)
    said = json.loads(more.stdout)
    assert [row["init_seed"] for row in said["rows"]] == [0, 1, 2, 0, 1, 2]
    questions = [answer["question"] for answer in said["answers"]]
    assert "Is collapse independent of the temperature?" in questions
    assert all(answer["sentence"] for answer in said["answers"])
