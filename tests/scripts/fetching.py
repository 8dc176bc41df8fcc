"""The download as a user calls it, and what it leaves."""

from pathlib import Path

import pytest

from scripts import fetch_epfl
from tests.scripts.publisher import NAMES, Publisher

FIRST = NAMES[0]


def fetch(publisher: Publisher, directory: Path, *options: str) -> int:
    return fetch_epfl.main([str(directory), "--url", publisher.url, *options])


def assert_complete(publisher: Publisher, directory: Path) -> None:
    """The four files as they are at the server, and nothing besides."""
    found = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert found == publisher.files


def the_error(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    text = capsys.readouterr().err
    assert text.startswith("error: ")
    assert text.count("\n") == 1
    return text
