"""A cluster that answers no more is noticed, once, and one that answers is left alone."""

import socket
import threading

import pytest

from study.execution.watch import answers, watching


@pytest.fixture
def server() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def address_of(server: socket.socket) -> str:
    host, port = server.getsockname()
    return f"{host}:{port}"


def test_a_cluster_is_lost_once_it_has_been_silent_for_so_long(server: socket.socket) -> None:
    heard: list[str] = []
    lost = threading.Event()

    def on_lost(reason: str) -> None:
        heard.append(reason)
        lost.set()

    address = address_of(server)
    with watching(address, on_lost, lost_seconds=0.3, look_seconds=0.02):
        assert not lost.wait(1.0), "it answers"
        server.close()
        assert lost.wait(30.0)
    assert heard == [f"the Ray cluster at {address} does not answer any more"]


def test_nothing_is_heard_after_the_end(server: socket.socket) -> None:
    heard: list[str] = []
    with watching(address_of(server), heard.append, lost_seconds=0.0, look_seconds=0.02):
        pass
    server.close()
    threading.Event().wait(0.3)
    assert not heard


def test_an_address_answers_where_something_listens(server: socket.socket) -> None:
    address = address_of(server)
    assert answers(address, 1.0)
    server.close()
    assert not answers(address, 1.0)
