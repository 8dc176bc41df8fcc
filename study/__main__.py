"""`python -m study`, the same as the command `study`."""

import sys

from results.command_line import run
from study.cli import GROUP

if __name__ == "__main__":
    sys.exit(run(GROUP, None, "python -m study"))
