"""Wrong usage, and directories that cannot take a download: one clear line, nothing lost."""

import os
from pathlib import Path

import pytest

from scripts import fetch_epfl
from tests.scripts.fetching import FIRST, fetch, left_in, the_error
from tests.scripts.publisher import Publisher, cut


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch_epfl.main(["--help"]) == 0
    assert "python -m scripts.fetch_epfl path/to/epfl --url" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc",
        "ftp://host/folder",
        "data:,II*",
        "documents.epfl.ch/folder",
        "https://",
        "https://host/folder?file=",
        "https://name:word@host/folder",
        "https://host/ folder",
        "https://host/folder\r\nHost: other",
    ],
)
def test_only_plain_web_folders_are_mirrors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert fetch_epfl.main([str(tmp_path / "new"), "--url", url]) == 2
    assert the_error(capsys).startswith("error: --url")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("url", ["http://a..b/", "http://host:port/", "http://[/", "https:///"])
def test_a_host_that_is_no_name_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert fetch_epfl.main([str(tmp_path), "--url", url]) == 1
    assert f"cannot be had from {url.rstrip('/')}/training.tif" in the_error(capsys)


@pytest.mark.parametrize("wrong", [("--retries", "2"), ("a", "b")])
def test_wrong_usage_is_status_2(wrong: tuple[str, str]) -> None:
    assert fetch_epfl.main([*wrong, "--url", "http://127.0.0.1:9/"]) == 2


def test_an_empty_directory_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch_epfl.main([""]) == 2
    assert "DIRECTORY: is empty" in the_error(capsys)


@pytest.mark.parametrize("below", [".", "below"])
def test_a_directory_that_is_a_file_is_one_line(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str], below: str
) -> None:
    (tmp_path / "file").write_text("")
    assert fetch(publisher, tmp_path / "file" / below) == 1
    assert "cannot be written to" in the_error(capsys)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_one_line(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o555)
    assert fetch(publisher, tmp_path) == 1
    assert "cannot be written to" in the_error(capsys)
    assert publisher.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.always = cut
    assert fetch(publisher, tmp_path) == 1
    capsys.readouterr()
    (part,) = tmp_path.glob("*.part")
    part.unlink()
    part.symlink_to("/dev/full")
    publisher.always = None
    assert fetch(publisher, tmp_path) == 1
    error = the_error(capsys)
    assert f"{tmp_path / FIRST}: cannot be had" in error
    assert "No space left on device" in error


def test_what_is_in_the_way_is_left_alone(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "testing.tif").write_text("<html>saved by hand</html>")
    assert fetch(publisher, tmp_path) == 1
    assert f"{tmp_path / 'testing.tif'}: damaged or not a TIFF file" in the_error(capsys)
    assert left_in(tmp_path) == {"testing.tif": b"<html>saved by hand</html>"}
    assert publisher.asked == []
