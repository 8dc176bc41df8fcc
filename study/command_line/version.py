"""What `--version` says."""

from study.execution.version import version


def version_text() -> str:
    """The installed version, and in a checkout its commit and whether files differ from it."""
    found = version()
    commit, changed = found["git_commit"], found["git_dirty"]
    where = f" (commit {commit[:12]}{', changed' if changed else ''})" if commit else ""
    return f"stochasticity-study {found['version']}{where}"
