"""How two processes share the tests: one has all that train through Ray, so that there is one
cluster at a time; the others take the rest file by file."""

import functools
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent


@functools.cache
def trains_through_ray(file: str) -> bool:
    """Whether a file's tests run `study run`, or train in Ray's actors.

    Args:
        file: its path, relative to the folder of the project.
    """
    text = (TESTS.parent / file).read_text()
    return any(name in text for name in ("study_run", "with running(", "import ray"))


class RayTogether(LoadScopeScheduling):
    """Sends a file's tests to one process, and all files that train through Ray to the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "ray" if trains_through_ray(file) else file
