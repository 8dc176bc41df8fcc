"""How processes share the tests: two have all that train through Ray, so that there are two
clusters at a time at the most; the others take the rest file by file."""

import functools
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent


@functools.cache
def cluster_of(file: str) -> str:
    """Which process a file belongs to whose tests run `study run`, or train in Ray's actors: those
    that stop and kill commands, or the others. Empty if they do neither.

    Args:
        file: its path, relative to the folder of the project.
    """
    text = (TESTS.parent / file).read_text()
    if "with running(" in text:
        return "disturbed"
    return "undisturbed" if "study_run" in text or "import ray" in text else ""


class RayTogether(LoadScopeScheduling):
    """Sends a file's tests to one process, and files that train through Ray to one of two."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return cluster_of(file) or file
