"""A clock that is set, by an hour back or forward, while a study runs: nothing depends on it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from results import load_runs
from tests.study.clock import HOUR, Clock
from tests.study.command import REPOSITORY
from tests.study.running import (
    OFTEN,
    age_of_checkpoints,
    checkpoints,
    curves,
    descendants,
    require_completed_by_the_next_start,
    rows,
    running,
)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


def said_by(program: str, clock: Clock) -> list[str]:
    """The lines that a Python program prints which has this clock and can set it."""
    done = subprocess.run(
        [sys.executable, "-c", SETTING + program, str(clock.place)],
        cwd=REPOSITORY,
        env={**os.environ, **clock.env},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return done.stdout.splitlines()


SETTING = """
import ctypes, platform, struct, sys, threading, time
from pathlib import Path

def set_clock(seconds):
    with Path(sys.argv[1]).open("r+b", buffering=0) as file:
        file.write(struct.pack("q", seconds))
"""

READINGS = """
before, steady = time.time(), time.monotonic()
for ahead in (-3600, 3600):
    set_clock(ahead)
    print(round(time.time() - before, -2) == ahead, time.monotonic() - steady < 50)
"""

WAITS = """
library = ctypes.CDLL(None, use_errno=True)

class Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

def waited(kind, seconds, ahead):
    '''For how long, if the clock is set after half a second.'''
    set_clock(0)
    until = time.time() + seconds
    deadline = ctypes.byref(Time(int(until), int(until % 1 * 1e9)))
    first, second = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)
    threading.Timer(0.5, set_clock, [ahead]).start()
    begun = time.monotonic()
    if kind == "semaphore":
        assert library.sem_init(first, 0, 0) == 0
        assert library.sem_timedwait(first, deadline) == -1
    elif kind == "condition":
        library.pthread_mutex_lock(second)
        assert library.pthread_cond_timedwait(first, second, deadline) != 0
    else:
        wait_bitset_by_the_time_of_day = 9 | 128 | 256
        call = ctypes.c_long(FUTEX[platform.machine()])
        assert library.syscall(call, first, wait_bitset_by_the_time_of_day, 0, deadline, 0, -1)
    return time.monotonic() - begun

FUTEX = {"x86_64": 202, "aarch64": 98}
for kind in ("semaphore", "condition", *(["futex"] if platform.machine() in FUTEX else [])):
    print(kind, waited(kind, 60, 3600) < 30, waited(kind, 1, -2) >= 2.9, waited(kind, 1, 0) < 2.9)
"""


def test_it_is_set_like_the_clock_of_a_machine(clock: Clock) -> None:
    """The time of day jumps, time that goes by does not; a wait until a time of day is over once
    the clock is past it."""
    assert said_by(READINGS, clock) == ["True True"] * 2
    for line in said_by(WAITS, clock):
        assert line.split()[1:] == ["True"] * 3, line


OWNERS = """
import tempfile
from dataclasses import replace
from results.ledger.leases import Leases, Owner
from results.ledger.storage import Storage
from study.execution import heartbeat

with tempfile.TemporaryDirectory() as place:
    leases = Leases(Storage(place))
    away = leases.beat(replace(Owner.here("a"), machine="another", pid=1))
    leases.acquire("run", away.token)
    leases.bury()
    heartbeat.BEAT_SECONDS = 0.3
    with heartbeat.Heartbeat(leases, "b") as own:
        for ahead in (-3600, 3600, 0):
            set_clock(ahead)
            beat, deadline = own.owner.beat, time.monotonic() + 30
            while own.owner.beat < beat + 3 and time.monotonic() < deadline:
                time.sleep(0.02)
            print(own.owner.beat - beat >= 3, leases.holder("run") == away)
"""


def test_owners_go_on_beating_and_none_is_buried(clock: Clock) -> None:
    assert said_by(OWNERS, clock) == ["True True"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_study_goes_on(
    study: Path, undisturbed: Path, clock: Clock, tmp_path: Path, hours: int
) -> None:
    """In every process, Ray's own included."""
    out = tmp_path / "out"
    with running(study, *OFTEN, "--out", out, env=clock.env) as study_process:
        study_process.wait_until(lambda: checkpoints(out), "a checkpoint")
        driver = study_process.process.pid
        others = [pid for pid in (driver, *descendants(driver)) if not clock.is_of(pid)]
        assert not others
        clock.set(hours * HOUR)
        status, _, errors = study_process.end()
    assert status == 0, errors
    assert rows(out) == rows(undisturbed)
    pd.testing.assert_frame_equal(curves(out), curves(undisturbed), check_exact=True)
    assert not (out / "ledger/attempts").exists()
    assert not checkpoints(out)
    assert round(longest(out) / HOUR) == hours, "no run was at work when the clock was set"
    print(f"clock {hours:+d} h: 4 finished runs kept, 0 lost, 0.0 s of training repeated at most")


def longest(out: Path) -> float:
    """Seconds by the clock between a run's start and its end, with the most of them either way."""
    frame = load_runs(str(out))
    return max((frame["finished_at"] - frame["started_at"]).dt.total_seconds(), key=abs)


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "number"), [(-1, signal.SIGINT), (1, signal.SIGKILL)])
def test_a_study_that_ends_afterwards_is_completed_by_the_next_start(
    study: Path, undisturbed: Path, clock: Clock, tmp_path: Path, hours: int, number: signal.Signals
) -> None:
    """Whose clock is right again: it finds files of the past, or of the future."""
    out = tmp_path / "out"
    with running(study, *OFTEN, "--out", out, env=clock.env) as study_process:
        study_process.wait_until(lambda: checkpoints(out), "a checkpoint")
        clock.set(hours * HOUR)
        study_process.send(number)
        age = age_of_checkpoints(out)
        status, _, _ = study_process.end()
    assert status == (130 if number == signal.SIGINT else -number)
    require_completed_by_the_next_start(
        study, out, undisturbed, f"clock {hours:+d} h, then {number.name}", age
    )
