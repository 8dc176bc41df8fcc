"""A cluster that answers no more is noticed, once, and one that answers is left alone."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from study.execution.lost_cluster import answers, watching
from tests.study.command import REPOSITORY


@pytest.fixture
def server() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def address_of(server: socket.socket) -> str:
    host, port = server.getsockname()
    return f"{host}:{port}"


def test_a_cluster_is_lost_once_it_has_been_silent_for_so_long(server: socket.socket) -> None:
    heard: list[bool] = []
    lost = threading.Event()

    def on_lost() -> None:
        heard.append(True)
        lost.set()

    address = address_of(server)
    with watching(address, on_lost, lost_seconds=0.3, look_seconds=0.02):
        assert not lost.wait(1.0), "it answers"
        server.close()
        assert lost.wait(30.0)
        threading.Event().wait(0.3)
    assert heard == [True]


def test_nothing_is_heard_after_the_end(server: socket.socket) -> None:
    heard: list[bool] = []
    with watching(
        address_of(server), lambda: heard.append(True), lost_seconds=0.0, look_seconds=0.02
    ):
        pass
    server.close()
    threading.Event().wait(0.3)
    assert not heard


def test_an_address_answers_where_something_listens(server: socket.socket) -> None:
    address = address_of(server)
    assert answers(address, 1.0)
    server.close()
    assert not answers(address, 1.0)


ENDING = """
import os, sys
from study.execution.lost_cluster import last_words
with last_words("1.2.3.4:5", sys.argv[1], "start again"):
    if sys.argv[2] == "ended":
        os._exit(1)
"""


@pytest.mark.parametrize(
    ("how", "node", "said"),
    [
        ("ended", "gone", "stopped: cluster lost: the Ray cluster at 1.2.3.4:5 does not answer any "
         "more; start again\n"),
        ("ended", "ending", "stopped: cluster lost: the Ray cluster at 1.2.3.4:5 does not answer "
         "any more; start again\n"),
        ("ended", "there", ""),
        ("by itself", "gone", ""),
    ],
)  # fmt: skip
def test_what_ray_ends_without_a_word_is_explained(
    how: str, node: str, said: str, tmp_path: Path
) -> None:
    """But not what someone has killed while the cluster is there, nor what ends by itself."""
    path = str(tmp_path / "raylet")
    with socket.socket(socket.AF_UNIX) as raylet:
        if node != "gone":
            raylet.bind(path)
            raylet.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", ENDING, path, how],
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
            text=True,
        )
        status = process.wait()
        if node == "ending":  # it outlives the command by a moment
            threading.Event().wait(0.5)
            raylet.close()
        assert process.stderr is not None
        with process.stderr as errors:  # until the witness has ended too
            assert errors.read() == said
    assert status == (1 if how == "ended" else 0)
