"""A server to download from."""

from collections.abc import Iterator

import pytest

from scripts import download
from tests.scripts.publisher import Publisher, published


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setattr(download, "WAITS", (0.01, 0.01))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with published() as server:
        yield server
