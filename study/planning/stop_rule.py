"""When `--until-width` stops adding seeds to a cell."""

from dataclasses import dataclass

from results.errors import ConfigError
from study.command_line.arguments import MOST_SEEDS, parse_seeds

DEFAULT_MAX_SEEDS = 100


@dataclass(frozen=True)
class Until:
    """What `--until-width` asks for."""

    width: float
    max_seeds: int = DEFAULT_MAX_SEEDS
    begin: int | None = None
    """Seeds to begin with; None for the study's number of them, or a round's if that is less."""

    @classmethod
    def of(cls, width: float | None, max_seeds: int | None, seeds: str | None) -> "Until | None":
        """What the options of a command ask for; None where they say nothing of it.

        Args:
            width: of `--until-width`.
            max_seeds: of `--max-seeds`.
            seeds: of `--seeds`, as it was written: how many to begin with.

        Raises:
            ConfigError: seeds other than 0, 1, 2, ..., or more of them than the most.
        """
        if width is None:
            if max_seeds is not None:
                raise ConfigError(f"--max-seeds {max_seeds}: goes with --until-width")
            return None
        most = max_seeds or DEFAULT_MAX_SEEDS
        if most > MOST_SEEDS:
            raise ConfigError(f"--max-seeds {most}: more than {MOST_SEEDS}")
        if seeds is None:
            return cls(width, most)
        pairs = parse_seeds(seeds)
        if list(pairs) != [(seed, seed) for seed in range(len(pairs))]:
            raise ConfigError(
                f"--seeds {seeds}: with --until-width seeds are 0, 1, 2, ... and never crossed or "
                "chosen; give the number to begin with, as in --seeds 5"
            )
        if len(pairs) > most:
            raise ConfigError(f"--seeds {seeds}: more than --max-seeds {most}")
        return cls(width, most, len(pairs))

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """All seeds that may be needed."""
        return tuple((seed, seed) for seed in range(self.max_seeds))
