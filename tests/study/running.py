"""A study as a process that tests stop, kill and continue."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pandas as pd

from results import load_curves, load_runs
from tests.study.command import REPOSITORY, study_run

SAME = [
    "run_id",
    "outcome",
    "test_loss_final",
    "logit_std",
    "target_mean",
    "initial_weights_sha256",
    "first_tile_sha256",
    "weights_sha256",
]
"""Columns of a run that nothing may change."""

OFTEN = ("--profile", "smoke", "--checkpoint-every", "0.2", "--engine", "torch")
"""One run after another, so that one is stopped while others wait; packs have their own tests."""

STUDY = """
from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Study
from study.profiles import usual_profiles

STUDY = Study(
    name="{name}",
    question="What happens to a study that is disturbed?",
    reference="none",
    base=RunConfig(
        width=2, tile=64, iterations=150, eval_every=50, curve_slices=2, curve_validation_slices=1
    ),
    axes=({axes},),
    seeds=2,
    profiles=usual_profiles(smoke={{"student": {{"iterations": {iterations}, "eval_every": 50}}}}),
)
"""


def write_study(
    folder: Path,
    name: str = "disturbed",
    axes: str = 'Axis("lr", (1e-3, 1e-2))',
    iterations: int = 150,
) -> Path:
    """A study file of four runs, a second or two each with 150 iterations, without a teacher."""
    path = folder / f"{name}.py"
    path.write_text(STUDY.format(name=name, axes=axes, iterations=iterations))
    return path


class Running:
    """`python -m study.run` in the background."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        env: Mapping[str, str] | None,
        output: IO[str],
        errors: IO[str],
    ) -> None:
        self._output, self._errors = output, errors
        self.process = subprocess.Popen(
            [sys.executable, "-m", "study.run", *map(str, arguments)],
            cwd=REPOSITORY,
            stdout=self._output,
            stderr=self._errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            start_new_session=True,
        )

    def wait_until(self, condition: Callable[[], Any], what: str, seconds: float = 400) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"never saw {what}"
            assert self.process.poll() is None, f"ended before {what}: {self.process.communicate()}"
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, seconds: float = 400) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        status = self.process.wait(timeout=seconds)
        return status, self.output(), self.errors()

    def output(self) -> str:
        """What it has printed so far."""
        return read_all(self._output)

    def errors(self) -> str:
        """What it has said on standard error so far."""
        return read_all(self._errors)

    def workers(self) -> list[int]:
        """Process ids of its Ray workers that train."""
        return [p for p in descendants(self.process.pid) if is_training(p)]


@contextlib.contextmanager
def running(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A study that does not outlive the test."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        study = Running(arguments, env, output, errors)
        try:
            yield study
        finally:
            if study.process.poll() is None:
                study.process.kill()
                study.process.wait()


def read_all(stream: IO[str]) -> str:
    """A file's whole text; whoever writes to it has an offset of his own."""
    return os.pread(stream.fileno(), os.fstat(stream.fileno()).st_size, 0).decode()


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def is_training(pid: int) -> bool:
    """Whether a process is a worker that trains; Ray gives it the name of what it does."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::ResourceTrainable")
    return False


def checkpoints(out: Path) -> list[Path]:
    return list((out / "checkpoints").rglob("*.safetensors"))


def saved_since(out: Path, moment: float, without: Collection[str] = ()) -> bool:
    """Whether a checkpoint was written after this time, of another run than these; those of
    finished runs vanish."""
    for path in (path for path in checkpoints(out) if path.stem not in without):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime > moment:
                return True
    return False


def rows(out: Path) -> dict[str, list[Any]]:
    """What must not change of each run, by id."""
    records = load_runs(str(out)).to_dict("records")
    return {row["run_id"]: [row[name] for name in SAME] for row in records}


def curves(out: Path) -> Any:
    """All curves without their times."""
    return load_curves(str(out), train_losses=True).drop(
        columns=["train_seconds", "evaluate_seconds"]
    )


def starts(out: Path, run_id: str) -> list[int]:
    """From which iterations a run was started, as its log says."""
    text = (out / "logs" / f"{run_id}.log").read_text()
    return [int(at) for at in re.findall(r"from iteration (\d+)", text)]


def require_completed_by_the_next_start(
    study: Path, out: Path, undisturbed: Path, fault: str, since_checkpoint: float = 0.0
) -> None:
    """The second start trains what is missing, nothing else, and the numbers are the usual ones."""
    kept = rows(out)
    begun = {run_id: len(starts(out, run_id)) for run_id in kept}
    done = study_run(study, *OFTEN, "--out", out)
    assert done.returncode == 0, done.stderr
    assert rows(out) == rows(undisturbed)
    pd.testing.assert_frame_equal(curves(out), curves(undisturbed), check_exact=True)
    assert {run_id: len(starts(out, run_id)) for run_id in kept} == begun
    assert not checkpoints(out)
    assert not list((out / "leases").glob("*.json"))
    print(  # what `pytest -rP` shows
        f"{fault}: {len(kept)} finished runs kept, {len(kept.keys() - rows(out).keys())} lost, "
        f"{since_checkpoint:.1f} s of training repeated at the most, completed by the next start"
    )


def age_of_checkpoints(out: Path) -> float:
    """Seconds since the oldest of the newest checkpoints."""
    written = [path.stat().st_mtime for path in checkpoints(out)]
    return max((time.time() - at for at in written), default=0.0)
