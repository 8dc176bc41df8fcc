"""A cell of each value without a study file, and one message for all that has to change."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from study.discovery import find_study
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main

NAME = "temperature_seeds"
SEEDS = ((0, 0), (1, 1))


def asked(
    *axes: str,
    study: str = NAME,
    profile: str = "smoke",
    sets: Sequence[str] = (),
    only: Sequence[str] = (),
) -> StudyRequest:
    source, file = PhantomSource(), find_study(study)
    return request_study(file, source, profile, seeds=SEEDS, axes=axes, sets=sets, only=only)


def run_ids(request: StudyRequest) -> set[str]:
    return {planned.config.run_id for planned in request.runs}


@pytest.mark.parametrize(
    ("study", "field", "values"),
    [
        (NAME, "optimizer", ("sgd", "adam")),
        (NAME, "teacher.width", ("4", "8")),
        ("sequential", "width", ("1", "2")),
        ("sequential", "start_from.lr", ("0.1", "0.01")),
    ],
)
def test_the_runs_of_an_axis_are_those_of_setting_each_value(
    study: str, field: str, values: tuple[str, ...]
) -> None:
    each = [run_ids(asked(study=study, sets=(f"{field}={value}",))) for value in values]
    request = asked(f"{field}={','.join(values)}", study=study)
    assert run_ids(request) == set.union(*each)
    assert len(run_ids(request)) == sum(map(len, each))


def test_the_request_keeps_its_name_and_records_axes_and_cells() -> None:
    request = asked("input_scale=z-score,unit", "optimizer=sgd,adam", only=("temperature=5",))
    record = request.record()
    assert record.study == NAME
    assert record.axes == ("input_scale", "optimizer", "temperature")
    assert record.overrides == ()
    cells = dict.fromkeys(tuple(run.cell.values()) for run in record.runs)
    assert list(cells) == [
        ("z-score", "sgd", 5.0),
        ("z-score", "adam", 5.0),
        ("unit", "sgd", 5.0),
        ("unit", "adam", 5.0),
    ]
    assert record.setting != asked(only=("temperature=5",)).record().setting


def test_a_value_that_cannot_matter_is_one_cell() -> None:
    request = asked("optimizer=sgd,adam", "momentum=0.9,0.5", only=("temperature=5",))
    cells = {(run.cell["optimizer"], run.cell["momentum"]) for run in request.runs}
    assert cells == {("sgd", 0.9), ("sgd", 0.5), ("adam", None)}


def test_new_values_of_an_axis_of_the_study_stand_beside_its_own_and_are_said() -> None:
    request = asked("temperature=5,7")
    (axis,) = request.study.axes
    assert axis.values == (1.0, 2.0, 3.0, 5.0, 6.0, 10.0, 15.0, 7.0)
    assert request.notes == ("temperature=7 is added to the study file's values",)
    assert run_ids(asked()) < run_ids(request)


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
def test_paddings_have_tiles_that_fit_and_teachers_like_their_students(profile: str) -> None:
    request = asked("padding=same,valid", profile=profile, only=("temperature=5",))
    by_padding = {planned.config.padding: planned.config for planned in request.runs}
    same, valid = by_padding["same"], by_padding["valid"]
    assert run_ids(asked(profile=profile, only=("temperature=5",))) < run_ids(request)
    assert same.teacher is not None
    assert valid.teacher is not None
    assert valid.teacher.padding == "valid"
    for run, like in ((valid, same), (valid.teacher, same.teacher)):
        assert run.answer_side >= min(like.answer_side, 256 - 15)
        assert run.answer_side <= 256
    uncompared, *fitted = request.notes
    assert uncompared.startswith("padding: no contrast of the study file compares these values")
    assert fitted == [
        f"padding=valid has tile={valid.tile} instead of {same.tile}, teacher.padding=valid "
        f"instead of same, teacher.tile={valid.teacher.tile} instead of {same.teacher.tile}",
    ]


def test_a_tile_that_fits_one_padding_is_kept_there() -> None:
    request = asked("padding=same,valid", sets=("tile=252", "teacher.tile=252"))
    tiles = {(planned.config.padding, planned.config.tile) for planned in request.runs}
    assert tiles == {("same", 80), ("valid", 252)}  # both answer for 68 pixels or more


def test_tiles_that_an_axis_names_are_fitted_to_each_padding_and_said() -> None:
    request = asked("tile=64,128", "padding=same,valid", only=("temperature=5",))
    cells = {(run.cell["padding"], run.cell["tile"]) for run in request.runs}
    assert cells == {("same", 64), ("same", 128), ("valid", 252), ("valid", 316)}
    uncompared, *fitted = request.notes
    assert uncompared.startswith("tile, padding: no contrast of the study file compares these")
    assert [note.partition(",")[0] for note in fitted] == [
        "padding=valid has tile=252 instead of 64",
        "padding=valid has tile=316 instead of 128",
    ]


def test_a_teachers_padding_follows_and_the_request_shows_it() -> None:
    tiles = ("padding=valid", "tile=188", "teacher.tile=252")
    request = asked(sets=tiles)
    assert request.overrides == tuple(sorted((*tiles, "teacher.padding=valid")))
    assert request.record() == asked(sets=(*tiles, "teacher.padding=valid")).record()
    assert any("teacher.padding=valid is set too" in note for note in request.notes)


@pytest.mark.parametrize(
    ("study", "profile", "sets", "fields"),
    [
        (NAME, "smoke", ("padding=valid",), ("tile", "teacher.tile")),
        (NAME, "paper", ("padding=valid",), ("tile", "teacher.tile")),
        (NAME, "smoke", ("tile=100", "teacher.tile=50"), ("tile", "teacher.tile")),
        ("sequential", "laptop", ("padding=valid",), ("tile", "teacher.tile")),
        ("rescue", "laptop", ("padding=valid", "tile=188"), ("teacher.tile",)),
        ("width", "laptop", ("padding=valid",), ("tile",)),
        ("sequential", "smoke", ("start_from.width=4",), ("start_from.width",)),
    ],
)
def test_the_options_at_the_end_of_a_message_are_all_that_lacks(
    study: str, profile: str, sets: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as refusal:
        asked(study=study, profile=profile, sets=sets)
    told, _, options = str(refusal.value).rpartition("; give ")
    added = shlex.split(options)
    assert added[::2] == ["--set"] * len(fields)
    assert tuple(text.partition("=")[0] for text in added[1::2]) == fields
    assert all(f"{field}=" in told for field in fields)
    kept = [text for text in sets if text.partition("=")[0] not in fields]
    assert asked(study=study, profile=profile, sets=(*kept, *added[1::2])).runs


def test_what_has_no_nearest_value_is_named_beside_what_has() -> None:
    with pytest.raises(ConfigError) as refusal:
        asked(sets=("padding=valid", "teacher.padding=same", "lr=-1", "teacher.lr=-2"))
    assert str(refusal.value) == (
        "lr=-1.0: must be a finite number > 0; "
        "tile=64: must be 16 n + 12 and at least 188; nearest: 188; "
        "teacher.lr=-2.0: must be a finite number > 0; "
        "teacher.padding='same': must be the student's 'valid', so that both answer for the same "
        "pixels; teacher.tile=64: must be 16 n + 12 and at least 188; nearest: 188; "
        "give --set tile=188 --set teacher.padding=valid --set teacher.tile=188"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "optimizer=sgd,adam"], "sets one value; --axis optimizer=sgd,adam has a cell"),
        (["--set", "optimzer=sgd,adam"], "(did you mean 'optimizer'?)"),
        (["--axis", "optimzer=sgd,adam"], "(did you mean 'optimizer'?)"),
        (["--axis", "teacher.breadth=1,2"], "unknown field 'breadth'"),
        (["--axis", "optimizer=sgd,rmsprop"], "optimizer='rmsprop': must be one of adam, sgd"),
        (["--axis", "padding=valid,mirror", "--set", "tile=252"], "padding='mirror': must be one"),
        (["--set", "padding=mirror"], "error: padding='mirror': must be one of same, valid\n"),
        (["--axis", "width=2,four"], "width=four: must be a whole number"),
        (["--axis", "width=2,"], "width=: must be a whole number"),
        (["--axis", "width"], "write FIELD=V1,V2, as in --axis width=2,4"),
        (["--axis", "width=4"], "an axis has two values or more; give --set width=4"),
        (["--axis", "width=4,4"], "4 is among its values twice"),
        (["--axis", "width=4,2", "--axis", "width=1,8"], "width was added already; name all"),
        (["--axis", "width=4,2", "--set", "width=8"], "--axis width has its values; leave out one"),
        (["--axis", "temperature=1,5"], "with these values; give --only temperature=1,5"),
        (["--only", "temperature=7"], "--axis temperature=7 adds it"),
        (["--axis", "init_seed=1,2"], "'init_seed' cannot be set; give --seeds instead"),
        (["--axis", "teacher=1,2"], "set its fields, as in --set teacher.width=8"),
        (["--axis", "start_from.width=1,2"], f"the study {NAME} has no start_from"),
        (["--axis", "momentum=0.9,0.5"], "changes no run: momentum needs optimizer='sgd'"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([NAME, *arguments, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_combinations_of_axes_are_not_extended() -> None:
    with pytest.raises(ConfigError, match="certain combinations of this axis"):
        asked("start_from.iterations=7,8", study="sequential")


def test_a_dry_run_knows_the_axes_and_its_hint_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axes = ("--axis", "padding=same,valid", "--only", "temperature=5")
    command = [NAME, "--profile", "smoke", *axes, "--dry-run", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: 8 runs, 0 already" in said
    assert "--axis=padding=same,valid --only=temperature=5" in said.splitlines()[0]
    assert "padding=valid has tile=252 instead of 64" in said
    assert main([*command, "--json"]) == 0
    _, note = json.loads(capsys.readouterr().out)["notes"]
    assert note in said


def test_describe_knows_the_axes(capsys: pytest.CaptureFixture[str]) -> None:
    axes = ("--axis", "optimizer=sgd,adam", "--axis", "temperature=7")
    assert main([NAME, "--describe", "--json", *axes]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["axes"]["optimizer"] == ["sgd", "adam"]
    assert said["axes"]["temperature"][-1] == 7.0
    assert {size["cells"] for size in said["profiles"].values()} == {16}


def test_a_weight_of_1_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    words = [NAME, "--axis=class_weights=1,none", "--dry-run", "--out=nowhere"]
    assert main(words) == 2
    assert "axis 'class_weights': 1.0 and 'none' are one value" in capsys.readouterr().err
