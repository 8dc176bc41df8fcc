"""Files are put whole or not at all, below the root and nowhere else."""

import os
import tempfile
from pathlib import Path

import pytest

from results.errors import LedgerError
from results.ledger.storage import Storage


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
    with pytest.raises(LedgerError, match=r"out/x: cannot be written \(Is a directory\); make"):
        storage.put("x", b"content")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


@pytest.mark.parametrize("name", ["../x", "/abs", "a/../../x", "..", "a\0b", "a\udcff"])
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
    assert list(tmp_path.iterdir()) == []
    storage.put("x", b"content")
    storage.require_writable()
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out/x"]


def test_a_link_that_leads_nowhere_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nothing")
    with pytest.raises(LedgerError, match="link is a link that leads nowhere, not a directory"):
        Storage(str(tmp_path / "link")).require_usable()


def test_a_location_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    storage = below_a_file(tmp_path)
    with pytest.raises(LedgerError, match="file/out/x: cannot be written"):
        storage.put("x", b"")
    with pytest.raises(LedgerError, match="file/out"):
        storage.require_writable()


def test_a_location_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="file/out/x: cannot be read"):
        below_a_file(tmp_path).get("x")


def test_a_link_to_a_file_is_followed_below_the_root_only(storage: Storage, tmp_path: Path) -> None:
    storage.put("d/x", b"content")
    (tmp_path / "secret").write_bytes(b"not for this ledger")
    (tmp_path / "out/inside").symlink_to("d/x")
    (tmp_path / "out/outside").symlink_to(tmp_path / "secret")
    (tmp_path / "out/nowhere").symlink_to("nothing")
    assert storage.get("inside") == b"content"
    assert storage.get("nowhere") is None
    for read in (storage.get, storage.open):
        with pytest.raises(LedgerError, match="outside: is a link to a file outside of"):
            read("outside")
    storage.put("outside", b"new")
    assert (tmp_path / "secret").read_bytes() == b"not for this ledger"


def test_a_folder_may_be_a_link_to_another_disk(storage: Storage, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/weights").symlink_to(disk)
    storage.put("weights/x", b"content")
    assert (disk / "x").read_bytes() == storage.get("weights/x") == b"content"
    assert storage.names("weights", "") == ["x"]
    assert [file.name for file in storage.files("weights")] == ["weights/x"]
    assert not storage.lies_inside("weights/x")
    assert storage.lies_inside("other/x")


def test_what_is_no_file_is_refused_and_not_waited_for(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "out/folder").mkdir(parents=True)
    os.mkfifo(tmp_path / "out/pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(LedgerError, match=f"{name}: is not a file"):
            storage.get(name)
    assert storage.names("", "") == []


def test_odd_entries_of_a_folder_are_left_out(storage: Storage, tmp_path: Path) -> None:
    storage.put("d/x", b"")
    folder = tmp_path / "out/d"
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("nothing")
    os.close(os.open(os.fsencode(folder) + b"/\xff", os.O_CREAT))
    assert storage.names("d", "") == ["x"]
    assert [file.name for file in storage.files("d")] == ["d/x"]


def test_files_are_those_of_all_folders_below_and_hidden_ones(
    storage: Storage, tmp_path: Path
) -> None:
    for name in ("d/b", "d/.hidden", "d/deeper/c"):
        storage.put(name, b"12")
    (tmp_path / "out/d/deeper/up").symlink_to("..")
    found = storage.files("d")
    assert [file.name for file in found] == ["d/.hidden", "d/b", "d/deeper/c"]
    assert {file.bytes for file in found} == {2}
    written = (tmp_path / "out/d/b").stat().st_mtime
    assert found[1].modified.timestamp() == pytest.approx(written, abs=1e-3)
    assert storage.files("no/such") == []


def test_a_moved_file_is_there_once(storage: Storage) -> None:
    storage.put("x", b"content")
    storage.move("x", "aside/at/x")
    assert storage.get("x") is None
    assert storage.get("aside/at/x") == b"content"


def test_a_link_itself_is_moved(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"elsewhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").symlink_to(tmp_path / "file")
    storage.move("x", "aside/x")
    assert os.readlink(tmp_path / "out/aside/x") == str(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"elsewhere"


def test_a_file_that_cannot_be_moved_is_named(storage: Storage) -> None:
    with pytest.raises(LedgerError, match="x: cannot be moved"):
        storage.move("x", "y")


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a second file system")
def test_a_file_is_moved_to_another_disk(storage: Storage, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as disk:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/weights").symlink_to(disk)
        storage.put("weights/x", b"content")
        storage.move("weights/x", "aside/x")
        assert storage.get("aside/x") == b"content"
        assert os.listdir(disk) == []


def test_a_place_is_where_links_lead_whatever_the_location_is_called(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    places = {Storage(str(tmp_path / root)).place("x") for root in ("a", "link")}
    places.add(Storage((tmp_path / "a").as_uri()).place("x"))
    assert len(places) == 1
    assert Storage(str(tmp_path)).place("a/x") in places
    assert Storage(str(tmp_path)).place("x") not in places


def test_a_folder_is_there_or_not(storage: Storage) -> None:
    storage.put("a/x", b"")
    assert storage.has_folder("a")
    assert not storage.has_folder("a/x")
    assert not storage.has_folder("b")
