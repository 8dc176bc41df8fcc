"""Files are put whole or not at all, below the root and nowhere else."""

from pathlib import Path

import pytest

from results.errors import LedgerError
from results.storage import Storage


@pytest.fixture(params=["path", "uri"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    root = tmp_path / "out"
    return Storage(str(root) if request.param == "path" else root.as_uri())


def below_a_file(tmp_path: Path) -> Storage:
    (tmp_path / "file").write_text("in the way")
    return Storage(str(tmp_path / "file" / "out"))


def test_what_was_put_is_there_and_in_the_directory_meant(storage: Storage, tmp_path: Path) -> None:
    storage.put("a/b/c.bin", b"\x00content")
    assert storage.get("a/b/c.bin") == b"\x00content"
    assert (tmp_path / "out/a/b/c.bin").read_bytes() == b"\x00content"
    assert storage.path("a/b/c.bin") == str(tmp_path / "out/a/b/c.bin")


def test_nothing_but_the_file_is_left(storage: Storage, tmp_path: Path) -> None:
    storage.put("a/x", b"old")
    storage.put("a/x", b"new")
    assert storage.get("a/x") == b"new"
    assert [path.name for path in (tmp_path / "out/a").iterdir()] == ["x"]


def test_a_reader_of_the_old_content_keeps_it_whole(storage: Storage, tmp_path: Path) -> None:
    storage.put("x", b"old and long")
    with (tmp_path / "out/x").open("rb", buffering=0) as reader:
        beginning = reader.read(4)
        storage.put("x", b"new")
        assert beginning + reader.read() == b"old and long"
    assert storage.get("x") == b"new"


def test_a_put_that_fails_leaves_no_temporary(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "out/x").mkdir(parents=True)
    with pytest.raises(LedgerError, match="out/x: cannot be written"):
        storage.put("x", b"content")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


@pytest.mark.parametrize("name", ["../x", "/abs", "a/../../x", ".."])
def test_a_name_that_would_leave_the_root_is_refused(storage: Storage, name: str) -> None:
    for act in (storage.path, storage.get, storage.remove, lambda n: storage.put(n, b"")):
        with pytest.raises(LedgerError, match="would lie outside"):
            act(name)


def test_a_missing_file_is_none_and_can_be_removed(storage: Storage) -> None:
    assert storage.get("no/such") is None
    storage.remove("no/such")


def test_a_removed_file_is_gone(storage: Storage) -> None:
    storage.put("x", b"")
    assert storage.get("x") == b""
    storage.remove("x")
    assert storage.get("x") is None


def test_names_are_sorted_visible_files_with_the_suffix(storage: Storage) -> None:
    for name in ("d/b.json", "d/a.json", "d/.hidden.json", "d/a.txt", "d/deeper/c.json"):
        storage.put(name, b"")
    assert storage.names("d", ".json") == ["a.json", "b.json"]
    assert storage.names("no/such", ".json") == []


def test_a_compressed_looking_name_is_read_as_it_was_put(storage: Storage) -> None:
    storage.put("log.gz", b"not gzip")
    assert storage.get("log.gz") == b"not gzip"


def test_a_relative_path_means_the_directory_of_the_moment_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    storage = Storage("out")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    storage.put("x", b"content")
    assert (tmp_path / "out/x").read_bytes() == b"content"


@pytest.mark.parametrize("location", ["nope://bucket/x", "file://host/x", "://x"])
def test_an_unusable_uri_is_named(location: str) -> None:
    with pytest.raises(LedgerError, match=f"--out {location}: not a usable location"):
        Storage(location)


def test_a_writable_location_is_left_as_it_was(storage: Storage, tmp_path: Path) -> None:
    storage.require_writable()
    assert list((tmp_path / "out").iterdir()) == []


def test_a_location_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    storage = below_a_file(tmp_path)
    with pytest.raises(LedgerError, match="file/out/x: cannot be written"):
        storage.put("x", b"")
    with pytest.raises(LedgerError, match="file/out"):
        storage.require_writable()


def test_a_location_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="file/out/x: cannot be read"):
        below_a_file(tmp_path).get("x")
