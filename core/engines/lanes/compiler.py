"""Find the machine's C++ compiler, and have it compile the kernels for this very CPU."""

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from results.errors import StudyError

USUAL_NAMES = ("c++", "g++", "clang++")
COMPILE_SECONDS = 600
FLAGS = (
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wno-psabi",
    # No sum is reordered and no NaN assumed away: a lane's bits depend on its own numbers alone.
    "-fno-fast-math",
    # a * b + c is rounded once wherever the CPU can. It is the code that decides, not the data, so
    # every lane of every pack is rounded alike.
    "-ffp-contract=fast",
    # Square roots set no errno: they are one instruction.
    "-fno-math-errno",
)


class CompilerError(StudyError):
    """The kernels cannot be had on this machine: PyTorch computes the same networks, slower."""


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler, with what decides what it makes of the same source."""

    command: tuple[str, ...]
    version: str
    """All that it prints of its version."""
    target: str
    """The macros that it defines for this CPU: its features, as the compiler sees them."""

    def compile(self, sources: Sequence[Path], library: Path, flags: Sequence[str]) -> None:
        """Compile sources to a shared library.

        Raises:
            CompilerError: the compiler refuses; the message has its first line of complaint.
        """
        files = [str(source) for source in sources if source.suffix == ".cpp"]
        run_compiler(self.command, *flags, *files, "-o", str(library))


def find_compiler() -> Compiler:
    """Return the compiler that CXX names, or the first of the usual names.

    Raises:
        CompilerError: there is none, or it does not run.
    """
    if os.name != "posix":
        raise CompilerError(
            f"{platform.system()}: the kernels compile on Linux and macOS only; use PyTorch"
        )
    command = tuple(shlex.split(os.environ.get("CXX", "")))
    if not command:
        found = next((name for name in USUAL_NAMES if shutil.which(name)), None)
        if found is None:
            raise CompilerError(
                f"no C++ compiler: PATH must hold one of {', '.join(USUAL_NAMES)}; "
                "install one, or name yours in CXX"
            )
        command = (found,)
    version = run_compiler(command, "--version")
    macros = run_compiler(command, for_this_cpu(), "-dM", "-E", "-x", "c++", os.devnull)
    return Compiler(command, version, "\n".join(sorted(macros.splitlines())))


def for_this_cpu() -> str:
    """Return the flag for every instruction that this machine's CPU has."""
    intel = platform.machine().lower() in ("x86_64", "amd64", "i686", "i386")
    return "-march=native" if intel else "-mcpu=native"


def run_compiler(command: Sequence[str], *arguments: str) -> str:
    """Run a compiler and return what it prints."""
    said = " ".join(command)
    try:
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMPILE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise CompilerError(
            f"compiler {said!r}: it must be a program that runs ({error.strerror}); "
            "name another one in CXX"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CompilerError(
            f"compiler {said!r}: took more than {COMPILE_SECONDS} s; name another one in CXX"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        complaint = next((line for line in lines if "error" in line.lower()), lines[0])
        raise CompilerError(
            f"compiler {said!r}: must compile the kernels and does not ({complaint.strip()}); "
            "name another one in CXX"
        )
    return done.stdout
