"""Whatever is typed: an answer or one line of error, no traceback, and nothing is written."""

import contextlib
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import DEFAULTS
from study import status
from study.discovery import catalogue_names
from study.run import main

TEXT = st.text(max_size=12)
FIELDS = st.sampled_from([*DEFAULTS, "teacher.width", "start_from.lr", "teacher.teacher.lr", ""])
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["1e400", "-0", "0x10", "1_000", "١", "9" * 400, "__import__('os')", "nan"]),
)
VALUES = st.one_of(TEXT, NUMBERS, st.lists(NUMBERS, max_size=3).map(",".join))
ASSIGNMENTS = st.one_of(TEXT, st.builds("{}={}".format, FIELDS, VALUES))
OPTIONS = st.one_of(
    st.tuples(st.sampled_from(["--set", "--only"]), ASSIGNMENTS),
    st.tuples(
        st.just("--seeds"), st.one_of(TEXT, NUMBERS, st.builds("{}x{}".format, NUMBERS, TEXT))
    ),
    st.tuples(st.sampled_from(["--data", "--out", "--profile", "--address", "--foreground"]), TEXT),
    st.tuples(
        st.sampled_from(
            [
                "--cpus-per-trial",
                "--gpus-per-trial",
                "--retries",
                "--max-failures",
                "--checkpoint-every",
            ]
        ),
        st.one_of(TEXT, NUMBERS),
    ),
    st.sampled_from([("--json",), ("--quiet",), ("--stop-dead",), ("--keep-state",), ("--lis",)]),
)
STUDIES = st.one_of(st.sampled_from([*catalogue_names(), "study/catalogue/width.py"]), TEXT)


def run_in(
    folder: Path, command: list[str], run: Callable[[Sequence[str]], int] = main
) -> tuple[int, str]:
    """Exit status and standard error of a command in an empty working directory."""
    errors, before = io.StringIO(), Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            exit_status = run(command)
    finally:
        os.chdir(before)
    assert isinstance(exit_status, int)
    return exit_status, errors.getvalue()


@given(study=STUDIES, options=st.lists(OPTIONS, max_size=3))
@settings(deadline=None, max_examples=150)
def test_study_run(
    tmp_path_factory: pytest.TempPathFactory, study: str, options: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("typed")
    command = [study, "--dry-run", *(part for option in options for part in option)]
    exit_status, errors = run_in(folder, command)
    assert exit_status in (0, 2)
    assert "Traceback" not in errors
    if exit_status == 2:
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
    assert list(folder.iterdir()) == []


@given(options=st.lists(st.one_of(TEXT, st.sampled_from(["--out", "--json", "."])), max_size=4))
@settings(deadline=None, max_examples=100)
def test_study_status(tmp_path_factory: pytest.TempPathFactory, options: list[str]) -> None:
    folder = tmp_path_factory.mktemp("typed")
    exit_status, errors = run_in(folder, options, status.main)
    assert exit_status in (0, 2)
    assert "Traceback" not in errors
    assert list(folder.iterdir()) == []
