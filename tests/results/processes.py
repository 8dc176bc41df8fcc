"""Processes that work on a ledger: they read, write, or die while a test does something else.

Each is forked from a server that has imported all they need, so it is at work at once.
"""

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "pytest",
        "results.check",
        "results.compact",
        "results.loading",
        "results.merge",
        "tests.results.processes",
        "tests.results.examples",
    ]
)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process at work; every warning is an error in it."""
    process = FORKS.Process(target=strictly, args=(target, *arguments))
    process.start()
    return process


def strictly(target: Callable[..., None], *arguments: Any) -> None:
    warnings.simplefilter("error")
    target(*arguments)


def finish(process: BaseProcess) -> None:
    """It must end well."""
    assert ended(process) == 0


def ended(process: BaseProcess) -> int | None:
    """The exit status; of a process that a signal ended the signal's number, negative."""
    process.join(timeout=300)
    return process.exitcode


def command(module: str, *arguments: object) -> None:
    """What `python -m module arguments` does."""
    sys.exit(import_module(module).main([str(argument) for argument in arguments]))


def command_until_killed(step: int, folder: Path, module: str, *arguments: object) -> None:
    """A command that is killed where it is about to rename or remove its Nth file in a folder."""

    def count(event: str, details: tuple[Any, ...]) -> None:
        nonlocal step
        if event in ("os.rename", "os.remove") and str(folder) in str(details[0]):
            step -= 1
            if step == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    command(module, *arguments)


def assert_killed(step: int, folder: Path, module: str, *arguments: object) -> None:
    """Run a command until it is killed at this step."""
    process = start(command_until_killed, step, folder, module, *arguments)
    assert ended(process) == -signal.SIGKILL


def read(out: Path, wanted: int, rounds: "Synchronized[int]") -> None:
    """Load a ledger until there is a file `stop`; every time all runs must be there, once.

    Args:
        out: the ledger.
        wanted: how many runs are there from the start.
        rounds: counts how often it was loaded.
    """
    from results import load_curves, load_runs

    while not (out / "stop").exists():
        runs, curves = load_runs(out), load_curves(out)
        assert len(set(runs["run_id"])) >= wanted, sorted(runs["run_id"])
        assert len(set(curves["run_id"])) >= wanted, sorted(set(curves["run_id"]))
        assert not curves.duplicated(["run_id", "iteration"]).any()
        rounds.value += 1


def write(out: Path, runs: int) -> None:
    """Put runs `late-0`, `late-1`, ... into a ledger."""
    from results.ledger.ledger import Ledger
    from tests.results.examples import CURVE, run_row

    ledger = Ledger(str(out))
    for number in range(runs):
        ledger.put_run(run_row(f"late-{number}"), CURVE, b"")
