"""A wall clock of its own for the processes of a test, which the test can set."""

import mmap
import platform
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("clock.c")
HOUR = 3600


class Clock:
    """Processes started with `env`, and theirs, have it; it begins as the machine's."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("setting the clock of processes needs a C compiler, cc")
        name, version = platform.libc_ver()
        if name != "glibc" or tuple(map(int, version.split("."))) < (2, 30):
            pytest.skip(f"setting the clock of processes needs glibc >= 2.30, this is {name}")
        self.library, self.place = folder / "clock.so", folder / "ahead"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", self.library, SOURCE, "-ldl"]
        subprocess.run(command, check=True)
        self.place.write_bytes(bytes(8))
        self.env = {"LD_PRELOAD": str(self.library), "CLOCK_AHEAD": str(self.place)}

    def set(self, seconds: int) -> None:
        """So far ahead of the machine's, at once and for everyone."""
        with self.place.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("q", seconds)

    def is_of(self, pid: int) -> bool:
        """Whether it is that process's clock, or the process is over."""
        try:
            mapped = Path(f"/proc/{pid}/maps").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return not mapped or str(self.place) in mapped
