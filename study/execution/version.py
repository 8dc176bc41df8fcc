"""Which state of the program made a number."""

import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def version() -> dict[str, Any]:
    """The installed version; in a git checkout also its commit, and whether files differ from it.

    Both are None where the program does not run from a checkout of its own.
    """
    version = metadata.version("stochasticity-study")
    unknown = {"version": version, "git_commit": None, "git_dirty": None}
    if not (ROOT / ".git").exists():
        return unknown
    commit, status = git("rev-parse", "HEAD"), git("status", "--porcelain")
    if commit is None or status is None:
        return unknown
    return {"version": version, "git_commit": commit.strip(), "git_dirty": bool(status.strip())}


def version_text() -> str:
    """The installed version, and in a checkout its commit and whether files differ from it."""
    found = version()
    commit, changed = found["git_commit"], found["git_dirty"]
    where = f" (commit {commit[:12]}{', changed' if changed else ''})" if commit else ""
    return f"stochasticity-study {found['version']}{where}"


def git(*arguments: str) -> str | None:
    try:
        found = subprocess.run(
            ["git", "-C", str(ROOT), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout
