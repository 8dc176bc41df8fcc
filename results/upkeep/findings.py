"""What a check finds, and which parts of files a repair sets aside for it."""

from dataclasses import dataclass

from results.ledger.ledger import single_run


@dataclass(frozen=True)
class Part:
    """A file, or some rows of a shard of several runs."""

    file: str
    sha256: str | None
    """Of the file's content as it was inspected; None where it is not to be read."""
    rows: frozenset[int] = frozenset()
    """Positions of rows; with no run either, all of the file is meant."""
    runs: frozenset[str] = frozenset()
    """Runs all of whose rows are meant."""

    @property
    def is_whole(self) -> bool:
        return not self.rows and not self.runs


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    file: str
    problem: str
    parts: tuple[Part, ...] = ()
    """What a repair sets aside; nothing where it leaves the file alone."""
    instead: str = ""
    """Why it does so."""

    def repair(self) -> str:
        """What a repair does about it, for people."""
        if not self.parts:
            return f"--repair leaves it alone: {self.instead}"
        named = [
            part.file if part.is_whole else f"rows of {part.file}"
            for part in dict.fromkeys(self.parts)
        ]
        return f"--repair sets aside {' and '.join(dict.fromkeys(named))}"


@dataclass(frozen=True)
class Source:
    """A shard that was inspected."""

    file: str
    sha256: str

    def rows(self, positions: set[int]) -> Part:
        """These rows; of a run's own shard all of it."""
        if single_run(self.file) is not None:
            return Part(self.file, self.sha256)
        return Part(self.file, self.sha256, rows=frozenset(positions))

    def run(self, run_id: str) -> Part:
        """The rows of a run; of its own shard all of it."""
        if single_run(self.file) is not None:
            return Part(self.file, self.sha256)
        return Part(self.file, self.sha256, runs=frozenset({run_id}))
