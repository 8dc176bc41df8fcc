"""Teachers of several seeds, each with all the students."""

import json
from itertools import product

import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from study.command_line.arguments import parse_teacher_seeds
from study.discovery import find_study
from study.plan import main as plan
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main

NAME = "temperature_seeds"
SEEDS = ((0, 0), (1, 1), (2, 2))


def asked(
    *teachers: int, study: str = NAME, only: tuple[str, ...] = (), full: bool = False
) -> StudyRequest:
    return request_study(
        find_study(study),
        PhantomSource(),
        "smoke",
        seeds=SEEDS,
        teacher_seeds=teachers,
        only=only,
        full=full,
    )


def test_each_teacher_has_all_the_students_in_every_cell() -> None:
    request = asked(0, 4, only=("temperature=5,10",))
    found = {
        (run.cell["temperature"], run.config.init_seed, run.teacher_seed) for run in request.runs
    }
    assert found == set(product((5.0, 10.0), (0, 1, 2), (0, 4)))
    assert len(request.distinct) == 12 + 2
    for run in request.runs:
        assert run.config.teacher is not None
        assert (run.config.teacher.init_seed, run.config.teacher.data_seed) == (
            run.teacher_seed,
        ) * 2


def test_the_teacher_of_seed_0_is_the_usual_one() -> None:
    usual, crossed = asked(0), asked(0, 1)
    assert usual.distinct.keys() < crossed.distinct.keys()
    assert all(run.teacher_seed is None for run in usual.runs)
    assert "teacher_seed" not in usual.record().to_json()["runs"][0]
    firsts = {run.trial: run.config.run_id for run in crossed.runs if run.teacher_seed == 0}
    assert firsts == {
        run.trial: run.config.run_id for run in usual.runs if run.cell == crossed.runs[-1].cell
    }


def test_cells_without_a_teacher_are_not_trained_twice() -> None:
    request = asked(0, 1, study="factorial", only=("width=2", "batch_norm=none"), full=True)
    alone = [run for run in request.runs if not run.config.has_teacher]
    taught = [run for run in request.runs if run.config.has_teacher]
    assert alone
    assert taught
    assert {run.teacher_seed for run in alone} == {None}
    assert len({run.config.run_id for run in alone}) == len(alone)


def test_the_teacher_of_what_a_run_starts_from_is_crossed_too() -> None:
    request = asked(0, 1, study="sequential")
    started = [run for run in request.runs if run.config.has_teacher]
    assert {run.teacher_seed for run in started} == {0, 1}
    for run in started:
        for config in (run.config, run.config.start_from):
            if config is not None and config.needs_teacher:
                assert config.teacher is not None
                assert config.teacher.init_seed == run.teacher_seed


def test_a_dry_run_counts_students_and_teachers(capsys: pytest.CaptureFixture[str]) -> None:
    words = [NAME, "--profile=smoke", "--only=temperature=5", "--seeds=4", "--dry-run", "--json"]
    assert main([*words, "--teacher-seeds=3", "--out=nowhere"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 3 * (4 + 1)


@pytest.mark.parametrize(
    ("text", "seeds"), [("2", (0, 1)), ("3-5", (3, 4, 5)), ("0,7", (0, 7)), (None, (0,))]
)
def test_seeds_are_a_number_a_range_or_a_list(text: str | None, seeds: tuple[int, ...]) -> None:
    assert parse_teacher_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2x3", "--teacher-seeds 2x3: teachers have one seed each"),
        ("0", "--teacher-seeds 0: at least one seed"),
        ("a", "--teacher-seeds a: give a number"),
        ("1,1", "--teacher-seeds 1,1: seed 1 is listed twice"),
    ],
)
def test_what_is_no_seed_of_a_teacher_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_teacher_seeds(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reruns", "--teacher-seeds=2"], "no run of reruns has a teacher here"),
        ([NAME, "--teacher-seeds=2", "--until-width=0.4"], "goes with --seeds, not with --until"),
        (
            [NAME, "--set=teacher.init_seed=1"],
            "--teacher-seeds A,B has teachers of these seeds, each with all the students",
        ),
    ],
)
def test_where_it_means_nothing_it_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--dry-run", "--out=nowhere"]) == 2
    assert said in capsys.readouterr().err


def planned(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, dict[str, int]]:
    """The questions of a plan of one cell, by their text."""
    words = [NAME, "--no-probe", "--out=nowhere", "--json", "--only=temperature=5", *more]
    assert plan(words) == 0
    rows = json.loads(capsys.readouterr().out)["questions"]
    return {row["question"]: row for row in rows}


def test_every_row_of_a_plan_counts_students_and_teachers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone, crossed = planned(capsys), planned(capsys, "--teacher-seeds=2", "--seeds=20")
    assert len(crossed) > 4
    for question, row in crossed.items():
        assert row["runs"] == 2 * (row["seeds"] + 1), question
    # A rule that adds seeds has one teacher.
    gone = alone.keys() - crossed.keys()
    assert len(gone) == 2
    assert all("--until-" in question for question in gone)
    assert {q: crossed[q]["seeds"] for q in alone.keys() - gone} == {
        q: alone[q]["seeds"] for q in alone.keys() - gone
    }


def test_a_plan_takes_teachers_without_seeds_and_says_what_they_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [NAME, "--no-probe", "--out=nowhere", "--only=temperature=5", "--teacher-seeds=3"]
    assert plan(words) == 0
    said = capsys.readouterr().out
    assert "--teacher-seeds 3: runs and times are with 3 teachers, seeds are those that" in said
    assert "--until-width 0.4" not in said
