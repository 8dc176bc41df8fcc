"""How a command trains: what a trial takes, where Ray runs, what becomes of faults.

Nothing here imports ray or torch, so that a command can say it before it knows whether it trains.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """What one trial takes, in CPUs and GPUs; fractions share a device."""

    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def threads(self) -> int:
        """PyTorch's threads in a trial; part of no run's identity."""
        return max(1, int(self.cpus))


@dataclass(frozen=True)
class FailurePolicy:
    """What a command does about runs that end without an outcome."""

    retries: int = 1
    """How often a run is started again in the same command after a fault of the machine."""
    max_failures: int | None = None
    """Stop once so many runs have failed; None to go on with the others."""
    failed_before: int = 0
    """How many have failed in earlier rounds of the command, which count as well."""
    retry_failed: bool = False
    """Train runs again that ended in an error of their own before."""


@dataclass(frozen=True)
class CheckpointPolicy:
    """How often the state of a run is stored, and for how long it is kept."""

    every_seconds: float = 30.0
    """How much training a crash may cost."""
    keep_final: bool = False
    """Keep every run's state at its horizon, for a longer one to go on from."""


@dataclass(frozen=True)
class TrainingOptions:
    """What a user may choose about training; none of it is part of a run's identity."""

    resources: Resources = Resources()
    most_together: int | None = None
    """How many runs a trial trains at once at the most; None for as many as there are lanes."""
    address: str = "local"
    """The Ray cluster: `local` for one of the command's own, `auto`, or an address."""
    dashboard: bool = False
    quiet: bool = False
    """Print no progress, only what failed."""
    failures: FailurePolicy = FailurePolicy()
    checkpoints: CheckpointPolicy = CheckpointPolicy()
    command_line: str = "the same command"
    """What trains the rest, as it is told to the user."""

    @property
    def only_ray_knows(self) -> bool:
        """Whether only the running cluster can say that it has what a trial takes."""
        return self.address != "local" or self.resources.gpus > 0
