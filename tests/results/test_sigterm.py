"""SIGTERM ends a command as Ctrl-C does, unless somebody else has a handler for it."""

import os
import signal

import pytest

from results.command_line import exit_status
from results.sigterm import sigterm_as_interrupt


def terminated() -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    return 0


@pytest.fixture
def unhandled() -> object:
    """Ray leaves a handler of its own in the process of these tests."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("unhandled")
def test_sigterm_is_told_as_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(terminated, "nothing was written") == 130
    assert capsys.readouterr().err == "\ninterrupted; nothing was written\n"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.usefixtures("unhandled")
def test_the_handler_of_another_stays() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    with sigterm_as_interrupt():
        terminated()
    assert heard == [signal.SIGTERM]
