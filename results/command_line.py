"""The parser of every command: help with examples, a mistake told in one line."""

import argparse
from typing import NoReturn


class CommandParser(argparse.ArgumentParser):
    """Of `python -m <module>`.

    Args:
        module: its name, as `study.run`.
        description: one sentence.
        examples: shown below the options, as they are.
    """

    def __init__(self, module: str, description: str, examples: str) -> None:
        super().__init__(
            prog=f"python -m {module}",
            description=description,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Leave with exit status 2."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")
