"""Python programs of their own that work on a ledger: they read, write, or die while a test does
something else."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]

KILLED = """
import os, signal, sys
steps, folder = int(sys.argv.pop(1)), sys.argv.pop(1)

def count(event, arguments):
    global steps
    if event in ("os.rename", "os.remove") and folder in str(arguments[0]):
        steps -= 1
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)

import importlib
main = importlib.import_module(sys.argv[1]).main
sys.addaudithook(count)
sys.exit(main(sys.argv[2:]))
"""
"""Runs a command that is killed where it is about to rename or remove its Nth file in a folder."""

COMPACT = "import sys; from results.compact import main; sys.exit(main(sys.argv[1:]))"

READER = """
import sys
from pathlib import Path
from results import load_curves, load_runs

out, wanted = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
rounds = 0
while not Path(out, "stop").exists():
    runs, curves = load_runs(out), load_curves(out)
    assert runs["run_id"].nunique() >= wanted, sorted(runs["run_id"])
    assert curves["run_id"].nunique() >= wanted, sorted(set(curves["run_id"]))
    assert not curves.duplicated(["run_id", "iteration"]).any()
    rounds += 1
print(rounds)
"""
"""Loads a ledger until there is a file `stop`; every time all runs must be there, once."""

WRITER = """
import sys
from results.ledger.ledger import Ledger
from tests.results.examples import CURVE, run_row

ledger = Ledger(sys.argv[1])
for number in range(int(sys.argv[2])):
    ledger.put_run(run_row(f"late-{number}"), CURVE, b"")
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A program at work; every warning is an error in it."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(program: subprocess.Popen[str]) -> str:
    """What it printed; it must end well."""
    printed, complaints = program.communicate(timeout=300)
    assert program.returncode == 0, complaints
    return printed


def command(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m module arguments` as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
