"""Wrong usage: exit status 2, one clear line, no traceback, nothing written."""

import json
from pathlib import Path

import click
import pytest
from torch.cuda import device_count

from results.statistics.methods.power import paired_power
from results.statistics.methods.strata_power import strata_power
from study.command_line.options import HEADINGS
from study.run import main

NAME = "temperature_seeds"
DEAR = """
from dataclasses import replace
from study.catalogue.temperature_seeds import STUDY as TABLE_3
from study.profiles import usual_profiles

profiles = usual_profiles(smoke={"only": {"temperature": (1.0, 5.0)}})
STUDY = replace(TABLE_3, name="dear", profiles=profiles)
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a study: batch_norm, batch_norm_curve, born_dead"),
        (
            ["temperature_seed"],
            "(did you mean 'temperature_seeds'?); known: batch_norm, batch_norm_curve, born_dead",
        ),
        ([NAME, "--data", "/no/such/place"], "/no/such/place: no such directory"),
        ([NAME, "--profile", "desktop"], "smoke, laptop, paper"),
        ([NAME, "--seeds", "none"], "--seeds none"),
        ([NAME, "--seeds", ""], "--seeds"),
        ([NAME, "--seeds", "100000x100000"], "more than 10000"),
        ([NAME, "--data", ""], "--data: is empty"),
        ([NAME, "--profile", ""], "--profile: is empty; leave it out for the default"),
        ([NAME, "--describe", "--dry-run"], "--describe and --dry-run: exclude each other; give"),
        (["--list", "--fields"], "--list and --fields: exclude each other; give one of them"),
        ([NAME, "--set", "LR=0.1"], "unknown field 'LR' (did you mean 'lr'?)"),
        ([NAME, "--cpus-per-trial", "1e6"], "--cpus-per-trial 1e+06: this machine has"),
        (
            [NAME, "--gpus-per-trial", f"{device_count() + 0.5:g}", "--dry-run"],
            f"-per-trial {device_count() + 0.5:g}: this machine has {device_count()}; give as many",
        ),
        ([NAME, "--address", "127.0.0.1:1"], "--address 127.0.0.1:1: nothing accepts connections"),
        ([NAME, "--address", "ray://[::1]:99999999"], "99999999: nothing accepts connections"),
        ([NAME, "--engine", "torch", "--pack", "4"], "--pack 4: is for the engine lanes"),
        ([NAME, "--pack", "17"], "17"),
        ([NAME, "--engine", "jax"], "'jax'"),
        ([NAME, "--out", ""], "--out: is empty"),
        ([NAME, "--out", "a\0b", "--dry-run"], r"--out a\x00b: no path holds a null character"),
        ([NAME, "--out", "/etc/passwd/x", "--dry-run"], "/etc/passwd is a file"),
        ([NAME, "--only", "temperature=4"], "not among temperature's values"),
        ([NAME, "--only", "temperature=1", "--only", "temperature=5"], "restricted already"),
        ([NAME, "--only", "temperature=1,1"], "the value 1.0 is listed twice"),
        ([NAME, "--set", "lr=0.1", "--set", "lr=0.2"], "lr was set already"),
        ([NAME, "--set", "temperature=4"], "--only"),
        ([NAME, "--set", "lr=-1"], "lr=-1.0: must be a finite number > 0"),
        ([NAME, "--set", "teacher.nothing=1"], "unknown field 'nothing'; `study run --fields`"),
        ([NAME, "--set", "momentun=0.5"], "(did you mean 'momentum'?)"),
        ([NAME, "--only", "temprature=1"], "(did you mean 'temperature'?)"),
        ([NAME, "--set", "objective=hard"], "temperature needs objective='soft' or 'mixed'"),
        ([NAME, "--seeds", "3,4,3"], "seed 3 is listed twice"),
        ([NAME, "--seeds", "9-0"], "write 0-9"),
        ([NAME, "--sets", "lr=1"], "no option '--sets' (did you mean '--set'?); see python -m"),
        (
            [NAME, "--seeds"],
            "option '--seeds' requires an argument; see python -m study.run --help",
        ),
        ([NAME, "--bogus"], "no option '--bogus'; see python -m study.run --help"),
        ([NAME, "--teacher-seed=1"], "(did you mean '--teacher-seeds'?)"),
        ([NAME, "--no-describe"], "(did you mean '--describe'?)"),
        ([NAME, "--validation-gap", "9" * 30], "0 or more, of at most 9 digits; see"),
        ([NAME, "--out", "/proc/foo", "--dry-run"], "--out /proc/foo: cannot be written ("),
        ([NAME, "--set", "tile=250"], "nearest: 240, 256"),
        ([NAME, "--set", "tile=512"], "tile=512 is larger than the slice, 256 x 256"),
        ([NAME, "--out", "nowhere://bucket"], "nowhere://bucket: not a usable location"),
    ],
)
def test_wrong_usage_is_one_line_and_writes_nothing(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_cluster_may_have_what_this_machine_has_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gpus = ("--gpus-per-trial", f"{device_count() + 1}", "--address", "10.0.0.1:6379")
    assert main([NAME, *gpus, "--dry-run", "--out", str(tmp_path / "out")]) == 0
    assert "profile paper" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--cpus-per-trial", "--gpus-per-trial"])
@pytest.mark.parametrize("value", ["-1", "nan", "many", "inf"])
def test_resources_are_numbers(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([NAME, f"{option}={value}"]) == 2
    assert option in capsys.readouterr().err


def test_a_directory_with_a_missing_file_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([NAME, "--data", str(tmp_path)]) == 2
    assert "training.tif: no such file" in capsys.readouterr().err


def test_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([NAME, "--dry-run", "--out", str(tmp_path / "outputs")]) == 0
    assert "22 runs, 0 already" in (said := capsys.readouterr().out)
    assert "expected time on" in said
    assert said.splitlines()[0].endswith("measures it)")
    assert "profile laptop (1000 iterations, teacher 1500)" in said
    assert not list(tmp_path.iterdir())


def test_what_so_few_seeds_cannot_answer_is_said_before_they_are_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(seeds: str) -> list[str]:
        out = str(tmp_path / "outputs")
        assert main([NAME, "rescue", "--seeds", seeds, "--dry-run", "--json", "--out", out]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["study"] for line in lines] == [NAME, "rescue"]
        return [sentence for line in lines for sentence in line["too_few_seeds"]]

    independent = (
        " seeds equivalence within ±0.2 cannot be shown, even if all seeds agree: --seeds 14 or "
        "more for 'Is collapse independent of the temperature?' and 'Is success independent of the "
        "temperature?'."
    )
    assert told("5") == [
        "With 5 seeds no contrast can show a difference (1 test), even if every seed differs: "
        "--seeds 6 or more.",
        f"With 5{independent}",
        "With 5 seeds no contrast can show a difference (3 tests), even if every seed differs: "
        "--seeds 7 or more.",
    ]
    assert told("10") == [f"With 10{independent}"]
    assert told("14") == []


def test_power_is_said_for_the_test_that_will_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight seeds and three tests, each over two strata or more: little would decide, and nothing
    is too few."""
    assert main(["rescue", "--seeds", "8", "--dry-run", "--json", "--out", str(tmp_path)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["too_few_seeds"] == []
    alone, corrected = (strata_power(0.3, 0.1, 8, 2, level) for level in (0.05, 0.05 / 3))
    assert report["power"] == [
        f"8 seeds tell 30% from 10% with power {alone:.2f} or more, after Holm's correction for 3 "
        f"tests on the safe side {corrected:.2f} (test by whole seeds over 2 strata, simulated "
        "with up to 80% of the variance the seed's)."
    ]


def test_power_of_one_pair_of_cells_is_that_of_the_exact_paired_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(seeds: str) -> str:
        command = ["temperature_seeds", "--seeds", seeds, "--dry-run", "--json"]
        assert main([*command, "--out", str(tmp_path)]) == 0
        (sentence,) = json.loads(capsys.readouterr().out)["power"]
        return sentence

    begin = f"8 seeds tell 30% from 10% with power {paired_power(0.3, 0.1, 8):.2f}"
    independent = "(exact paired test, where a seed that collapses in one cell says nothing of the"
    assert told("8").startswith(begin)
    assert told("8").endswith(f"{independent} other).")
    crossed = told("8x3")
    assert crossed.startswith(begin)
    assert independent in crossed
    assert "of one run a seed in each cell, while contrasts are clustered by each of " in crossed
    assert "8 seeds x 3 data seeds, and their power depends on which of these decides" in crossed


def test_what_cannot_be_decided_counts_every_test_and_what_is_not_asked_for_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> list[str]:
        assert main([*arguments, "--dry-run", "--json", "--out", str(tmp_path / "outputs")]) == 0
        return json.loads(capsys.readouterr().out)["too_few_seeds"]

    (sentence,) = told("rescue", "--seeds", "6")
    assert "(3 tests)" in sentence
    assert sentence.endswith("--seeds 7 or more.")
    assert told("rescue", "--seeds", "7") == []
    (sentence,) = told("rescue", "--seeds", "7x3")
    assert sentence == (
        "With 7 seeds x 3 data seeds no contrast can show a difference (3 tests), as it is "
        "clustered by each: that takes 4 or more of every kind."
    )
    assert told("rescue", "--seeds", "7x4") == []
    assert told("rescue", "--seeds", "6", "--only", "objective=soft") != []
    alone = told(NAME, "--seeds", "12", "--only", "temperature=3")
    assert [one.partition("' is left out, because ")[2] for one in alone] == [
        "--only leaves out temperature=10 and temperature=1.",
        *["--only leaves out all but one temperature."] * 2,
    ]
    (tmp_path / "dear.py").write_text(DEAR)
    by_profile = told(str(tmp_path / "dear.py"), "--profile", "smoke")[0]
    assert by_profile.endswith("is left out, because profile smoke leaves out temperature=10.")


@pytest.mark.parametrize("more", [(), ("--until-width", "0.4")])
def test_a_place_that_cannot_be_written_is_all_that_is_said(
    more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([NAME, "--profile", "smoke", "--out", "/proc/x", *more]) == 2
    assert capsys.readouterr() == (
        "",
        "error: --out /proc/x: cannot be written (No such file or directory); make room there, or "
        "name another place\n",
    )


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("python -m study.run temperature_seeds --data" in line for line in lines)
    assert [line[:-1] for line in lines if line[:-1] in HEADINGS.values()] == [*HEADINGS.values()]
    named = [line.split()[0] for line in lines if line.startswith("  --")]
    options = [p.opts[0] for p in main.params if isinstance(p, click.Option)]
    assert named == options
