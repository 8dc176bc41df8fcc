"""The download as a user runs it, against a real server that does what servers do."""

import signal
import socket
import subprocess
import sys
import time
from email.message import Message
from pathlib import Path

import pytest
from filelock import FileLock

from core.data.sources import open_source
from scripts import download, fetch_epfl
from tests.scripts.fetching import FIRST, assert_complete, fetch, left_in, the_error
from tests.scripts.publisher import (
    CERTIFICATE,
    MODIFIED,
    NAMES,
    Misbehaviour,
    Publisher,
    Reply,
    announce,
    cut,
    cut_at_once,
    ignore_if_range,
    ignore_range,
    page,
    published,
    stall,
    status,
    unannounced,
    volume,
)

REPOSITORY = Path(__file__).parents[2]


def the_part(directory: Path) -> Path:
    (part,) = directory.glob(f"{FIRST}.*.part")
    return part


def leave_a_part(publisher: Publisher, directory: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Bytes of the first file that a cut connection has left."""
    publisher.always = cut
    assert fetch(publisher, directory) == 1
    publisher.always = None
    assert "what arrived is kept" in the_error(capsys)
    assert not (directory / FIRST).exists()
    publisher.asked.clear()
    return the_part(directory).stat().st_size


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
    assert open_source(str(directory)).load().testing.images.shape == (7, 128, 128)
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
    half = len(publisher.files[FIRST]) // 2
    (_, first, _), (_, second, _), (_, span, tag) = publisher.asked[:3]
    assert (first, second) == (None, None)
    assert span is not None
    assert half - download.CHUNK < int(span.removeprefix("bytes=").removesuffix("-")) <= half
    assert tag == publisher.describe(FIRST)["ETag"]


def test_the_next_command_resumes(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = leave_a_part(publisher, tmp_path, capsys)
    assert done > 0.4 * len(publisher.files[FIRST])
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1][:2] == (FIRST, f"bytes={done}-")
    assert_complete(publisher, tmp_path)


def test_a_silent_server_is_left_and_asked_again(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 1.0)
    publisher.next = [stall]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[2][1] is not None
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
    assert fetch(publisher, tmp_path) == 1
    assert "500 Server Error: Internal Server Error" in the_error(capsys)
    assert len(publisher.asked) == 3


def test_a_server_that_ignores_range_restarts_the_file(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.next = [cut, ignore_range, ignore_range]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[2][1] is not None
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
    leave_a_part(publisher, tmp_path, capsys)
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
    assert publisher.asked[2][2] == tag
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize("validators", [("weak",), ()])
def test_what_cannot_be_told_apart_is_not_resumed(
    publisher: Publisher, tmp_path: Path, validators: tuple[str, ...]
) -> None:
    publisher.validators, publisher.next = validators, [cut]
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[1] == (FIRST, None, None)
    assert_complete(publisher, tmp_path)


def test_a_version_that_changes_between_two_requests_is_never_glued(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_a_part(publisher, tmp_path, capsys)

    def changed(where: Publisher, name: str, headers: Message) -> Reply:
        reply = where.honest(name, headers)
        where.files[FIRST] = volume(50)
        return reply

    old = publisher.files[FIRST]
    publisher.next = [changed, ignore_if_range]
    assert fetch(publisher, tmp_path) == 0
    assert (tmp_path / FIRST).read_bytes() == old


def test_a_whole_part_is_only_named(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_a_part(publisher, tmp_path, capsys)
    the_part(tmp_path).write_bytes(publisher.files[FIRST])
    assert fetch(publisher, tmp_path) == 0
    assert [span for name, span, _ in publisher.asked if name == FIRST] == [None]
    assert_complete(publisher, tmp_path)


def test_a_web_page_never_becomes_a_volume_nor_costs_what_has_arrived(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = leave_a_part(publisher, tmp_path, capsys)
    publisher.next = [page]
    assert fetch(publisher, tmp_path) == 1
    assert "is not a whole TIFF stack" in the_error(capsys)
    assert len(publisher.asked) == 1
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[2][1] == f"bytes={done}-"
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (status(404), "404 Client Error: Not Found"),
        (status(403), "403 Client Error: Forbidden"),
        (status(401), "401 Client Error: Unauthorized"),
        (status(204), "not a whole TIFF stack"),
        (status(206), "not a whole TIFF stack"),
        (status(302, Location="file:///etc/passwd"), "adapters were found for 'file:///etc/"),
        (status(301, Location="ftp://127.0.0.1/training.tif"), "adapters were found for 'ftp://"),
        (status(302, Location="http://[/"), "Invalid IPv6 URL"),
        (status(302, Location="/epfl/training.tif"), "Exceeded 30 redirects"),
        (status(404, ETag="\x1b[2J"), "404"),
        (announce(-1000), "not a whole TIFF stack"),
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
    assert left_in(tmp_path) == {}


def test_redirects_on_the_web_are_followed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.next = [status(302, Location=f"/elsewhere/{FIRST}")]
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


@pytest.mark.parametrize(("where", "followed"), [("https", True), ("http", False)])
def test_no_redirect_gives_up_encryption(
    publisher: Publisher,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    followed: bool,
) -> None:
    with published(encrypted_in=tmp_path) as secure:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / CERTIFICATE))
        secure.files = publisher.files
        target = {"https": secure, "http": publisher}[where]
        secure.next = [status(302, Location=f"{target.url}/{FIRST}")]
        assert fetch(secure, tmp_path / "to") == (0 if followed else 1)
    if not followed:
        assert "No connection adapters were found for 'http://" in the_error(capsys)
    assert publisher.asked == []


def test_an_unknown_certificate_is_refused(
    tmp_path: Path, publisher: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    with published(encrypted_in=tmp_path) as secure:
        assert fetch(secure, tmp_path / "to") == 1
    assert "certificate verify failed" in the_error(capsys)


def test_a_body_without_length_is_taken_if_whole(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always = unannounced(1.0)
    assert fetch(publisher, tmp_path) == 0
    assert_complete(publisher, tmp_path)


def test_more_announced_than_sent_is_an_error(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.always = announce(1000, ranges=False)
    assert fetch(publisher, tmp_path) == 1
    error = the_error(capsys)
    assert "1000 more expected" in error
    assert "what arrived is kept" in error
    assert not (tmp_path / FIRST).exists()


def test_no_server_is_an_error(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert fetch_epfl.main([str(tmp_path), "--url", url]) == 1
    assert f"cannot be had from {url}/{FIRST} (Connection refused)" in the_error(capsys)


def test_two_downloads_do_not_mix(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FileLock(tmp_path / ".download.lock"):
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
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size for part in tmp_path.glob("*.part")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "nothing was stored"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "interrupted; what arrived is kept" in errors
    assert f"continue with: python -m scripts.fetch_epfl {tmp_path} --url" in errors
    kept = the_part(tmp_path).stat().st_size
    assert 0 < kept <= len(publisher.files[FIRST]) // 2
    assert fetch(publisher, tmp_path) == 0
    assert publisher.asked[2][1] == f"bytes={kept}-"
    assert_complete(publisher, tmp_path)
