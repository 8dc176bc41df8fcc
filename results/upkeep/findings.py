"""What a check finds, and what a repair quarantines for it."""

from collections import Counter
from dataclasses import dataclass, field

from results.errors import LedgerError, NewerSchemaError
from results.ledger.layout import single_run
from results.ledger.storage import StoredFile


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

    def repair(self, *, repairing: bool) -> str:
        """Say what a repair would do about it, or does."""
        if not self.parts:
            alone = "it is left alone" if repairing else "--repair leaves it alone"
            return f"{alone}; {self.instead}"
        parts = [part.file if part.is_whole else f"rows of {part.file}" for part in self.parts]
        named = list(dict.fromkeys(parts))
        if repairing:
            whole = len(named) == 1 and self.parts[0].is_whole
            return f"{' and '.join(named)} {'is' if whole else 'are'} quarantined"
        return f"--repair quarantines {' and '.join(named)}"


@dataclass(frozen=True)
class InspectedShard:
    """A shard as the check has read it."""

    file: str
    sha256: str

    def rows(self, positions: set[int]) -> FilePart:
        """Return these rows; of a run's own shard all of it."""
        if single_run(self.file) is not None:
            return FilePart(self.file, self.sha256)
        return FilePart(self.file, self.sha256, rows=frozenset(positions))

    def run(self, run_id: str) -> FilePart:
        """Return the rows of a run; of its own shard all of it."""
        if single_run(self.file) is not None:
            return FilePart(self.file, self.sha256)
        return FilePart(self.file, self.sha256, runs=frozenset({run_id}))


@dataclass
class Inspection:
    """What an inspection has found so far, and how much there is of everything."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left_over: list[StoredFile] = field(default_factory=list)
    """Files of programs that were killed while they wrote."""

    def add(self, file: str, problem: str, *parts: FilePart) -> None:
        """Report a problem, for which a repair quarantines these parts."""
        self.findings.append(Finding(file, problem, parts))

    def contradiction(self, file: str, run_id: str, part: FilePart) -> None:
        """Report that a run has other values here than where readers take it from."""
        problem = f"the run {run_id} is in another shard, which is read first, with other values"
        self.add(file, problem, part)

    def leave_alone(self, file: str, error: LedgerError) -> None:
        """Report a file that cannot be read but may be undamaged: a repair leaves it alone."""
        newer = isinstance(error, NewerSchemaError)
        step = "update this program" if newer else "make it readable"
        self.findings.append(Finding(file, str(error), instead=f"{step} and check again"))
