"""The command line as a user runs it: a process of its own, real Ray, real files."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SMOKE = ("temperature_seeds", "--profile", "smoke")


def study_run(*arguments: str | Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run `python -m study.run` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "study.run", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def answer_of(stdout: str) -> str:
    """The output from the study's question on: what two runs of one command must share."""
    return stdout[stdout.index(": Is it the temperature") :]
