"""Whatever ends a study, what was finished is there, and the next start completes the rest with
the numbers of a study that nothing has disturbed."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from results import load_runs
from tests.core.builders import squares
from tests.core.data.png_files import write_folders
from tests.study.command import study_run
from tests.study.running import (
    OFTEN,
    age_of_checkpoints,
    checkpoints,
    descendants,
    require_completed_by_the_next_start,
    rows,
    running,
    starts,
    write_study,
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of eight megabytes."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=False)
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_killed_driver(study: Path, undisturbed: Path, tmp_path: Path) -> None:
    with running(study, *OFTEN, "--out", tmp_path) as study_process:
        study_process.wait_until(lambda: checkpoints(tmp_path), "a checkpoint")
        processes = [pid for pid in descendants(study_process.process.pid) if not is_agent(pid)]
        study_process.send(signal.SIGKILL)
        age = age_of_checkpoints(tmp_path)
        study_process.end()
    deadline = time.monotonic() + 100
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in processes):
        assert time.monotonic() < deadline, "its workers are still there"
        time.sleep(0.1)
    interrupted = {path.stem for path in checkpoints(tmp_path)}
    require_completed_by_the_next_start(study, tmp_path, undisturbed, "killed driver", age)
    assert all(starts(tmp_path, run_id)[-1] > 0 for run_id in interrupted)


def is_agent(pid: int) -> bool:
    """Whether a process is one of Ray's two agents of a node, which train nothing, hold nothing and
    end a minute after it."""
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{pid}/cmdline").read_bytes()
        return name.startswith((b"ray::DashboardAgent", b"ray::RuntimeEnvAgent"))
    return False


@pytest.mark.slow
def test_a_killed_worker_is_replaced(study: Path, undisturbed: Path, tmp_path: Path) -> None:
    with running(study, *OFTEN, "--out", tmp_path) as study_process:
        study_process.wait_until(
            lambda: checkpoints(tmp_path) and study_process.workers(), "a worker at work"
        )
        os.kill(study_process.workers()[0], signal.SIGKILL)
        status, output, errors = study_process.end()
    assert status == 0, errors
    assert "FAILED" in output
    assert len(list((tmp_path / "ledger/attempts").iterdir())) >= 1
    assert rows(tmp_path) == rows(undisturbed)


@pytest.mark.slow
def test_a_killed_worker_without_retries_is_named_and_the_others_finish(
    study: Path, undisturbed: Path, tmp_path: Path
) -> None:
    with running(study, *OFTEN, "--retries", "0", "--out", tmp_path) as study_process:
        study_process.wait_until(
            lambda: checkpoints(tmp_path) and study_process.workers(), "a worker at work"
        )
        os.kill(study_process.workers()[0], signal.SIGKILL)
        age = age_of_checkpoints(tmp_path)
        status, _, errors = study_process.end()
    assert status == 1
    (failed,) = [line for line in errors.splitlines() if line.startswith("failed: ")]
    attempt = json.loads(next((tmp_path / "ledger/attempts").iterdir()).read_text())
    assert attempt["run_id"] in failed
    assert attempt["fault"] == "machine"
    assert attempt["log"] in failed
    assert len(rows(tmp_path)) == 3
    require_completed_by_the_next_start(study, tmp_path, undisturbed, "killed worker", age)


@pytest.mark.slow
def test_a_full_disk(study: Path, undisturbed: Path, disk: Path) -> None:
    out = disk / "out"
    with running(study, *OFTEN, "--out", out) as study_process:
        study_process.wait_until(lambda: checkpoints(out), "a checkpoint")
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(1 << 12)):
                pass
        status, _, errors = study_process.end()
    assert status == 1
    assert "stopped: nothing can be stored any more" in errors
    assert "No space left on device" in errors
    assert "Traceback" not in errors
    (disk / "filler").unlink()
    require_completed_by_the_next_start(study, out, undisturbed, "full disk")


@pytest.mark.slow
def test_an_output_that_becomes_read_only(study: Path, undisturbed: Path, disk: Path) -> None:
    out = disk / "out"
    with running(study, *OFTEN, "--out", out) as study_process:
        study_process.wait_until(lambda: checkpoints(out), "a checkpoint")
        remount(disk, "ro")
        status, _, errors = study_process.end()
    assert status == 1
    assert "stopped: nothing can be stored any more" in errors
    assert "Read-only file system" in errors
    assert "Traceback" not in errors
    refused = study_run(study, *OFTEN, "--out", out)
    assert refused.returncode == 2
    assert "Read-only file system" in refused.stderr
    remount(disk, "rw")
    require_completed_by_the_next_start(study, out, undisturbed, "read-only output")


def remount(place: Path, how: str) -> None:
    """It is refused for as long as a file is being written."""
    for _ in range(1000):
        command = ["mount", "-o", f"remount,{how}", place]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.01)
    pytest.fail(f"cannot remount {place}")


@pytest.mark.slow
def test_leaving_at_once(study: Path, undisturbed: Path, tmp_path: Path) -> None:
    """A second Ctrl-C does not wait for the workers to save."""
    with running(study, *OFTEN, "--out", tmp_path) as study_process:
        study_process.wait_until(lambda: checkpoints(tmp_path), "a checkpoint")
        study_process.send(signal.SIGINT)
        study_process.send(signal.SIGINT)
        age = age_of_checkpoints(tmp_path)
        status, _, errors = study_process.end()
    assert status == 130
    assert "interrupted; continue with: " in errors
    assert "Traceback" not in errors
    require_completed_by_the_next_start(study, tmp_path, undisturbed, "Ctrl-C twice", age)


@pytest.mark.slow
def test_a_worker_killed_for_want_of_memory(tmp_path: Path) -> None:
    """Ray kills it, for which the limit is set little above what is in use now."""
    study = write_study(tmp_path, axes='Axis("width", (2, 32))')
    memory = {
        line.split(":")[0]: int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
    }
    limit = 1.0 - (memory["MemAvailable"] - GREEDY_KILOBYTES) / memory["MemTotal"]
    limits = {"RAY_memory_usage_threshold": f"{limit:.4f}", "RAY_memory_monitor_refresh_ms": "50"}
    command = (study, *OFTEN, "--seeds", "1", "--set", "batch_size=24", "--set", "tile=256")
    command = (*command, "--set", "iterations=20", "--out", tmp_path / "out")
    with running(*command, env=limits) as study_process:
        status, _, errors = study_process.end()
    assert status == 1, errors
    assert "low on memory" in errors
    (finished,) = load_runs(str(tmp_path / "out")).to_dict("records")
    assert finished["width"] == 2
    assert study_run(*command).returncode == 0
    assert sorted(load_runs(str(tmp_path / "out"))["width"]) == [2, 32]


GREEDY_KILOBYTES = 3 << 20
"""Between what Ray takes with the modest run (2 GiB) and with the greedy one (5 GiB)."""


@pytest.fixture
def unchecked_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands look at the data first and refuse what no run could use, so that an error inside
    a run is rare: these tests leave that out, to have one."""
    monkeypatch.setattr("study.run.check_data", lambda requests, source: None)


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked_data")
def test_an_error_inside_a_run_waits_for_the_user(tmp_path: Path) -> None:
    """Of four test slices only the second has any foreground: a curve of two slices sees none."""
    training, testing = squares(20, 1, 80.0, (64, 64)), squares(4, 2, 80.0, (64, 64))
    testing.masks[[0, 2, 3]] = 0
    write_folders(tmp_path / "data", training, testing)
    study = write_study(tmp_path, axes='Axis("curve_slices", (2, 4))')
    arguments = (study, "--profile", "smoke", "--data", tmp_path / "data", "--out", tmp_path / "o")
    arguments = (*arguments, "--set", "tile=64", "--seeds", "1")
    first = study_run(*arguments)
    assert first.returncode == 1
    assert "hold only one class" in first.stderr
    assert "--retry-failed" in first.stderr
    (finished,) = load_runs(str(tmp_path / "o")).to_dict("records")
    assert finished["curve_slices"] == 4

    again = study_run(*arguments)
    assert again.returncode == 1
    assert "hold only one class" in again.stderr
    assert "an earlier start" in again.stderr
    attempts = tmp_path / "o/ledger/attempts"
    assert len(list(attempts.iterdir())) == 1, "nothing was tried again"

    assert study_run(*arguments, "--retry-failed").returncode == 1
    assert len(list(attempts.iterdir())) == 2


@pytest.mark.slow
def test_a_run_that_is_not_finite_is_an_outcome(tmp_path: Path) -> None:
    study = write_study(tmp_path, axes='Axis("lr", (1e-3, 1e30))')
    done = study_run(study, *OFTEN, "--seeds", "1", "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    rows_by_lr = load_runs(str(tmp_path / "o")).to_dict("records")
    outcomes = {row["lr"]: row["outcome"] for row in rows_by_lr}
    assert outcomes[1e30] == "diverged"
    assert outcomes[1e-3] != "diverged"


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked_data")
def test_too_many_failures_end_the_study(tmp_path: Path) -> None:
    training, testing = squares(20, 1, 80.0, (64, 64)), squares(4, 2, 80.0, (64, 64))
    testing.masks[[0, 2, 3]] = 0
    write_folders(tmp_path / "data", training, testing)
    study = write_study(tmp_path, axes='Axis("curve_slices", (2,))')
    done = study_run(
        study,
        *("--profile", "smoke", "--data", tmp_path / "data", "--out", tmp_path / "o"),
        *("--set", "tile=64", "--seeds", "30", "--max-failures", "3"),
    )
    assert done.returncode == 1
    assert "stopped: 3 runs failed (--max-failures 3)" in done.stderr
    assert 3 <= len(list((tmp_path / "o/ledger/attempts").iterdir())) < 30
