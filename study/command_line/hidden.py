"""A file of the user's that hides one of this program's packages from Python."""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("core", "results", "searchspaces")
ROOT = Path(__file__).resolve().parents[2]


def require_not_hidden() -> None:
    """Say in one line which file has the name of a package and is found before it.

    `python -m` looks into the current directory first; the command `study` does not.

    Raises:
        ImportError: there is such a file.
        SystemExit: the same under `python -m`, where a traceback would be of no use.
    """
    for name in PACKAGES:
        spec = find_spec(name)
        found = None if spec is None else spec.origin
        if found is None or Path(found).resolve().parent == ROOT / name:
            continue
        problem = (
            f"{found}: hides this program's package '{name}'; rename it, or use the command "
            "`study`, which does not look there"
        )
        if sys.argv[:1] == ["-m"]:  # what Python puts there until it has found the module
            print(f"error: {problem}", file=sys.stderr)
            raise SystemExit(2)
        raise ImportError(problem)
