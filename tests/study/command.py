"""`python -m study.run` with real Ray and real files, in this process on a cluster that is shared.

Where a process of its own matters, as to one that is killed, see `tests.study.running`.
"""

import contextlib
import io
import logging
import subprocess
import warnings
from functools import cache
from pathlib import Path

from study.run import main

REPOSITORY = Path(__file__).parents[2]
SMOKE = ("temperature_seeds", "--profile", "smoke")


@cache
def start_shared_cluster() -> None:
    """Start the Ray cluster of all `study_run`s, with a logical GPU; it ends with this process."""
    import study.execution.cluster  # noqa: F401, I001  before ray: it sets its environment
    import ray

    ray.init(
        address="local",
        num_gpus=1,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    for name in ("ray", "ray.tune"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def study_run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; a command finds the shared cluster and starts none."""
    command = [str(argument) for argument in arguments]
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()) as output,
        contextlib.redirect_stderr(io.StringIO()) as errors,
    ):
        warnings.simplefilter("default")  # Ray's own
        start_shared_cluster()
        status = main(command)
    return subprocess.CompletedProcess(command, status, output.getvalue(), errors.getvalue())


def answer_of(stdout: str) -> str:
    """The output from the study's question on: what two runs of one command must share."""
    return stdout[stdout.index(": Is it the temperature") :]
