"""A pack that is killed loses nothing: every run of it goes on from its own checkpoint."""

import signal
from pathlib import Path

from core.data.sources import PhantomSource
from core.pack_runner import PackRunner
from core.packed_run import Job
from results.ledger.ledger import Ledger
from results.windows import Windows
from study.discovery import find_study
from study.requesting import request_study
from tests.study.command import study_run
from tests.study.running import checkpoints, rows, running, starts, write_study

LANES = ("--profile", "smoke", "--engine", "lanes", "--checkpoint-every", "0.2")


def undisturbed(study: Path, out: Path) -> None:
    """Train the study's runs in one pack, in this process."""
    source = PhantomSource()
    request = request_study(find_study(str(study)), source, "smoke")
    configs = [run.config.replaced(engine="lanes") for run in request.runs]
    job = Job("packs", str(out), Windows(2, 1), threads=1, use_gpu=False)
    pack = PackRunner(configs, len(configs), source.load(), job, Ledger(str(out)))
    while not pack.done:
        pack.advance(60.0)


def test_a_killed_pack_is_continued(tmp_path: Path) -> None:
    study, out = write_study(tmp_path, iterations=600), tmp_path / "out"
    with running(study, *LANES, "--out", out) as killed:
        killed.wait_until(lambda: len(checkpoints(out)) == 4, "a checkpoint of each run")
        killed.send(signal.SIGKILL)
        killed.end()
    done = study_run(study, *LANES, "--out", out)
    assert done.returncode == 0, done.stderr
    undisturbed(study, tmp_path / "undisturbed")
    assert rows(out) == rows(tmp_path / "undisturbed")
    assert len(rows(out)) == 4
    assert all(starts(out, run_id)[-1] > 0 for run_id in rows(out))
    assert not checkpoints(out)
    assert not list((out / "leases").glob("*.json"))
