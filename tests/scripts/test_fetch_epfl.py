"""The download as a user runs it, against a real server that does what servers do."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request

import pytest

from core.data.sources import open_source
from scripts import fetch_epfl
from scripts.web import WebRedirects
from tests.scripts.fetching import FIRST, assert_complete, fetch, the_error
from tests.scripts.publisher import (
    MODIFIED,
    NAMES,
    Misbehaviour,
    Publisher,
    announce,
    cut,
    cut_at_once,
    ignore_if_range,
    ignore_range,
    page,
    stall,
    status,
    unannounced,
    volume,
)

REPOSITORY = Path(__file__).parents[2]


def leave_half(publisher: Publisher, directory: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Bytes of the first file that a cut connection has left."""
    publisher.next = [cut]
    assert fetch(publisher, directory, "--retries", "0") == 1
    assert f"kept for the next attempt: {FIRST}.part" in the_error(capsys)
    assert not (directory / FIRST).exists()
    publisher.asked.clear()
    return (directory / f"{FIRST}.part").stat().st_size


def test_the_publisher_is_epfl() -> None:
    assert f"{fetch_epfl.BASE}/{fetch_epfl.NAMES[0]}" == (
        "https://documents.epfl.ch/groups/c/cv/cvlab-unit/www/data/"
        "%20ElectronMicroscopy_Hippocampus/training.tif"
    )
    assert fetch_epfl.NAMES == NAMES


def test_four_files_arrive_and_can_be_used(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "new" / "a b"
    assert fetch(publisher, directory) == 0
    assert_complete(publisher, directory)
    assert open_source(str(directory)).slice_shape() == (128, 128)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == f"the four files are in {directory}; use them with:"
    assert lines[-1] == f"python -m study.run temperature_seeds --data '{directory}'"


def test_complete_files_are_left_alone_and_named(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = volume(99, compression="zlib")
    (tmp_path / FIRST).write_bytes(own)
    assert fetch(publisher, tmp_path) == 0
    assert f"{FIRST}: already there" in capsys.readouterr().out
    assert (tmp_path / FIRST).read_bytes() == own
    publisher.asked.clear()
    assert fetch(publisher, tmp_path) == 0
    assert capsys.readouterr().out.count("already there") == 4
    assert publisher.asked == []


@pytest.mark.parametrize("options", [{"bigtiff": True}, {"byteorder": ">"}], ids=str)
def test_every_kind_of_tiff_is_one(
    publisher: Publisher, tmp_path: Path, options: dict[str, bool]
) -> None:
    publisher.files = {name: volume(1, **options) for name in NAMES}
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


def test_a_cut_connection_is_resumed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.next = [cut, cut]
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)
    size, tag = len(publisher.files[FIRST]), publisher.describe(FIRST)["ETag"]
    half = size // 2
    assert publisher.asked[:3] == [
        (FIRST, None, None),
        (FIRST, f"bytes={half}-", tag),
        (FIRST, f"bytes={half + (size - half) // 2}-", tag),
    ]


def test_the_next_command_resumes(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = leave_half(publisher, tmp_path, capsys)
    assert half == len(publisher.files[FIRST]) // 2
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[0][:2] == (FIRST, f"bytes={half}-")
    assert_complete(publisher, tmp_path)


def test_a_silent_server_is_left_and_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.next = [stall]
    started = time.monotonic()
    assert fetch(publisher, tmp_path, "--timeout", "0.3") == 0
    assert time.monotonic() - started > 0.3
    assert publisher.asked[1][1] is not None
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize("first", [cut_at_once, status(500), status(503)])
def test_a_passing_trouble_is_retried(
    publisher: Publisher, tmp_path: Path, first: Misbehaviour
) -> None:
    publisher.next = [first, first]
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


def test_a_lasting_trouble_is_an_error(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.always = status(500)
    assert fetch(publisher, tmp_path, "--retries", "2") == 1
    error = the_error(capsys)
    assert "500 Internal Server Error" in error
    assert "3 attempt" in error
    assert len(publisher.asked) == 3


def test_a_server_that_ignores_range_restarts_the_file(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.next = [cut, ignore_range]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1][1] is not None
    assert "fetched anew" in capsys.readouterr().out
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize("server", [None, ignore_range, ignore_if_range])
@pytest.mark.parametrize("change", [volume(50), volume(50, compression="zlib")], ids=len)
def test_two_versions_are_never_glued(
    publisher: Publisher,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    server: Misbehaviour | None,
    change: bytes,
) -> None:
    leave_half(publisher, tmp_path, capsys)
    publisher.files[FIRST] = change
    publisher.always = server
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(
    ("validators", "tag"),
    [(("Last-Modified",), MODIFIED), (("weak", "Last-Modified"), MODIFIED)],
)
def test_without_a_strong_etag_the_date_decides(
    publisher: Publisher, tmp_path: Path, validators: tuple[str, ...], tag: str
) -> None:
    publisher.validators, publisher.next = validators, [cut]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1][2] == tag
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize("validators", [("weak",), ()])
def test_what_cannot_be_told_apart_is_not_resumed(
    publisher: Publisher, tmp_path: Path, validators: tuple[str, ...]
) -> None:
    publisher.validators, publisher.next = validators, [cut]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1] == (FIRST, None, None)
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"url": "http://elsewhere.example/", "size": null, "tag": "\\"x\\""}',
        '{"url": URL, "size": 3, "tag": "\\"x\\""}',
        '{"url": URL, "size": true, "tag": "\\"x\\""}',
        '{"url": URL, "size": null, "tag": "x\\r\\nHost: elsewhere.example"}',
        '{"url": URL, "size": null, "tag": 1}',
    ],
    ids=range(8),
)
def test_a_note_that_says_nothing_restarts_the_file(
    publisher: Publisher, tmp_path: Path, note: str
) -> None:
    (tmp_path / f"{FIRST}.part").write_bytes(b"II*\0 of something else")
    text = note.replace("URL", json.dumps(f"{publisher.url}/{FIRST}"))
    (tmp_path / f"{FIRST}.part.json").write_text(text)
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[0] == (FIRST, None, None)
    assert_complete(publisher, tmp_path)


def test_a_whole_part_is_only_named(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_half(publisher, tmp_path, capsys)
    (tmp_path / f"{FIRST}.part").write_bytes(publisher.files[FIRST])
    assert fetch(publisher, tmp_path) == 0
    assert FIRST not in [name for name, _, _ in publisher.asked]
    assert_complete(publisher, tmp_path)


def test_a_web_page_never_becomes_a_volume(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.always = page
    assert fetch(publisher, tmp_path) == 1
    assert "not a TIFF, it begins with b'<!DOCTYPE html>" in the_error(capsys)
    assert len(publisher.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_web_page_does_not_cost_what_has_arrived(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = leave_half(publisher, tmp_path, capsys)
    publisher.next = [page]
    assert fetch(publisher, tmp_path) == 1
    assert f"kept for the next attempt: {FIRST}.part" in the_error(capsys)
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1][1] == f"bytes={half}-"
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (status(404), "404 Not Found"),
        (status(403), "403 Forbidden"),
        (status(401), "401 Unauthorized"),
        (status(204), "204 No Content"),
        (status(206), "206 Partial Content"),
        (status(302, Location="file:///etc/passwd"), "'file:///etc/passwd', which is not followed"),
        (status(301, Location="ftp://127.0.0.1/training.tif"), "which is not followed"),
        (status(302, Location="http://[/"), "cannot be asked for"),
        (status(302, Location="/epfl/training.tif"), "302 Found"),
        (announce(-1000), "not a whole TIFF stack"),
        (announce(10**17), "disk full"),
        (unannounced(0.5), "not a whole TIFF stack"),
    ],
)
def test_what_does_not_pass_is_an_error_at_once(
    publisher: Publisher,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: Misbehaviour,
    complaint: str,
) -> None:
    publisher.always = answer
    assert fetch(publisher, tmp_path) == 1
    error = the_error(capsys)
    assert complaint in error
    assert FIRST in error
    assert list(tmp_path.iterdir()) == []


def test_redirects_on_the_web_are_followed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.next = [status(302, Location=f"/elsewhere/{FIRST}")]
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(
    ("asked", "sent_to", "followed"),
    [("https", "https", True), ("https", "http", False), ("http", "https", True)],
)
def test_no_redirect_gives_up_encryption(asked: str, sent_to: str, followed: bool) -> None:
    request = Request(f"{asked}://a.example/{FIRST}", headers={"Range": "bytes=5-"})
    url = f"{sent_to}://b.example/{FIRST}"
    redirected = WebRedirects().redirect_request(request, None, 302, "Found", {}, url)
    assert (redirected is not None) == followed
    if redirected is not None:
        assert redirected.get_header("Range") == "bytes=5-"


def test_a_body_without_length_is_taken_if_whole(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always = unannounced(1.0)
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


def test_more_announced_than_sent_is_an_error(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.always = announce(1000)
    assert fetch(publisher, tmp_path) == 1
    assert "though more was announced" in the_error(capsys)
    assert list(tmp_path.iterdir()) == []
    publisher.always = announce(1000, ranges=False)
    assert fetch(publisher, tmp_path, "--retries", "1") == 1
    error = the_error(capsys)
    assert "the connection was cut after" in error
    assert "gave up after 2 attempt(s)" in error
    assert f"kept for the next attempt: {FIRST}.part" in error
    assert not (tmp_path / FIRST).exists()


def test_no_server_is_an_error_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert fetch_epfl.main([str(tmp_path), "--url", url]) == 1
    error = the_error(capsys)
    assert f"{url}/{FIRST}: the server cannot be reached (Connection refused)" in error


def test_two_downloads_do_not_mix(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fcntl")
    with fetch_epfl.only_one(tmp_path):
        assert fetch(publisher, tmp_path) == 1
    assert "another download into it is running" in the_error(capsys)
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


def test_ctrl_c_keeps_what_has_arrived(publisher: Publisher, tmp_path: Path) -> None:
    publisher.next = [stall]
    command = [sys.executable, "-m", "scripts.fetch_epfl", str(tmp_path), "--url", publisher.url]
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits SIG_IGN
    try:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, previous)
    part, half = tmp_path / f"{FIRST}.part", len(publisher.files[FIRST]) // 2
    deadline = time.monotonic() + 60
    while not part.exists() or part.stat().st_size == 0:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "nothing was stored"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert f"; kept for the next attempt: {FIRST}.part" in errors
    assert f"continue with: python -m scripts.fetch_epfl {tmp_path} --url" in errors
    kept = part.stat().st_size
    assert 0 < kept <= half
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1][1] == f"bytes={kept}-"
    assert_complete(publisher, tmp_path)
