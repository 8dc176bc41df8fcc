"""Clusters that a command joins: another command's own is refused, one that is lost is named."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.study.command import REPOSITORY
from tests.study.running import OFTEN, checkpoints, require_completed_by_the_next_start, running

PRIVATE = """
import sys, ray
from study.execution.cluster import cluster
with cluster("local", dashboard=False):
    print(ray.get_runtime_context().gcs_address, flush=True)
    sys.stdin.read()
"""
SHARED = """
import sys, ray
ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""
TOKEN = {"RAY_AUTH_MODE": "token"}
"""A cluster that is joined by its address asks for it."""


@contextlib.contextmanager
def hosted(program: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process with a cluster, and where that is."""
    host = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert host.stdin is not None
    assert host.stdout is not None
    with host:
        try:
            yield host.stdout.readline().strip(), host
        finally:
            with contextlib.suppress(OSError, ValueError):
                host.stdin.close()


def test_the_cluster_of_another_command_is_refused(study: Path, tmp_path: Path) -> None:
    with (
        hosted(PRIVATE) as (address, _),
        running(study, *OFTEN, "--address", address, "--out", tmp_path, env=TOKEN) as joining,
    ):
        status, _, errors = joining.end()
    assert status == 2
    assert f"the cluster at {address} belongs to another `study run` and ends with it" in errors
    assert "ray start --head" in errors
    assert not (tmp_path / "ledger").exists()


@pytest.mark.slow
@pytest.mark.parametrize("killed", [True, False])
def test_a_lost_cluster_ends_the_command(
    study: Path, undisturbed: Path, killed: bool, tmp_path: Path
) -> None:
    """Killed, it leaves Ray's calls blocked; ended, it has Ray end the command without a word."""
    with (
        hosted(SHARED) as (address, host),
        running(study, *OFTEN, "--address", address, "--out", tmp_path, env=TOKEN) as joined,
    ):
        joined.wait_until(lambda: checkpoints(tmp_path), "a checkpoint")
        if killed:
            os.killpg(host.pid, signal.SIGKILL)
        else:
            assert host.stdin is not None
            host.stdin.close()
        status, _, errors = joined.end()
    assert status == 1
    (line,) = [line for line in errors.splitlines() if "cluster lost" in line]
    assert line.startswith(f"stopped: cluster lost: the Ray cluster at {address} does not answer")
    assert f"train what is missing with: python -m study.run {study}" in line
    require_completed_by_the_next_start(study, tmp_path, undisturbed, "lost cluster")
