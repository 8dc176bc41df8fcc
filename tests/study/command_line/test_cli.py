"""The command `study`: one name for every program, its help, its errors, its completion."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from results import command_line
from results.command_line import Program
from results.ledger.ledger import Ledger
from study.cli import GROUP, PROGRAMS, main
from tests.results.examples import study_record
from tests.study.command import REPOSITORY

STUDY = Path(sys.executable).parent / "study"
HEAVY = ("torch", "ray", "pandas", "pyarrow", "rich", "scipy")


def run(*command: str | Path, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, cwd=cwd, timeout=300
    )


def loaded(*arguments: str) -> set[str]:
    """Which heavy packages a process imports until the command has answered."""
    code = (
        "import sys; from study.cli import main; main(sys.argv[1:]); "
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    return set(run(sys.executable, "-c", code, *arguments).stderr.split())


def test_help_fits_a_small_terminal_and_names_every_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 24  # one is the shell's
    assert max(map(len, lines)) <= 80
    for name in PROGRAMS:
        assert any(line.split()[:1] == [name] for line in lines)
    assert any("_STUDY_COMPLETE=bash_source" in line for line in lines)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    assert loaded(option) == set()


def test_planning_loads_neither_torch_nor_ray() -> None:
    assert not loaded("run", "--fields") & {"torch", "ray", "pandas"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_two_names_and_one_definition(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = PROGRAMS[name][0]
    program = importlib.import_module(module).main
    assert isinstance(program, Program)
    assert program.module == module
    assert program(["--help"]) == 0
    direct = capsys.readouterr().out
    assert main([name, "--help"]) == 0
    below = capsys.readouterr().out
    assert direct.startswith(f"Usage: python -m {module} ")
    assert below.startswith(f"Usage: study {name} ")
    assert f"  python -m {module} " in direct.partition("example")[2]
    assert f"  study {name} " in below.partition("example")[2]
    assert f"python -m {module}" not in below
    assert "exit status: 0" in below
    for parameter in program.params:
        assert parameter.help, parameter.name  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a command: run, plan, screen, status, "),
        (["runs"], "no command 'runs' (did you mean 'run'?); see study --help"),
        (["--versoin"], "no option '--versoin' (did you mean '--version'?); see study --help"),
        (["run", "--seds", "3"], "no option '--seds' (did you mean '--seeds'?); see study run --"),
        (["run", "width", "--retries", "x"], "--retries x: must be a whole number, 0 or more; see"),
        (
            ["run", "width", "--foreground"],
            "option '--foreground' requires an argument; see study run --help",
        ),
        (["check"], "OUT is missing; see study check --help"),
        (["merge", "here"], "--out is missing; see study merge --help"),
        (["report", "width", "--format", "pdf"], "--format 'pdf' is not one of 'text', 'csv'"),
        (["plan", "widht"], "no study 'widht' (did you mean 'width'?)"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith(f"error: {said}")
    assert errors.count("\n") == 1


def test_the_version_names_the_commit_of_a_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    alone = capsys.readouterr().out
    assert main(["run", "--version"]) == 0
    assert capsys.readouterr().out == alone
    assert alone.startswith(f"stochasticity-study {metadata.version('stochasticity-study')}")
    commit = run("git", "rev-parse", "HEAD").stdout.strip()
    assert f"(commit {commit[:12]}" in alone


def completed(*words: str) -> list[str]:
    """What the shell offers for the last of these words after `study`."""
    complete = ShellComplete(GROUP, {}, "study", "_STUDY_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


def test_completion_knows_programs_studies_axes_fields_and_options() -> None:
    assert completed("re") == ["report"]
    assert completed("run", "temp") == ["temperature", "temperature_seeds"]
    assert completed("run", "width", "--until") == ["--until-width", "--until-decided"]
    assert completed("run", "reruns", "--only", "") == ["width=2,1"]
    assert completed("run", "reruns", "--set", "mom") == ["momentum="]
    assert completed("run", "reruns", "--set", "optimizer=") == ["optimizer=adam", "optimizer=sgd"]
    assert completed("run", "reruns", "--axis", "mom") == ["momentum="]
    assert completed("run", "reruns", "--axis", "optimizer=") == ["optimizer=adam,sgd"]
    only = completed("run", "reruns", "--axis", "lr=1,2", "--only", "")
    assert only == ["width=2,1", "lr=1,2"]
    assert completed("run", "reruns", "--profile", "") == ["smoke", "laptop", "paper"]
    assert completed("plan", "--profile", "l") == ["laptop"]
    assert completed("plan", "reruns", "--set", "flips=") == ["flips=true", "flips=false"]


def test_completion_knows_what_was_requested(tmp_path: Path) -> None:
    Ledger(str(tmp_path)).put_study(study_record([({"width": 2}, 1, "a")]))
    assert completed("report", "--out", str(tmp_path), "") == ["widths"]
    assert completed("status", "--out", str(tmp_path), "wi") == ["widths"]
    assert completed("report", "--out", str(tmp_path / "nowhere"), "") == []
    assert completed("report", "--out", "nowhere://x", "") == []


def test_the_console_command_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"study": "study.cli:main"}
    module, _, name = project["scripts"]["study"].partition(":")
    assert getattr(importlib.import_module(module), name) is main
    assert isinstance(GROUP, click.Group)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            [STUDY],
            marks=pytest.mark.skipif(not STUDY.exists(), reason="installed before there was one"),
        ),
        [sys.executable, "-m", "study"],
    ],
)
def test_it_runs_as_a_process(command: list[str | Path]) -> None:
    done = run(*command, "run", "--list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "temperature_seeds" in done.stdout
    done = run(*command, "run", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no study 'nothing'")


def folder_of_namesakes(folder: Path) -> Path:
    for name in ("results", "study", "core", "searchspaces"):
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong file')\n")
    return folder


@pytest.mark.skipif(not STUDY.exists(), reason="installed before there was one")
def test_files_of_the_user_with_the_names_of_our_packages_do_no_harm(tmp_path: Path) -> None:
    done = run(STUDY, "run", "width", "--describe", cwd=folder_of_namesakes(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "8 cells" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not STUDY.exists(), reason="installed before there was one")
def test_nor_do_they_in_the_processes_that_train(tmp_path: Path) -> None:
    options = ("--profile", "smoke", "--only", "width=1", "--seeds", "1", "--out", "out", "--json")
    done = run(STUDY, "run", "reruns", *options, cwd=folder_of_namesakes(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["outcome"]


def test_python_m_names_the_file_that_hides_a_package(tmp_path: Path) -> None:
    (tmp_path / "results.py").write_text("")
    done = run(sys.executable, "-m", "study.run", "--list", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path / 'results.py'}: hides this program's package")
    assert done.stderr.count("\n") == 1


def test_bash_completes(tmp_path: Path) -> None:
    """What `eval "$(_STUDY_COMPLETE=bash_source study)"` asks for at every tab."""
    if not (STUDY.exists() and shutil.which("bash")):
        pytest.skip("needs bash and the installed command")
    words = {"COMP_WORDS": "study run temperature_s", "COMP_CWORD": "2"}
    environment = {**os.environ, **words, "_STUDY_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [STUDY], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.stdout.split() == ["plain,temperature_seeds"]


def test_a_signal_while_a_program_is_imported_is_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def importing() -> None:
        raise KeyboardInterrupt

    assert command_line.run(importing, [], "study importing") == 130
    assert "interrupted; nothing was begun" in capsys.readouterr().err
