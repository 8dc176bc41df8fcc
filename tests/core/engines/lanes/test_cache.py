"""Kernels are compiled once, for one user, and never half; importing compiles nothing."""

import ctypes
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.engines.lanes.cache import SOURCES, cached, compiled_kernels, key_of, require_private
from core.engines.lanes.compiler import FLAGS, Compiler, CompilerError, find_compiler
from core.engines.lanes.kernels import SIGNATURES, Kernels

SHORT = ("-shared", "-fPIC")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "answer.cpp"
    path.write_text('extern "C" int answer() { return 42; }\n')
    return path


def made(folder: Path, source: Path) -> Path:
    return cached(folder, "answer", [source], SHORT, find_compiler())


def test_a_library_is_compiled_once_and_is_the_users_alone(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "cache" / "kernels"
    library = made(folder, source)
    assert ctypes.CDLL(str(library)).answer() == 42
    before = library.stat()
    assert made(folder, source) == library
    assert library.stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.suffix for path in folder.iterdir()} <= {".so", ".lock"}


def test_folders_are_private_whatever_the_umask_says(tmp_path: Path, source: Path) -> None:
    before = os.umask(0o002)
    try:
        made(tmp_path / "new" / "cache" / "kernels", source)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_many_at_once_get_the_same_whole_library(tmp_path: Path, source: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: made(tmp_path / "cache", source), range(4)))
    assert len(set(found)) == 1
    assert len(list((tmp_path / "cache").glob("*.so"))) == 1


def test_whatever_decides_the_bytes_decides_the_name(tmp_path: Path, source: Path) -> None:
    compiler = Compiler(("c++",), "version 1", "#define __AVX2__ 1")
    names = {
        key_of([source], SHORT, compiler),
        key_of([source], (*SHORT, "-O1"), compiler),
        key_of([source], SHORT, replace(compiler, command=("g++",))),
        key_of([source], SHORT, replace(compiler, version="version 2")),
        key_of([source], SHORT, replace(compiler, target="#define __AVX512F__ 1")),
    }
    source.write_text(source.read_text() + "// another byte\n")
    names.add(key_of([source], SHORT, compiler))
    assert len(names) == 6


def test_sources_that_do_not_compile_leave_nothing_behind(tmp_path: Path, source: Path) -> None:
    source.write_text("this is no C++\n")
    with pytest.raises(CompilerError, match=r"must compile the kernels and does not \(.*error"):
        made(tmp_path / "cache", source)
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


def test_no_compiler_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerError, match=r"^no C\+\+ compiler: .* name yours in CXX$"):
        compiled_kernels()
    monkeypatch.setenv("CXX", "no-such-compiler -m64")
    with pytest.raises(CompilerError, match=r"^compiler 'no-such-compiler -m64': .* in CXX$"):
        compiled_kernels()
    monkeypatch.setenv("CXX", sys.executable)
    with pytest.raises(CompilerError, match="name another one in CXX"):
        compiled_kernels()


def test_the_compiler_that_cxx_names_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tmp_path / "wrapped"
    wrapper.write_text('#!/bin/sh\nexec c++ "$@"\n')
    wrapper.chmod(0o700)
    monkeypatch.setenv("CXX", f"{wrapper} -DNOTHING")
    assert find_compiler().command == (str(wrapper), "-DNOTHING")
    assert "#define NOTHING 1" in find_compiler().target


def test_a_folder_that_others_write_to_is_refused(tmp_path: Path, source: Path) -> None:
    open_ = tmp_path / "open"
    for folder in (open_, open_ / "kernels"):
        folder.mkdir(mode=0o700)
    made(open_ / "kernels", source)
    for writable in (open_ / "kernels", open_):
        writable.chmod(0o777)
        with pytest.raises(CompilerError, match=f"{writable}: .* others can write here"):
            made(open_ / "kernels", source)
        writable.chmod(0o700)
    made(open_ / "kernels", source)
    open_.chmod(0o1777)  # sticky, as /tmp: others cannot rename what is ours
    made(open_ / "kernels", source)
    linked = tmp_path / "linked"
    linked.symlink_to(open_ / "kernels")
    with pytest.raises(CompilerError, match="linked: "):
        require_private(linked)


def test_a_library_that_others_could_have_put_is_refused(tmp_path: Path, source: Path) -> None:
    library = made(tmp_path / "cache", source)
    library.chmod(0o666)
    with pytest.raises(CompilerError, match="others can write here"):
        made(tmp_path / "cache", source)
    library.unlink()
    library.symlink_to(source)
    with pytest.raises(CompilerError, match=library.name):
        made(tmp_path / "cache", source)


def test_a_folder_that_cannot_be_is_said_in_one_line(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CompilerError, match=r"must be writable.*; set XDG_CACHE_HOME"):
        made(tmp_path / "file" / "kernels", source)


def test_a_library_of_something_else_is_refused(tmp_path: Path, source: Path) -> None:
    with pytest.raises(CompilerError, match=r"does not load .*; delete it"):
        Kernels(made(tmp_path / "cache", source))
    (tmp_path / "cut.so").write_bytes(b"\x7fELF")
    with pytest.raises(CompilerError, match=r"does not load .*; delete it"):
        Kernels(tmp_path / "cut.so")


def test_signatures_are_those_of_the_sources() -> None:
    """The number of arguments of every kernel is what its C++ says, and every kernel is known."""
    text = " ".join(path.read_text() for path in SOURCES.glob("*.cpp"))
    declared = {}
    for part in text.split("EXPORT void ")[1:]:
        name, _, rest = part.partition("(")
        declared[name] = rest.partition(")")[0].count(",") + 1
    assert declared == {name: len(letters) for name, letters in SIGNATURES.items()}


def test_no_flag_gives_up_reproducibility() -> None:
    assert "-fno-fast-math" in FLAGS
    assert "-ffp-contract=fast" in FLAGS
    assert not {"-Ofast", "-ffast-math", "-funsafe-math-optimizations"} & set(FLAGS)


def test_importing_compiles_nothing(tmp_path: Path) -> None:
    code = "import core.engines.lanes.network, core.engines.lanes.optimisers"
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "CXX": "no-such-compiler"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=300)
    assert list(tmp_path.iterdir()) == []
