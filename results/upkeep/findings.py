"""What a check finds, and what a repair quarantines for it."""

from dataclasses import dataclass

from results.ledger.ledger import single_run


@dataclass(frozen=True)
class FilePart:
    """A file, or some rows of a compacted shard."""

    file: str
    sha256: str | None
    """The digest of the file's content as it was inspected; None where it is not to be read."""
    rows: frozenset[int] = frozenset()
    """Positions of rows; with no run either, the whole file is meant."""
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
    parts: tuple[FilePart, ...] = ()
    """What a repair quarantines; nothing where it leaves the file alone."""
    instead: str = ""
    """What to do about a file that a repair leaves alone."""

    def repair(self) -> str:
        """What a repair does about it, for people."""
        if not self.parts:
            return f"--repair leaves it alone; {self.instead}"
        named = [part.file if part.is_whole else f"rows of {part.file}" for part in self.parts]
        return f"--repair quarantines {' and '.join(dict.fromkeys(named))}"


@dataclass(frozen=True)
class InspectedShard:
    """A shard as the check has read it."""

    file: str
    sha256: str

    def rows(self, positions: set[int]) -> FilePart:
        """These rows; of a run's own shard all of it."""
        if single_run(self.file) is not None:
            return FilePart(self.file, self.sha256)
        return FilePart(self.file, self.sha256, rows=frozenset(positions))

    def run(self, run_id: str) -> FilePart:
        """The rows of a run; of its own shard all of it."""
        if single_run(self.file) is not None:
            return FilePart(self.file, self.sha256)
        return FilePart(self.file, self.sha256, runs=frozenset({run_id}))
