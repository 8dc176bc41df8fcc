"""A command whose output is full, closed, or of few characters ends without a traceback."""

import io
import sys
from collections.abc import Iterator
from typing import TextIO

import click
import pytest

from results import command_line


@click.command()
def speaking() -> None:
    print("within ±0.2")


def run() -> int:
    return command_line.run(speaking, [], "study speaking")


@pytest.fixture
def full() -> Iterator[TextIO]:
    with open("/dev/full", "w") as stream:
        yield stream


def test_a_full_output_is_one_line(
    full: TextIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", full)
    assert run() == 2
    assert capsys.readouterr().err == (
        "error: standard output: cannot be written (No space left on device); make room there, or "
        "send it elsewhere\n"
    )


def test_an_error_of_another_kind_is_not_laid_to_the_output() -> None:
    @click.command()
    def failing() -> None:
        raise OSError(28, "of another disk")

    with pytest.raises(OSError, match="of another disk"):
        command_line.run(failing, [], "study failing")


def test_a_closed_output_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert run() == 0
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, io.TextIOWrapper)
        stream.close()


def test_a_character_that_the_output_has_not_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="ascii"))
    assert run() == 0
    assert content.getvalue() == b"within ?0.2\n"
