"""Studies whose cells are a fraction of their grid: what runs, what is said, what is refused."""

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from results.ledger.study_record import read_study_record
from results.statistics.methods.main_effect_power import main_effect_power
from searchspaces.axes import Axis
from study.definition import Contrast, Equivalence
from study.discovery import find_study
from study.plan import main as plan
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main

SOURCE = PhantomSource()
FACTORIAL = find_study("factorial")
SEED = ((0, 0),)


def asked(profile: str = "laptop", **options: object) -> StudyRequest:
    return request_study(FACTORIAL, SOURCE, profile, **({"seeds": SEED} | options))  # type: ignore[arg-type]


def cells(request: StudyRequest) -> list[tuple[object, ...]]:
    return list(dict.fromkeys(tuple(planned.cell.values()) for planned in request.runs))


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
def test_the_factorial_has_sixteen_balanced_cells_of_twenty_seeds(profile: str) -> None:
    request = request_study(FACTORIAL, SOURCE, profile)
    assert (len(request.runs), len(request.distinct)) == (320, 321)  # and the teacher
    found = cells(request)
    assert len(found) == 16
    for one, other in combinations(range(5), 2):
        assert set(Counter((cell[one], cell[other]) for cell in found).values()) == {4}


@pytest.mark.parametrize("profile", ["laptop", "paper"])
def test_its_runs_are_runs_of_the_full_grid(profile: str) -> None:
    whole = {run.config.run_id: run.cell for run in asked(profile, full=True).runs}
    for run in asked(profile).runs:
        assert whole[run.config.run_id] == run.cell


def test_the_full_grid_of_a_profile_is_what_it_was() -> None:
    assert len(cells(asked("laptop", full=True))) == 5 * (1 + 2 * 5) * 3 * 2
    assert len(cells(asked("smoke", full=True))) == 20
    assert len(cells(asked("smoke", full=True, only=("width=16",)))) == 10


def test_a_further_axis_crosses_the_fraction() -> None:
    request = asked(axes=("lr=1e-3,1e-2",))
    found = cells(request)
    assert len(found) == 32
    assert {cell[1:] for cell in found if cell[0] == 1e-3} == set(cells(asked()))
    assert request.notes == ()
    assert len(asked(axes=("lr=1e-3,1e-2,1e-1",)).notes) == 1  # three values have no main effect


def test_both_levels_of_a_factor_are_no_choice() -> None:
    assert asked(only=("width=1,4",)).runs == asked().runs
    assert cells(asked(sets=("lr=0.01",))) == cells(asked())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"only": ("width=1",)},
            "--only width=1: factorial is a 2^(5-1) design, which has the levels 4, 1 of width, "
            "both or none; give --full too, which has all cells of the grid",
        ),
        ({"only": ("temperature=1,5",)}, "has the levels 1, 10 of temperature, both or none"),
        ({"axes": ("width=3",)}, "--axis width=3: factorial is a 2^(5-1) design"),
        ({"sets": ("width=3",)}, "--set width=3: 'width' is an axis of the study"),
    ],
)
def test_a_part_of_a_fraction_is_refused(options: dict, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        asked(**options)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_each_factor_must_matter_in_every_cell() -> None:
    inert = replace(FACTORIAL, levels={**FACTORIAL.levels, "soft_weight": (0.0, 0.5)})
    with pytest.raises(ConfigError) as error:
        request_study(inert, SOURCE, "laptop", seeds=SEED)
    assert str(error.value).startswith("factorial: temperature: changes nothing at width=4")
    assert "soft_weight=0" in str(error.value)
    assert str(error.value).endswith("choose other levels, or give --full")
    assert request_study(inert, SOURCE, "laptop", seeds=SEED, full=True).runs


def test_a_profile_translates_levels() -> None:
    laptop = replace(FACTORIAL.profiles["laptop"], instead={"width": {1: 2}})
    study = replace(FACTORIAL, profiles={**FACTORIAL.profiles, "laptop": laptop})
    request = request_study(study, SOURCE, "laptop", seeds=SEED)
    assert {planned.cell["width"] for planned in request.runs} == {4, 2}
    assert request.record().levels["width"] == (4, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"design": "2^(4-1)"}, "design='2^(4-1)': is of 4 factors, and there are 5 axes"),
        ({"levels": {}}, "levels: width has [16, 8, 4, 2, 1], and a factor has two"),
        ({"levels": {**FACTORIAL.levels, "lr": (1, 2)}}, "levels: 'lr' is no axis"),
        ({"design": ""}, "go with a design"),
        (
            {"contrasts": (Contrast("Is it so?", {"width": 1}, {"width": 4}),)},
            "contrasts with design='2^(5-1)': a fraction has no two cells that differ in one axis",
        ),
        ({"equivalences": (Equivalence("Is it?", "width", 0.2),)}, "equivalences with design="),
        ({"combinations": ({"width": 1},)}, "combinations with design="),
        ({"axes": (Axis("width", (4, 1)), Axis("lr", (0.1, 0.2)))}, "must be 2^(k-p)"),
    ],
)
def test_a_design_that_does_not_fit_is_refused_with_the_file(changes: dict, said: str) -> None:
    if "axes" in changes:
        changes = changes | {"interactions": (), "design": "half", "levels": {}}
    with pytest.raises(ConfigError) as error:
        replace(FACTORIAL, **changes)
    assert str(error.value).startswith("study 'factorial': ")
    assert said in str(error.value)


def test_the_ledger_remembers_the_design_and_grids_have_the_ids_they_had() -> None:
    record = asked().record()
    assert record.design == "2^(5-1): E=ABCD"
    assert record.levels["batch_norm"] == ("none", "all")
    again = read_study_record(json.dumps(record.to_json()).encode())
    assert again == record
    assert again.request_id == record.request_id
    whole = asked(full=True).record()
    assert not {"design", "levels"} & set(whole.to_json())
    assert whole.setting != record.setting


def test_describe_and_dry_run_say_design_resolution_and_the_full_grid(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["factorial", "--describe"]) == 0
    said = capsys.readouterr().out
    assert "axis width: 4, 1\n" in said
    assert "design: 2^(5-1): E=ABCD (A width, B temperature, C soft_weight," in said
    assert "resolution V: main effects and two-factor interactions are clear of each other" in said
    assert main(["factorial", "--describe", "--full", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["design"] is None
    out = ["--dry-run", "--out", str(tmp_path / "out")]
    assert main(["factorial", *out]) == 0
    assert "factorial: 321 runs" in capsys.readouterr().out
    assert main(["factorial", *out, "--full", "--seeds", "10"]) == 0
    said = capsys.readouterr().out
    assert "factorial: 3301 runs" in said
    assert "--full` measures it" in said
    assert main(["rescue", *out, "--full"]) == 2
    error = capsys.readouterr().err
    assert error == (
        "error: --full: rescue has all cells of its grid anyway; leave the option out\n"
    )


def test_a_dry_run_says_the_power_for_a_main_effect_or_the_seeds_that_lack(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["factorial", "--dry-run", "--json", "--out", str(tmp_path / "out")]
    found = {}
    for seeds in ("8", "9", "20"):
        assert main([*command, "--seeds", seeds]) == 0
        (found[seeds],) = json.loads(capsys.readouterr().out)["main_effects"]
    assert found["8"] == (
        "With 8 seeds no main effect can be shown (7 tests), even if all seeds agree: --seeds 9 or "
        "more."
    )
    assert found["9"].startswith("With 9 seeds a factor whose level takes the rate from 30% to 10%")
    power = float(found["20"].partition("power ")[2].split()[0])
    assert 0.75 < power < 0.95
    assert "Holm's correction for 7 tests" in found["20"]
    assert main([*command, "--full"]) == 0
    assert json.loads(capsys.readouterr().out)["main_effects"] == []


def test_a_plan_says_the_seeds_for_a_main_effect_by_the_test_that_reports_use(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["factorial", "--no-probe", "--json", "--out", str(tmp_path / "out")]
    assert plan(command) == 0
    rows = json.loads(capsys.readouterr().out)["questions"]
    (row,) = (row for row in rows if row["question"].startswith("show a main effect"))
    assert "from 30% to 10%" in row["question"]
    assert "sign-flip test over seeds, Holm's correction for 7 tests" in row["question"]
    assert row["runs"] == 16 * row["seeds"] + 1
    seeds = row["seeds"]
    assert main_effect_power(0.3, 0.1, seeds, 16, tests=7) >= 0.8
    assert main_effect_power(0.3, 0.1, seeds - 5, 16, tests=7) < 0.8
    # Every run takes part in each effect, so it takes far fewer seeds than two cells alone do.
    assert seeds < rows[1]["seeds"] / 2
    assert plan([*command, "--full"]) == 0
    assert "main effect" not in capsys.readouterr().out
