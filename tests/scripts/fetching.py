"""The download as a user calls it, and what it leaves."""

from pathlib import Path

import pytest

from scripts import fetch_epfl
from tests.scripts.publisher import NAMES, Publisher

FIRST = NAMES[0]


def fetch(publisher: Publisher, directory: Path) -> int:
    return fetch_epfl.main([str(directory), "--url", publisher.url])


def left_in(directory: Path) -> dict[str, bytes]:
    """What lies there, by name, but for the lock."""
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.name != ".download.lock"}


def assert_complete(publisher: Publisher, directory: Path) -> None:
    """The four files as they are at the server, and nothing besides."""
    assert left_in(directory) == publisher.files


def the_error(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    text = capsys.readouterr().err
    assert text.startswith("error: ")
    assert text.count("\n") == 1
    return text
